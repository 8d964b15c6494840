//! `journalctl -o export`: a field a line, a blank line after each entry, and binary fields.

use std::borrow::Cow;

use super::entry::{Entry, Key, Value};

/// How long a field may be; longer ones are skipped, not kept.
const MAX_FIELD: u64 = 1 << 20;

/// The entry that is being read.
#[derive(Debug, Default)]
pub(super) struct Export {
    entry: Entry<'static>,
    binary: Option<Binary>,
    /// The number of the physical line that the entry began on.
    began: Option<u64>,
}

/// A field of which lines are missing: a name, eight bytes of length, and that many bytes.
#[derive(Debug)]
struct Binary {
    key: Key,
    bytes: Vec<u8>,
    /// How many bytes have been seen, kept or not; nothing before the first line.
    seen: Option<u64>,
}

/// What became of a line of a block.
#[derive(Debug)]
pub(super) enum Step {
    /// It is kept.
    Kept,
    /// It ended the entry that began on a line of this number.
    Ended(Box<Entry<'static>>, u64),
    /// It is none of the block's.
    Foreign,
}

impl Export {
    /// Tells whether a line starts an export.
    pub(super) fn starts_with(line: &[u8]) -> bool {
        line.starts_with(b"__CURSOR=")
    }

    /// Takes a line, by its number.
    pub(super) fn take(&mut self, line: &[u8], number: u64) -> Step {
        if let Some(mut binary) = self.binary.take() {
            match binary.take(line) {
                true => self.entry.set(binary.key, Value::Text(Cow::Owned(binary.content()))),
                false => self.binary = Some(binary),
            }
            return Step::Kept;
        }
        if line.is_empty() {
            return self.give_up().map_or(Step::Kept, |(entry, began)| Step::Ended(entry, began));
        }
        let name = line.iter().take_while(|byte| is_of_name(**byte)).count();
        let Some((name, rest)) = line.split_at_checked(name).filter(|(name, _)| !name.is_empty()) else {
            return Step::Foreign;
        };
        match rest {
            [b'=', value @ ..] => self.entry.set(Key::of(name), Value::Text(Cow::Owned(value.to_vec()))),
            [] if self.began.is_some() => {
                self.binary = Some(Binary { key: Key::of(name), bytes: Vec::new(), seen: None })
            }
            _ => return Step::Foreign,
        }
        self.began.get_or_insert(number);
        Step::Kept
    }

    /// Returns what there is of an entry.
    pub(super) fn give_up(&mut self) -> Option<(Box<Entry<'static>>, u64)> {
        let began = self.began.take()?;
        if let Some(binary) = self.binary.take() {
            self.entry.set(binary.key, Value::Text(Cow::Owned(binary.content())));
        }
        Some((Box::new(std::mem::take(&mut self.entry)), began))
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

impl Binary {
    /// Takes a line; tells whether the field is complete.
    fn take(&mut self, line: &[u8]) -> bool {
        if self.seen.is_some() {
            self.extend(b"\n");
        }
        self.extend(line);
        let seen = self.seen.unwrap_or(0);
        self.length().is_some_and(|length| length.saturating_add(8) <= seen)
    }

    fn extend(&mut self, bytes: &[u8]) {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.seen = Some(self.seen.unwrap_or(0).saturating_add(more));
        let wanted =
            self.length().map_or(8 + MAX_FIELD, |length| if MAX_FIELD < length { 8 } else { 8 + length });
        let room = wanted.saturating_sub(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
        self.bytes.extend(bytes.iter().take(usize::try_from(room).unwrap_or(usize::MAX)));
    }

    fn length(&self) -> Option<u64> {
        self.bytes.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
    }

    fn content(&self) -> Vec<u8> {
        let length = self.length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let content = self.bytes.get(8..).unwrap_or_default();
        content.get(..length).unwrap_or(content).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check_input, run};

    #[test]
    fn entries_with_text_and_bytes() {
        let mut input = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1652190351123456\n_TRANSPORT=kernel\n\
            _SOURCE_MONOTONIC_TIMESTAMP=12345678\n_HOSTNAME=iota\nMESSAGE\n"
            .to_vec();
        // Ten bytes: the length itself holds a line feed.
        input.extend(10_u64.to_le_bytes());
        input.extend(b"a\n b\n\n[1.2\nPRIORITY=4\n\n__CURSOR=s=2\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=cut");
        check_input(
            &input,
            &[
                "12^ journal-export by=kernel at=12.345678 micros=1652190351123456 host=iota | a\n b\n\n[1.2",
                "2^ journal-export by=program:sshd | cut",
            ],
        );
    }

    #[test]
    fn a_line_of_another_kind_ends_the_export() {
        check_input(
            b"__CURSOR=s=1\nMESSAGE=x\n[   12.345678] y",
            &["2^ journal-export | x", "dmesg at=12.345678 | y"],
        );
    }

    #[test]
    fn long_fields_are_skipped() {
        let mut input = b"__CURSOR=s=1\nCOREDUMP\n".to_vec();
        input.extend((3_u64 << 20).to_le_bytes());
        input.extend(vec![b'x'; 3 << 20]);
        input.extend(b"\nMESSAGE=x\n");
        assert_eq!(run(&input).0, ["3^ journal-export | x"]);
    }
}
