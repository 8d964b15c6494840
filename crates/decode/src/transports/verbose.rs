//! `journalctl -o verbose`: a head for each entry, and indented fields.

use std::borrow::Cow;

use super::{
    entry::{Entry, Key, Value},
    export::Step,
    stamp::{iso, word},
};

/// How long a field may grow from its further lines.
const MAX_FIELD: usize = 1 << 20;

/// The entry that is being read.
#[derive(Debug, Default)]
pub(super) struct Verbose {
    entry: Entry<'static>,
    /// The field whose further lines may follow, and how far they are indented.
    field: Option<(Key, usize, Vec<u8>)>,
    began: Option<u64>,
}

impl Verbose {
    /// Tells whether a line is the head of an entry: `Tue 2022-05-10 15:45:51.123456 CST [s=…;i=…]`.
    pub(super) fn starts_with(line: &[u8]) -> bool {
        line.ends_with(b"]")
            && word(line).and_then(|(_, date)| iso(date)).is_some_and(|iso| {
                memchr::memmem::find(iso.rest, b" [s=").is_some_and(|at| at < 12)
                    && memchr::memmem::find(iso.rest, b";i=").is_some()
            })
    }

    /// Takes a line, by its number.
    pub(super) fn take(&mut self, line: &[u8], number: u64) -> Step {
        if Self::starts_with(line) {
            let ended = self.give_up();
            self.began = Some(number);
            let stamps = line.split(|byte| *byte == b';');
            let hex = |name: &[u8]| stamps.clone().find_map(|stamp| hexadecimal(stamp.strip_prefix(name)?));
            for (key, micros) in [(Key::Monotonic, hex(b"m=")), (Key::Realtime, hex(b"t="))] {
                if let Some(micros) = micros {
                    self.entry.set(key, Value::Text(Cow::Owned(micros.to_string().into_bytes())));
                }
            }
            return ended.map_or(Step::Kept, |(entry, began)| Step::Ended(entry, began));
        }
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        let inner = line.get(indent..).unwrap_or_default();
        match &mut self.field {
            // Further lines of a value stand below its first.
            Some((_, column, value)) if 4 < indent && *column <= indent => {
                value.push(b'\n');
                let room = MAX_FIELD.saturating_sub(value.len());
                value.extend(line.get(*column..).unwrap_or_default().iter().take(room));
                return Step::Kept;
            }
            _ => self.end_field(),
        }
        let name = inner.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        match inner.split_at_checked(name) {
            Some((name, [b'=', value @ ..])) if indent == 4 => {
                self.field = Some((Key::of(name), 4 + name.len() + 1, value.to_vec()));
                Step::Kept
            }
            _ if inner.is_empty() => Step::Kept,
            _ => Step::Foreign,
        }
    }

    fn end_field(&mut self) {
        if let Some((key, _, value)) = self.field.take() {
            self.entry.set(key, Value::Text(Cow::Owned(value)));
        }
    }

    /// Returns what there is of an entry.
    pub(super) fn give_up(&mut self) -> Option<(Box<Entry<'static>>, u64)> {
        self.end_field();
        let began = self.began.take()?;
        Some((Box::new(std::mem::take(&mut self.entry)), began))
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    let digits = digits.strip_suffix(b"]").unwrap_or(digits);
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check_input;

    #[test]
    fn entries() {
        check_input(
            b"Tue 2022-05-10 15:45:51.123456 CST [s=a;i=1;b=c;m=bc614e;t=5deaaa0a0c5c0;x=d]\n    \
              _TRANSPORT=kernel\n    _HOSTNAME=iota\n    MESSAGE=a\n             b\n\
              Tue 2022-05-10 15:45:51.123456 CST [s=a;i=2;b=c;m=bc614e;t=5deaaa0a0c5c0;x=d]\n    \
              SYSLOG_IDENTIFIER=sshd\n    MESSAGE=y",
            &[
                "5^ journal-verbose by=kernel at=12.345678 micros=1652199304250816 host=iota | a\n b",
                "2^ journal-verbose by=program:sshd micros=1652199304250816 | y",
            ],
        );
    }
}
