//! Texts of two bytes a character, as Windows writes them, turned into UTF-8 on their way.

use jiff::Timestamp;

use super::{BLOCK, Sink};
use crate::failure::Failure;

/// Bytes of the beginning that tell the width: a mark, or two letters.
const HEAD: usize = 4;
/// Wide bytes that are turned at a time; in UTF-8 they become up to half as many again.
const PIECE: usize = BLOCK / 2;

/// A sink in front of another one, which sees only texts of single bytes.
pub(crate) struct Narrowing<'a> {
    sink: &'a mut dyn Sink,
    width: Width,
    out: Vec<u8>,
}

/// What is known of the characters of an input.
enum Width {
    /// Its first bytes, too few to tell.
    Unknown(Vec<u8>),
    One,
    Two(Pairs),
}

/// The bytes of UTF-16 between two blocks.
struct Pairs {
    unit: fn([u8; 2]) -> u16,
    half: Option<u8>,
    /// The first half of a character of four bytes.
    high: Option<u16>,
}

impl<'a> Narrowing<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, width: Width::Unknown(Vec::new()), out: Vec::new() }
    }

    pub(super) fn begin(&mut self, name: &str, modified: Option<Timestamp>) -> Result<(), Failure> {
        self.width = Width::Unknown(Vec::new());
        self.sink.begin(name, modified)
    }

    pub(super) fn feed(&mut self, block: &[u8]) -> Result<(), Failure> {
        let Width::Unknown(head) = &mut self.width else { return self.pass(block) };
        if head.is_empty() && HEAD <= block.len() {
            self.width = Width::of(block);
            return self.pass(block);
        }
        let (first, rest) = block.split_at(block.len().min(HEAD.saturating_sub(head.len())));
        head.extend_from_slice(first);
        if HEAD <= head.len() {
            self.decide()?;
        }
        self.pass(rest)
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.sink.flush()
    }

    pub(super) fn end(&mut self, trouble: Option<Failure>) -> Result<(), Failure> {
        self.decide()?;
        if let Width::Two(pairs) = &self.width
            && (pairs.half.is_some() || pairs.high.is_some())
        {
            self.sink.feed("\u{fffd}".as_bytes())?;
        }
        self.sink.end(trouble)
    }

    pub(super) fn events(&self) -> u64 {
        self.sink.events()
    }

    /// Tells the width by what has come so far, and hands that on.
    fn decide(&mut self) -> Result<(), Failure> {
        let Width::Unknown(head) = &mut self.width else { return Ok(()) };
        let head = std::mem::take(head);
        self.width = Width::of(&head);
        self.pass(&head)
    }

    fn pass(&mut self, block: &[u8]) -> Result<(), Failure> {
        if block.is_empty() {
            return Ok(());
        }
        let Width::Two(pairs) = &mut self.width else { return self.sink.feed(block) };
        for piece in block.chunks(PIECE) {
            self.out.clear();
            pairs.narrow(piece, &mut self.out);
            self.sink.feed(&self.out)?;
        }
        Ok(())
    }
}

impl Width {
    /// Without a mark, two letters with their zeros tell as much.
    fn of(head: &[u8]) -> Self {
        let is_letter = |byte: &u8| matches!(byte, b'\t' | b'\r' | b'\n' | 0x20..0x7f);
        let unit: fn([u8; 2]) -> u16 = match head {
            [0xff, 0xfe, ..] => u16::from_le_bytes,
            [0xfe, 0xff, ..] => u16::from_be_bytes,
            [a, 0, b, 0, ..] if is_letter(a) && is_letter(b) => u16::from_le_bytes,
            [0, a, 0, b, ..] if is_letter(a) && is_letter(b) => u16::from_be_bytes,
            _ => return Self::One,
        };
        Self::Two(Pairs { unit, half: None, high: None })
    }
}

impl Pairs {
    fn narrow(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            let Some(half) = self.half.take() else {
                self.half = Some(*byte);
                continue;
            };
            let unit = (self.unit)([half, *byte]);
            let pair = self.high.take().into_iter().chain([unit]);
            for read in char::decode_utf16(pair) {
                match read {
                    Ok(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    Err(error) if error.unpaired_surrogate() == unit && matches!(unit, 0xd800..0xdc00) => {
                        self.high = Some(unit);
                    }
                    Err(_) => out.extend_from_slice("\u{fffd}".as_bytes()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::testing::Memory;

    fn narrowed(bytes: &[u8], size: usize) -> Vec<u8> {
        let mut memory = Memory::default();
        let mut sink = Narrowing::new(&mut memory);
        sink.begin("log", None).unwrap();
        bytes.chunks(size).try_for_each(|block| sink.feed(block)).unwrap();
        sink.end(None).unwrap();
        memory.seen.remove(0).bytes
    }

    #[test]
    fn wide_texts_become_narrow_wherever_they_are_split() {
        let text = "kernel: \u{65e5}\u{672c} \u{1f600} killed\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [(&b"\xff\xfe"[..], &little), (b"\xfe\xff", &big), (b"", &little), (b"", &big)] {
            let marked = [mark, bytes].concat();
            let expected = if mark.is_empty() { text.to_owned() } else { format!("\u{feff}{text}") };
            for size in [1, 2, 3, 4, 5, 7, 64] {
                assert_eq!(String::from_utf8(narrowed(&marked, size)).unwrap(), expected, "{mark:?} {size}");
            }
        }
    }

    #[test]
    fn other_bytes_stay_as_they_are() {
        for bytes in
            [&b""[..], b"a", b"\0\0\0\0\0log", b"a\0\0\0", b"\xff\xff\xfe", b"kernel: x\n", b"\xe6\x97\xa5"]
        {
            for size in [1, 3, 64] {
                assert_eq!(narrowed(bytes, size), bytes);
            }
        }
    }

    #[test]
    fn what_is_no_character_is_replaced() {
        assert_eq!(narrowed(b"a\0b\0\0\xd8c\0", 64), "ab\u{fffd}c".as_bytes());
        assert_eq!(narrowed(b"a\0b\0\0\xd8", 64), "ab\u{fffd}".as_bytes());
        assert_eq!(narrowed(b"a\0b\0c", 64), "ab\u{fffd}".as_bytes());
    }
}
