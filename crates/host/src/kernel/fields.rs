//! Lines, words and numbers of the kernel's files; total on every input.

use memchr::memchr;
use oomkit_core::{
    reading::Reading,
    units::{Bytes, KiB},
};

/// Returns the lines of a file, without their ends.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes).filter(|bytes| !bytes.is_empty());
    std::iter::from_fn(move || {
        let bytes = rest?;
        let (line, after) = match memchr(b'\n', bytes).and_then(|at| bytes.split_at_checked(at)) {
            Some((line, [_, after @ ..])) => (line, after),
            _ => (bytes, &b""[..]),
        };
        rest = Some(after).filter(|after| !after.is_empty());
        Some(line)
    })
}

/// Returns the words of a line, which blanks and tabs part.
pub fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty())
}

/// Parts a line at the first `by`, which is in neither part.
#[must_use]
pub fn parted(line: &[u8], by: u8) -> Option<(&[u8], &[u8])> {
    let (before, after) = line.split_at_checked(memchr(by, line)?)?;
    Some((before, after.get(1..)?))
}

/// Reads a number that is all of `text`, blanks around it aside.
#[must_use]
pub fn number(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii();
    // `parse` would take a sign.
    if !text.first()?.is_ascii_digit() {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Reads a number that may have a sign.
#[must_use]
pub fn signed(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// Reads `123 kB`, which the kernel means as KiB.
#[must_use]
pub fn kib(text: &[u8]) -> Option<Bytes> {
    let mut words = words(text);
    let size = number(words.next()?)?;
    (words.next()? == b"kB" && words.next().is_none()).then(|| KiB::new(size).bytes())
}

/// Reads a file that holds one number.
#[must_use]
pub fn single(bytes: &[u8]) -> Reading<u64> {
    number(bytes).map_or_else(|| Reading::malformed(bytes.trim_ascii()), Reading::Known)
}

/// Reads a file that holds one number, which may have a sign.
#[must_use]
pub fn single_signed(bytes: &[u8]) -> Reading<i64> {
    signed(bytes).map_or_else(|| Reading::malformed(bytes.trim_ascii()), Reading::Known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_words_are_what_stands_between() {
        let split = |bytes| lines(bytes).map(String::from_utf8_lossy).collect::<Vec<_>>().join("|");
        for (bytes, expected) in
            [(&b""[..], ""), (b"a", "a"), (b"a\n", "a"), (b"a\n\nb", "a||b"), (b"\n", ""), (b"\n\n", "|")]
        {
            assert_eq!(split(bytes), expected, "{bytes:?}");
        }
        assert_eq!(lines(b"\n").count(), 1);
        assert_eq!(words(b"  a \tb ").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(parted(b"a:b:c", b':'), Some((&b"a"[..], &b"b:c"[..])));
        assert_eq!(parted(b"a", b':'), None);
    }

    #[test]
    fn numbers_are_whole_or_not_at_all() {
        for (text, expected) in [
            (&b"0"[..], Some(0)),
            (b" 42\n", Some(42)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"+1", None),
            (b"-1", None),
            (b"1.5", None),
            (b"", None),
            (b"\xff", None),
        ] {
            assert_eq!(number(text), expected, "{text:?}");
        }
        assert_eq!(signed(b"-1000\n"), Some(-1000));
        for (text, expected) in [
            (&b"  4 kB"[..], Some(4096)),
            (b"4", None),
            (b"4 MB", None),
            (b"4 kB more", None),
            // The largest size stands for what does not fit.
            (b"18446744073709551615 kB", Some(u64::MAX)),
        ] {
            assert_eq!(kib(text).map(Bytes::get), expected, "{text:?}");
        }
    }
}
