//! Objects: the parts of a long JSON text, one at a time, so that no text is too long.
//!
//! A reader of whole texts would hold all of it, and lose all of it where one part is broken.

use std::io::{self, BufRead};

/// The longest part that is kept; what is longer is no sample.
const LONGEST: usize = 64 << 20;

/// How many bytes are looked at in one go.
const BLOCK: usize = 8 << 10;

/// One object, or what stands around the objects.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An object at the depth that was asked for, and the line that it begins in.
    Object(Vec<u8>, u64),
    /// The object around such ones, each of them replaced by `0`.
    Around(Vec<u8>, u64),
    /// An object that is too long, by the line that it begins in.
    TooLong(u64),
    /// The text ends within an object.
    Cut(u64),
}

/// Parts a text into the objects at a depth of braces; the outermost are at 1.
pub(super) struct Objects<R> {
    reader: R,
    depth: usize,
    level: usize,
    line: u64,
    in_string: bool,
    escaped: bool,
    /// The object, and the one around it, each with the line that it begins in.
    inner: (Vec<u8>, u64),
    around: (Vec<u8>, u64),
}

impl<R: BufRead> Objects<R> {
    /// Starts at the beginning of a text.
    pub(super) const fn new(reader: R, depth: usize) -> Self {
        Self {
            reader,
            depth,
            level: 0,
            line: 1,
            in_string: false,
            escaped: false,
            inner: (Vec::new(), 0),
            around: (Vec::new(), 0),
        }
    }

    /// Returns the next part; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Part>> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(self.end());
            }
            let mut found = None;
            let mut used = 0;
            // A text that lies in memory hands out all of itself, of which a little is enough at a time.
            let some = buffer.get(..buffer.len().min(BLOCK)).unwrap_or(buffer).to_vec();
            for byte in some {
                used += 1;
                found = self.take(byte);
                if found.is_some() {
                    break;
                }
            }
            self.reader.consume(used);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    fn end(&mut self) -> Option<Part> {
        let cut = if self.level < self.depth { self.around.1 } else { self.inner.1 };
        let is_within = 0 < std::mem::take(&mut self.level);
        is_within.then_some(Part::Cut(cut))
    }

    /// Takes a byte, and returns what it completes.
    fn take(&mut self, byte: u8) -> Option<Part> {
        let line = self.line;
        self.line += u64::from(byte == b'\n');
        if self.in_string {
            // No string goes on over the end of a line, so a quote that is missing spoils one line only.
            self.in_string = byte != b'\n' && (self.escaped || byte != b'"');
            self.escaped = byte == b'\\' && !self.escaped;
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' => self.open(line),
                b'}' => return self.close(byte),
                _ => {}
            }
        }
        self.keep(byte);
        None
    }

    fn open(&mut self, line: u64) {
        self.level += 1;
        if self.level == self.depth {
            self.inner = (Vec::new(), line);
        } else if self.level + 1 == self.depth {
            self.around = (Vec::new(), line);
        }
    }

    fn close(&mut self, byte: u8) -> Option<Part> {
        self.keep(byte);
        let level = self.level;
        self.level = level.saturating_sub(1);
        if level == self.depth {
            self.around.0.push(b'0');
            let (object, line) = std::mem::take(&mut self.inner);
            return Some(if LONGEST < object.len() {
                Part::TooLong(line)
            } else {
                Part::Object(object, line)
            });
        }
        (0 < level && level + 1 == self.depth).then(|| {
            let (around, line) = std::mem::take(&mut self.around);
            Part::Around(around, line)
        })
    }

    fn keep(&mut self, byte: u8) {
        let kept = if self.depth <= self.level {
            &mut self.inner.0
        } else if self.level + 1 == self.depth {
            &mut self.around.0
        } else {
            return;
        };
        if kept.len() <= LONGEST {
            kept.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, depth: usize) -> Vec<String> {
        let mut objects = Objects::new(text.as_bytes(), depth);
        let mut parts = Vec::new();
        while let Some(part) = objects.next().unwrap() {
            parts.push(match part {
                Part::Object(bytes, line) => format!("{line} {}", String::from_utf8(bytes).unwrap()),
                Part::Around(bytes, line) => format!("{line} around {}", String::from_utf8(bytes).unwrap()),
                Part::TooLong(line) => format!("{line} too long"),
                Part::Cut(line) => format!("{line} cut"),
            });
        }
        parts
    }

    #[test]
    fn a_text_is_parted_at_its_objects() {
        for (text, depth, expected) in [
            ("[{\"a\":1}\n,{\"b\":{\"c\":2}}]", 1, &["1 {\"a\":1}", "2 {\"b\":{\"c\":2}}"][..]),
            ("[[{\"a\":1}],[{\"b\":2}]]", 1, &["1 {\"a\":1}", "1 {\"b\":2}"]),
            // Braces and quotes in strings part nothing.
            (r#"[{"a":"}\"{"}]"#, 1, &[r#"1 {"a":"}\"{"}"#]),
            // A quote that is missing spoils its line.
            ("[{\"a\":\"x}\n,{\"b\":2}]", 1, &["1 cut"]),
            (
                "{\"n\":\"vm\",\"s\":[\n{\"a\":1},\n{\"a\":2}]}",
                2,
                &["2 {\"a\":1}", "3 {\"a\":2}", "1 around {\"n\":\"vm\",\"s\":[\n0,\n0]}"],
            ),
            ("{\"s\":[{\"a\":1},{\"a\"", 2, &["1 {\"a\":1}", "1 cut"]),
            ("", 1, &[]),
            ("}}}{\"a\":1}", 1, &["1 {\"a\":1}"]),
        ] {
            assert_eq!(parts(text, depth), expected, "{text}");
        }
    }
}
