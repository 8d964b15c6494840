//! Showing: documents one after the other, in the formats that people read.

use std::io::{self, Write};

use oomkit_core::document::{Block, Document, Tone};
pub(crate) use oomkit_render::Format;
use oomkit_render::{Characters, Colors, Style};

use crate::terminal::Look;

/// How many documents one HTML page holds, since it has to be whole before it can be written.
const ON_A_PAGE: u64 = 500;
/// How many letters of printed lines it holds; the documents themselves are bounded by their number.
const PRINTED: usize = 16 << 20;

/// The longest line between two events.
const RULE: u16 = 100;

/// Writes documents in one format.
pub(crate) struct Show {
    format: Format,
    look: Look,
    written: u64,
    /// The page so far, for a format that has but one.
    page: Vec<Document>,
    /// How many letters of printed lines it holds.
    printed: usize,
}

impl Show {
    /// Starts with a format and a look.
    pub(crate) const fn new(format: Format, look: Look) -> Self {
        Self { format, look, written: 0, page: Vec::new(), printed: 0 }
    }

    /// Returns the format.
    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    /// Writes a document.
    pub(crate) fn document(&mut self, out: &mut dyn Write, mut document: Document) -> io::Result<()> {
        self.written += 1;
        if self.format == Format::Html {
            if self.written <= ON_A_PAGE {
                self.printed += printed(&document);
                if PRINTED < self.printed {
                    document.keep_cited();
                }
                self.page.push(document);
            }
            return Ok(());
        }
        if 1 < self.written {
            out.write_all(b"\n")?;
            // Each event begins with its answer; between many of them an empty line is lost.
            if let Some(Block::Answer(..)) = document.blocks().first() {
                out.write_all(rule(self.format, self.look).as_bytes())?;
            }
        }
        out.write_all(render(&document, self.format, self.look).as_bytes())
    }

    /// Writes a document that stands before all others, on a page also where these came first.
    pub(crate) fn lead(&mut self, out: &mut dyn Write, document: Document) -> io::Result<()> {
        if self.format != Format::Html {
            return self.document(out, document);
        }
        self.page.insert(0, document);
        Ok(())
    }

    /// Writes what stands after the last document.
    pub(crate) fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.format != Format::Html {
            return Ok(());
        }
        let left = self.written.saturating_sub(ON_A_PAGE);
        if 0 < left {
            let words = format!("{left} more are left out of this page; --format text shows all.");
            self.page.push([Block::Text(Tone::Doubtful, words)].into_iter().collect());
        }
        let mut page = String::new();
        // A string takes whatever is written into it.
        let _ = oomkit_render::render_page(&self.page, &mut page);
        out.write_all(page.as_bytes())
    }
}

/// Returns how many letters of printed lines a document holds.
fn printed(document: &Document) -> usize {
    let logs = document.blocks().iter().filter_map(|block| match block {
        Block::Log(log) => Some(&log.lines),
        _ => None,
    });
    logs.flatten().map(|line| line.text.len()).sum()
}

/// Returns the line that parts one event from the next.
fn rule(format: Format, look: Look) -> String {
    match format {
        Format::Markdown => "---\n\n".into(),
        _ => (if look.unicode { "\u{2550}" } else { "=" }).repeat(look.width.min(RULE).into()) + "\n\n",
    }
}

/// Renders one document.
fn render(document: &Document, format: Format, look: Look) -> String {
    let colors = if look.color { Colors::On } else { Colors::Off };
    let characters = if look.unicode { Characters::Unicode } else { Characters::Ascii };
    let style = Style::new(look.width.into()).with_colors(colors).with_characters(characters);
    let mut text = String::new();
    // A string takes whatever is written into it.
    let _ = oomkit_render::render(document, format, &style, &mut text);
    text
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
            show.document(&mut out, document.clone()).unwrap();
        }
        assert!(out.is_empty());
        show.end(&mut out).unwrap();
        let page = String::from_utf8(out).unwrap();
        assert_eq!(page.matches("<!DOCTYPE html>").count(), 1);
        assert_eq!(page.matches("an event").count(), 500);
        assert!(page.contains("2 more are left out"), "{page}");
    }
}
