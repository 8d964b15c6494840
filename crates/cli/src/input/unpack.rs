//! Decompression: all members of a compressed stream, one after the other.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use super::magic::{self, Content, Packing};

/// How much a decoder is asked for at a time.
///
/// A decoder that runs into damage loses what it had made for the same request, so requests are
/// smaller than blocks.
pub(super) const STEP: usize = 16 * 1024;

/// Opens a file that is no log; a compressed one is decompressed.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    Ok(match magic::sniff(file.fill_buf()?) {
        Content::Packed(packing) => Box::new(BufReader::new(unpack(packing, file)?)),
        _ => Box::new(file),
    })
}

/// Reads all members of a compressed stream.
pub(super) fn unpack<'a, R: BufRead + 'a>(packing: Packing, packed: R) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match packing {
        Packing::Gzip => Box::new(Members::new(packed)),
        Packing::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(packed)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
    })
}

/// The members of a gzip stream.
///
/// flate2's own reader of many members takes the zeros with which tapes and block devices fill up
/// for a damaged header.
struct Members<R> {
    member: Option<flate2::bufread::GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(packed: R) -> Self {
        Self { member: Some(flate2::bufread::GzDecoder::new(packed)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let count = member.read(out)?;
            if 0 < count {
                return Ok(count);
            }
            let Some(ended) = self.member.take() else { break };
            let mut packed = ended.into_inner();
            match skip_zeros(&mut packed)? {
                None => {}
                Some(0x1f) => self.member = Some(flate2::bufread::GzDecoder::new(packed)),
                Some(_) => return Err(io::Error::other("what follows the last member is no gzip data")),
            }
        }
        Ok(0)
    }
}

/// Skips zeros; returns the byte after them, if there is one.
fn skip_zeros(packed: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let ahead = packed.fill_buf()?;
        if ahead.is_empty() {
            return Ok(None);
        }
        match ahead.iter().position(|byte| *byte != 0) {
            Some(zeros) => {
                let next = ahead.get(zeros).copied();
                packed.consume(zeros);
                return Ok(next);
            }
            None => {
                let zeros = ahead.len();
                packed.consume(zeros);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// Compresses `text` as one member.
    pub(in super::super) fn pack(packing: Packing, text: &[u8]) -> Vec<u8> {
        match packing {
            Packing::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Packing::Xz => {
                let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Packing::Zstd => zstd::stream::encode_all(text, 1).unwrap(),
            Packing::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    const ALL: [Packing; 4] = [Packing::Gzip, Packing::Xz, Packing::Zstd, Packing::Bzip2];

    fn read(packing: Packing, packed: &[u8]) -> (Vec<u8>, Option<io::ErrorKind>) {
        let mut out = Vec::new();
        let error = unpack(packing, packed).unwrap().read_to_end(&mut out).err();
        (out, error.map(|error| error.kind()))
    }

    #[test]
    fn all_members_are_read() {
        for packing in ALL {
            let mut packed = pack(packing, b"first\n");
            packed.extend(pack(packing, b""));
            packed.extend(pack(packing, b"second\n"));
            assert_eq!(read(packing, &packed), (b"first\nsecond\n".to_vec(), None), "{packing:?}");
        }
    }

    #[test]
    fn a_cut_member_yields_its_data_and_an_error() {
        // Without repetitions, so that all formats need several blocks for it.
        let text: Vec<u8> = (0..60_000_u32)
            .flat_map(|n| format!("{:x}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
            .collect();
        for packing in ALL {
            let first = pack(packing, b"first\n");
            let second = pack(packing, &text);
            let mut packed = first;
            packed.extend(second.get(..second.len() - second.len() / 4).unwrap());
            let (out, error) = read(packing, &packed);
            assert!(
                out.starts_with(b"first\n") && 6 < out.len() && out.len() < text.len(),
                "{packing:?} {}",
                out.len()
            );
            assert!(text.starts_with(out.get(6..).unwrap()), "{packing:?}");
            assert!(error.is_some(), "{packing:?}");
        }
    }

    #[test]
    fn zeros_after_gzip_are_no_damage_and_garbage_is() {
        let mut packed = pack(Packing::Gzip, b"text");
        packed.extend([0; 700]);
        assert_eq!(read(Packing::Gzip, &packed), (b"text".to_vec(), None));
        packed.extend(pack(Packing::Gzip, b" and more"));
        assert_eq!(read(Packing::Gzip, &packed), (b"text and more".to_vec(), None));
        packed.extend(b"garbage");
        assert_eq!(read(Packing::Gzip, &packed), (b"text and more".to_vec(), Some(io::ErrorKind::Other)));
    }
}
