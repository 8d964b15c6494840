//! Showing: events and documents in the formats that people read.
//!
//! A plain stand-in until the decoder's `view` and `oomkit-render` are joined in.

use std::io::{self, Write};

use oomkit_core::document::{Block, Document, Tone};
use oomkit_decode::Event;

use super::overview::word;
use crate::terminal::Look;

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
}

impl Show {
    /// Starts with a format and a look.
    pub(crate) const fn new(format: Format, look: Look) -> Self {
        Self { format, look, written: 0 }
    }

    /// Writes what stands before the first document.
    pub(crate) fn start(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            Format::Html => {
                out.write_all(b"<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>oomkit</title>\n<pre>\n")
            }
            Format::Text | Format::Markdown => Ok(()),
        }
    }

    /// Writes an event.
    pub(crate) fn event(&mut self, out: &mut dyn Write, event: &Event, input_name: &str) -> io::Result<()> {
        self.document(out, &event_document(event, input_name))
    }

    /// Writes a document.
    pub(crate) fn document(&mut self, out: &mut dyn Write, document: &Document) -> io::Result<()> {
        if 0 < self.written {
            out.write_all(b"\n")?;
        }
        self.written += 1;
        let text: String = document.blocks().iter().map(|block| plain(block, self.look)).collect();
        match self.format {
            Format::Text | Format::Markdown => out.write_all(text.as_bytes()),
            Format::Html => {
                out.write_all(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").as_bytes())
            }
        }
    }

    /// Writes what stands after the last document.
    pub(crate) fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            Format::Html => out.write_all(b"</pre>\n"),
            Format::Text | Format::Markdown => Ok(()),
        }
    }
}

fn event_document(event: &Event, input_name: &str) -> Document {
    let victims: Vec<String> =
        event.victims.iter().map(|victim| format!("{} (pid {})", victim.comm, victim.pid)).collect();
    let mut document = Document::new();
    document.push(Block::Answer(Tone::Bad, format!("{}: {}", word(&event.kind), victims.join(", "))));
    document.push(Block::Facts(vec![
        ("scope".into(), word(&event.scope)),
        ("at".into(), event.at.map_or_else(|| "-".into(), |at| at.to_string())),
        ("in".into(), format!("{input_name}, lines {} to {}", event.first_line, event.last_line)),
    ]));
    document
}

fn plain(block: &Block, look: Look) -> String {
    let pairs = |pairs: &[(String, String)]| {
        pairs.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect()
    };
    match block {
        Block::Answer(_, text) if look.color => format!("\x1b[1m{text}\x1b[0m\n"),
        Block::Answer(_, text) | Block::Heading(text) | Block::Text(_, text) => format!("{text}\n"),
        Block::Facts(facts) | Block::Lines(facts) => pairs(facts),
        Block::Table(table) => {
            let head: Vec<&str> = table.columns.iter().map(|column| column.title.as_str()).collect();
            let rows: String = table.rows.iter().map(|row| format!("  {}\n", row.join("\t"))).collect();
            format!("  {}\n{rows}", head.join("\t"))
        }
        Block::Bars(bars) => bars.iter().map(|bar| format!("  {}: {}\n", bar.label, bar.value)).collect(),
        Block::Notes(notes) => notes.iter().map(|note| format!("  note: {note}\n")).collect(),
    }
}
