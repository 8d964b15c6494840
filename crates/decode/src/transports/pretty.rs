//! JSON over several lines: `journalctl -o json-pretty`, `dmesg --json`, exports of log services.

use super::dmesg::since_boot;

/// How long one object may be.
const MAX_OBJECT: usize = 1 << 20;

/// An object of which lines are missing.
#[derive(Debug, Default)]
pub(super) struct Pretty {
    /// The lines so far, with their ends, in case that it is no JSON after all.
    pub(super) lines: Vec<u8>,
    /// The number of the physical line that they began on.
    pub(super) began: u64,
    /// Where the object starts within the lines.
    start: usize,
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Whether anything but opening marks and one name has been seen of the object.
    has_fields: bool,
}

/// What became of a line.
#[derive(Debug)]
pub(super) enum Object {
    /// It is kept.
    Kept,
    /// It completed these objects, and perhaps started another.
    Complete(Vec<Vec<u8>>),
    /// This is no JSON: the lines are plain.
    Never,
}

impl Pretty {
    /// Tells whether a line opens an object and leaves it open.
    pub(super) fn starts_with(line: &[u8]) -> bool {
        matches!(line.trim_ascii(), b"{" | b"[{" | b"},{" | b"}, {")
    }

    /// Tells whether an object is open.
    pub(super) fn is_open(&self) -> bool {
        0 < self.depth
    }

    /// Takes a line.
    pub(super) fn take(&mut self, line: &[u8]) -> Object {
        if !self.in_string && !could_be_json(line) || MAX_OBJECT < self.lines.len() + line.len() {
            return Object::Never;
        }
        let mut complete = Vec::new();
        let before = self.lines.len();
        for byte in line.iter().copied().chain([b'\n']) {
            self.lines.push(byte);
            if self.in_string {
                self.in_string = byte != b'"' || self.escaped;
                self.escaped = byte == b'\\' && !self.escaped;
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' => self.open(),
                // A list of objects is looked into, if nothing else precedes it.
                b'[' if 0 < self.depth => self.depth += 1,
                b']' => self.depth = self.depth.saturating_sub(1),
                b'}' if self.depth == 1 => {
                    self.depth = 0;
                    complete.push(self.lines.split_off(self.start.min(self.lines.len())));
                    self.lines.clear();
                }
                b'}' => self.depth = self.depth.saturating_sub(1),
                b',' => self.has_fields = true,
                _ => {}
            }
        }
        // A line break within a string is no JSON.
        if self.in_string {
            self.lines.truncate(before);
            return Object::Never;
        }
        if complete.is_empty() { Object::Kept } else { Object::Complete(complete) }
    }

    fn open(&mut self) {
        let before = self.lines.split_last().map_or(&[][..], |(_, before)| before).trim_ascii_end();
        if self.depth == 0 || self.depth == 2 && !self.has_fields && before.ends_with(b"[") {
            self.depth = 0;
            self.start = self.lines.len().saturating_sub(1);
            self.has_fields = false;
        }
        self.depth += 1;
    }
}

/// Tells whether a line may stand in a JSON text that is laid out over lines.
fn could_be_json(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    match line.first() {
        None | Some(b'{' | b'}' | b']' | b'"' | b',') => true,
        Some(b'-' | b'0'..=b'9') => {
            line.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.' | b',' | b' '))
        }
        Some(b'[') => since_boot(line).is_none(),
        _ => [&b"true"[..], b"false", b"null"].iter().any(|word| line.starts_with(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check_input;

    #[test]
    fn the_journal() {
        check_input(
            b"{\n\t\"_TRANSPORT\" : \"kernel\",\n\t\"__MONOTONIC_TIMESTAMP\" : \"12345678\",\n\t\"MESSAGE\" : [\n\t\t97,\n\t\t98\n\t]\n}\n{\n\t\"MESSAGE\" : \"y{\"\n}",
            &["7^ journal-json by=kernel at=12.345678 | ab", "2^ journal-json | y{"],
        );
    }

    #[test]
    fn lists_of_objects() {
        check_input(
            b"{\n   \"dmesg\": [\n      {\n         \"pri\": 4,\n         \"time\": 1.500000,\n         \"msg\": \"x\"\n      },{\n         \"pri\": 12,\n         \"time\": 2.500000,\n         \"msg\": \" y\"\n      }\n   ]\n}\n",
            &["6^ dmesg-json by=kernel at=1.500000 | x", "4^ dmesg-json by=user at=2.500000 |  y"],
        );
    }

    #[test]
    fn what_is_no_json_is_handed_out_line_by_line() {
        check_input(
            b"{\n\"a\": 1\n[   12.345678] x\n}\ny",
            &["2^ -bare | {", "1^ -bare | \"a\": 1", "dmesg at=12.345678 | x", "-bare | }", "-bare | y"],
        );
    }
}
