//! Showing: documents one after the other, in the formats that people read.

use std::io::{self, Write};

use oomkit_core::document::{Block, Document, Tone};

use crate::terminal::Look;

/// How many documents one HTML page holds, since it has to be whole before it can be written.
const ON_A_PAGE: u64 = 500;

/// The formats that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Plain text, for a terminal.
    Text,
    /// Markdown.
    Markdown,
    /// One HTML page.
    Html,
}

/// Writes documents in one format.
pub(crate) struct Show {
    format: Format,
    look: Look,
    written: u64,
    /// The page so far, for a format that has but one.
    page: Document,
}

impl Show {
    /// Starts with a format and a look.
    pub(crate) const fn new(format: Format, look: Look) -> Self {
        Self { format, look, written: 0, page: Document::new() }
    }

    /// Writes a document.
    pub(crate) fn document(&mut self, out: &mut dyn Write, document: &Document) -> io::Result<()> {
        self.written += 1;
        if self.format == Format::Html {
            if self.written <= ON_A_PAGE {
                for block in document.blocks() {
                    self.page.push(block.clone());
                }
            }
            return Ok(());
        }
        if 1 < self.written {
            out.write_all(b"\n")?;
        }
        out.write_all(render(document, self.format, self.look).as_bytes())
    }

    /// Writes what stands after the last document.
    pub(crate) fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.format != Format::Html {
            return Ok(());
        }
        let left = self.written.saturating_sub(ON_A_PAGE);
        if 0 < left {
            let words = format!("{left} more are left out of this page; --format text shows all.");
            self.page.push(Block::Text(Tone::Doubtful, words));
        }
        out.write_all(render(&self.page, self.format, self.look).as_bytes())
    }
}

/// A plain stand-in until `oomkit-render` is joined in.
fn render(document: &Document, format: Format, _: Look) -> String {
    let text: String = document
        .blocks()
        .iter()
        .map(|block| match block {
            Block::Answer(_, text) | Block::Heading(text) | Block::Text(_, text) => format!("{text}\n"),
            Block::Notes(notes) => notes.iter().map(|note| format!("  * {note}\n")).collect(),
            other => format!("{other:?}\n"),
        })
        .collect();
    match format {
        Format::Text | Format::Markdown => text,
        Format::Html => {
            format!("<!DOCTYPE html>\n<pre>{}</pre>\n", text.replace('&', "&amp;").replace('<', "&lt;"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_holds_all_documents_and_says_what_it_leaves_out() {
        let mut document = Document::new();
        document.push(Block::Text(Tone::Plain, "an event".into()));
        let mut show = Show::new(Format::Html, Look::plain(80));
        let mut out = Vec::new();
        for _ in 0..ON_A_PAGE + 2 {
            show.document(&mut out, &document).unwrap();
        }
        assert!(out.is_empty());
        show.end(&mut out).unwrap();
        let page = String::from_utf8(out).unwrap();
        assert_eq!(page.matches("<!DOCTYPE html>").count(), 1);
        assert_eq!(page.matches("an event").count(), 500);
        assert!(page.contains("2 more are left out"), "{page}");
    }
}
