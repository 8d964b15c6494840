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
    seen: u64,
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
            [] => self.binary = Some(Binary { key: Key::of(name), bytes: Vec::new(), seen: 0 }),
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
        if 0 < self.seen {
            self.extend(b"\n");
        }
        self.extend(line);
        self.length().is_some_and(|length| length.saturating_add(8) <= self.seen)
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.seen += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
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
