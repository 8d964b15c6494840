//! Plain: JSON on its way out, without anything that a terminal would obey or hide.
//!
//! JSON lets stand what is no control character of ASCII: the second set of them (C1, with a CSI of its
//! own), DEL, and what turns the direction of writing. Escaped, they mean the same to programs.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use oomkit_core::ident::visible;

/// A writer in front of another one; `\uXXXX` stands for what is not to be seen.
///
/// It takes whole characters, which is how JSON is written.
pub(crate) struct Plain<W>(pub(crate) W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if !bytes.is_ascii() || bytes.contains(&0x7f) => self.escape(text)?,
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Write> Plain<W> {
    fn escape(&mut self, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            let (before, after) = rest.split_at(at);
            self.0.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(self.0, "\\u{unit:04x}")?;
            }
            rest = after.strip_prefix(c).unwrap_or_default();
        }
        self.0.write_all(rest.as_bytes())
    }
}

/// Line ends and the like are the form of the document; within texts they are escaped already.
fn is_hidden(c: char) -> bool {
    '\x7f' <= c && matches!(visible(c.encode_utf8(&mut [0; 4]).as_bytes()), Cow::Owned(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_means_the_same() {
        let names =
            ["a\u{9b}31m", "b\x7f", "c\u{202e}d\u{2066}", "\u{e0041}", "\u{65e5}\u{1f600}", "\n\t\x1b"];
        let mut out = Vec::new();
        serde_json::to_writer_pretty(Plain(&mut out), &names).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), names);
        assert!(
            text.contains(r"a\u009b31m") && text.contains(r"b\u007f") && text.contains(r"c\u202ed\u2066")
        );
        assert!(text.contains(r"\udb40\udc41") && text.contains("\u{65e5}\u{1f600}"), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    }
}
