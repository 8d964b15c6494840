//! What an input is, by its first bytes and never by its name.

/// How many bytes are enough to tell.
pub(super) const HEAD: usize = 8 * 1024;

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Text, as far as can be seen.
    Text,
    /// Something that no log looks like.
    Binary,
    /// A binary journal of systemd.
    Journal,
    /// Compressed data that can be read.
    Packed(Packing),
    /// A tar archive.
    Tar,
    /// A container that has to be unpacked by another program.
    Foreign(&'static str),
}

/// The compressions that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// gzip.
    Gzip,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// bzip2.
    Bzip2,
}

/// Says what begins with `head`.
pub(super) fn sniff(head: &[u8]) -> Content {
    const KNOWN: [(&[u8], Content); 11] = [
        (b"\x1f\x8b", Content::Packed(Packing::Gzip)),
        (b"\xfd7zXZ\0", Content::Packed(Packing::Xz)),
        (b"\x28\xb5\x2f\xfd", Content::Packed(Packing::Zstd)),
        (b"LPKSHHRH", Content::Journal),
        (b"PK\x03\x04", Content::Foreign("a zip archive")),
        (b"7z\xbc\xaf\x27\x1c", Content::Foreign("a 7z archive")),
        (b"\x04\x22\x4d\x18", Content::Foreign("lz4-compressed data")),
        (b"\x1f\x9d", Content::Foreign("data compressed by compress")),
        (b"LZIP", Content::Foreign("lzip-compressed data")),
        (b"\x89LZO\0", Content::Foreign("lzop-compressed data")),
        (b"\x7fELF", Content::Binary),
    ];
    if let Some((_, content)) = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *content;
    }
    if is_bzip2(head) {
        return Content::Packed(Packing::Bzip2);
    }
    if is_skippable_zstd(head) {
        return Content::Packed(Packing::Zstd);
    }
    if super::tar::is_header(head) {
        return Content::Tar;
    }
    if looks_binary(head) { Content::Binary } else { Content::Text }
}

/// `BZh` alone is too little for a text: the level and the first block's magic have to follow.
fn is_bzip2(head: &[u8]) -> bool {
    head.starts_with(b"BZh")
        && head.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
        && head.get(4..10).is_none_or(|block| block == b"1AY&SY" || block == b"\x17rE8P\x90")
}

/// A frame that decoders skip, which pzstd and seekable writers put first.
fn is_skippable_zstd(head: &[u8]) -> bool {
    head.first().is_some_and(|first| first & 0xf0 == 0x50) && head.get(1..4) == Some(b"\x2a\x4d\x18")
}

/// NUL bytes alone do not make a log binary: a crash leaves runs of them in the best of logs.
fn looks_binary(head: &[u8]) -> bool {
    let (mut nuls, mut controls, mut breaks, mut others) = (0_usize, 0_usize, 0_usize, 0_usize);
    for byte in head {
        match byte {
            0 => nuls += 1,
            b'\n' => breaks += 1,
            b'\t' | b'\r' | 0x1b | 0x08 => others += 1,
            0x01..=0x1f | 0x7f => controls += 1,
            _ => others += 1,
        }
    }
    0 < nuls && (breaks == 0 || (breaks + others) / 50 < controls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide() {
        for (head, expected) in [
            (&b""[..], Content::Text),
            (b"May 10 15:45:51 host kernel: x\n", Content::Text),
            (b"\x1f\x8b\x08\0", Content::Packed(Packing::Gzip)),
            (b"\xfd7zXZ\0\0\x04", Content::Packed(Packing::Xz)),
            (b"\x28\xb5\x2f\xfd\x04", Content::Packed(Packing::Zstd)),
            (b"\x50\x2a\x4d\x18\x04\0\0\0", Content::Packed(Packing::Zstd)),
            (b"BZh91AY&SY", Content::Packed(Packing::Bzip2)),
            (b"BZh9", Content::Packed(Packing::Bzip2)),
            (b"BZh9 is what somebody wrote\n", Content::Text),
            (b"LPKSHHRH\0\0", Content::Journal),
            (b"PK\x03\x04", Content::Foreign("a zip archive")),
            (b"\x7fELF\x02\x01", Content::Binary),
            (b"\x07\0\0\0\x05\0\0\0tty1\0\0\0root\0\0", Content::Binary),
            (b"a line\n\0\0\0\0\0\0\0\0another line\n", Content::Text),
        ] {
            assert_eq!(sniff(head), expected, "{head:?}");
        }
    }
}
