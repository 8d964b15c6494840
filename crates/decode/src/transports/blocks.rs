//! Blocks: the formats in which one message takes several lines.

use std::mem;

use super::{
    Out, Transports,
    export::{Export, Step},
    json,
    pretty::{Object, Pretty},
    verbose::Verbose,
    without_returns,
};
use crate::record::Transport;

/// A format in which one message takes several lines.
#[derive(Debug, Default)]
pub(super) enum Block {
    /// Each line is for itself.
    #[default]
    None,
    /// `journalctl -o export`.
    Export(Export),
    /// `journalctl -o verbose`.
    Verbose(Verbose),
    /// JSON over several lines.
    Pretty(Pretty),
}

impl Transports {
    /// Takes a line of a block format, or one that starts such a block.
    pub(super) fn take_into_block<'a>(&mut self, line: &[u8], out: Out<'_, 'a>) -> bool {
        if matches!(self.block, Block::None) {
            let Some(block) = starts_block(line) else { return false };
            self.has_blocks = true;
            self.block = block;
        }
        let line = if matches!(self.block, Block::Export(_)) { line } else { without_returns(line) };
        let number = self.number;
        let (step, journal) = match &mut self.block {
            Block::None => return false,
            Block::Export(export) => (export.take(line, number), Transport::JournalExport),
            Block::Verbose(verbose) => (verbose.take(line, number), Transport::JournalVerbose),
            Block::Pretty(_) => return self.take_into_object(line, out),
        };
        match step {
            Step::Kept => true,
            Step::Ended(entry, began) => {
                self.entry(*entry, journal, number.saturating_sub(began), out);
                true
            }
            Step::Foreign => {
                self.leave_block(out);
                false
            }
        }
    }

    fn take_into_object<'a>(&mut self, line: &[u8], out: Out<'_, 'a>) -> bool {
        let Block::Pretty(mut pretty) = mem::take(&mut self.block) else { return false };
        let number = self.number;
        let began = if pretty.is_open() { pretty.began } else { number };
        pretty.began = began;
        match pretty.take(line) {
            Object::Kept => {
                // Nothing is open after the marks that close a list.
                if pretty.is_open() {
                    self.block = Block::Pretty(pretty);
                }
            }
            Object::Complete(objects) => {
                for object in &objects {
                    let text = json::repaired(object);
                    let text = text.as_deref().map_or(object.as_slice(), str::as_bytes);
                    match json::entry(text) {
                        Some(entry) => {
                            self.entry(entry, Transport::JournalJson, number.saturating_sub(began), out);
                        }
                        None => self.lines_of(object, began, out),
                    }
                }
                self.after_object = true;
                if pretty.is_open() {
                    pretty.began = number;
                    self.block = Block::Pretty(pretty);
                }
            }
            Object::Never => {
                self.lines_of(&pretty.lines, began, out);
                return false;
            }
        }
        true
    }

    /// Hands out kept lines as what they are, each for itself.
    fn lines_of<'a>(&mut self, lines: &[u8], began: u64, out: Out<'_, 'a>) {
        let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
        for (line, number) in lines.split(|byte| *byte == b'\n').zip(began..) {
            let back = self.number.saturating_sub(number);
            self.line(line, back, &mut |record, back| out(record.into_owned(), back));
        }
    }

    /// Hands out what is open, and goes on line by line.
    pub(super) fn leave_block<'a>(&mut self, out: Out<'_, 'a>) {
        let (open, journal) = match mem::take(&mut self.block) {
            Block::None => return,
            Block::Export(mut export) => (export.give_up(), Transport::JournalExport),
            Block::Verbose(mut verbose) => (verbose.give_up(), Transport::JournalVerbose),
            Block::Pretty(pretty) => return self.lines_of(&pretty.lines, pretty.began, out),
        };
        if let Some((entry, began)) = open {
            self.entry(*entry, journal, self.number.saturating_sub(began), out);
        }
    }
}

/// Returns the block that a line starts.
pub(super) fn starts_block(line: &[u8]) -> Option<Block> {
    match line.first()? {
        b'_' if Export::starts_with(line) => Some(Block::Export(Export::default())),
        b'{' | b'[' | b' ' | b'\t' | b'}' if line.len() < 24 && Pretty::starts_with(line) => {
            Some(Block::Pretty(Pretty::default()))
        }
        b'A'..=b'Z' | b'a'..=b'z' | 0x80.. if line.ends_with(b"]") && Verbose::starts_with(line) => {
            Some(Block::Verbose(Verbose::default()))
        }
        _ => None,
    }
}
