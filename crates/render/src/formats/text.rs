//! Text: documents for the terminal, in a given width.

use std::fmt;

use oomkit_core::document::{Bar, Block, Document, Table, Tone};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm, core::Word};

use super::percent;
use crate::{
    safe::{columns, shortened, spelled},
    style::{Characters, Paint, Style},
    table::{Line, lay_out},
};

const INDENT: usize = 2;

/// Writes a document as text.
pub(crate) fn write(document: &Document, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut page = Page { style: *style, out };
    let mut before = None;
    let mut below_heading = false;
    for block in document.blocks() {
        if before.is_some_and(|before| is_apart(before, block)) {
            page.out.write_char('\n')?;
        }
        below_heading = match block {
            Block::Heading(_) => true,
            Block::Answer(..) => false,
            _ => below_heading,
        };
        page.block(block, if below_heading { INDENT } else { 0 })?;
        before = Some(block);
    }
    Ok(())
}

/// Tells whether an empty line stands between two blocks.
const fn is_apart(before: &Block, block: &Block) -> bool {
    match (before, block) {
        (Block::Heading(_) | Block::Answer(..), Block::Answer(..)) => true,
        (Block::Heading(_), _) => false,
        (_, Block::Heading(_) | Block::Answer(..)) => true,
        (Block::Table(_) | Block::Bars(_) | Block::Lines(_), Block::Text(Tone::Quiet, _)) => false,
        (Block::Table(_) | Block::Bars(_) | Block::Lines(_), _) => true,
        (Block::Facts(_), Block::Table(_)) => true,
        _ => false,
    }
}

struct Page<'a> {
    style: Style,
    out: &'a mut dyn fmt::Write,
}

impl Page<'_> {
    fn block(&mut self, block: &Block, indent: usize) -> fmt::Result {
        match block {
            Block::Answer(tone, text) => self.paragraph(Paint::Answer(*tone), text, "", ""),
            Block::Heading(text) => self.paragraph(Paint::Heading, text, "", ""),
            Block::Text(tone, text) => {
                let indent = " ".repeat(indent);
                self.paragraph(Paint::Body(*tone), text, &indent, &indent)
            }
            Block::Facts(facts) => self.facts(facts, indent),
            Block::Table(table) => self.table(table, indent),
            Block::Bars(bars) => self.bars(bars, indent),
            Block::Notes(notes) => notes.iter().try_for_each(|note| self.note(note, indent)),
            Block::Lines(lines) => lines.iter().try_for_each(|line| self.line(line, indent)),
        }
    }

    fn put(&mut self, paint: Paint, line: &str) -> fmt::Result {
        let painted = self.style.paint(paint, line.trim_end());
        writeln!(self.out, "{painted}")
    }

    fn paragraph(&mut self, paint: Paint, text: &str, first: &str, rest: &str) -> fmt::Result {
        let text = spelled(text, self.style.characters()).into_owned();
        let options = Options::new(self.style.width())
            .initial_indent(first)
            .subsequent_indent(rest)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(WordSplitter::NoHyphenation);
        textwrap::wrap(&text, options).iter().try_for_each(|line| self.put(paint, line))
    }

    fn note(&mut self, note: &str, indent: usize) -> fmt::Result {
        let first = " ".repeat(indent) + "- ";
        self.paragraph(Paint::Body(Tone::Quiet), note, &first, &" ".repeat(indent + 2))
    }

    fn line(&mut self, (place, text): &(String, String), indent: usize) -> fmt::Result {
        let first = " ".repeat(indent);
        let line = if place.is_empty() { text.clone() } else { format!("{place}  {text}") };
        self.paragraph(Paint::Body(Tone::Quiet), &line, &first, &" ".repeat(indent + INDENT))
    }

    /// Writes names and values; where the width is short, the value stands below its name.
    fn facts(&mut self, facts: &[(String, String)], indent: usize) -> fmt::Result {
        let characters = self.style.characters();
        let names: Vec<_> = facts.iter().map(|(name, _)| spelled(name, characters)).collect();
        let longest = names.iter().map(|name| columns(name)).max().unwrap_or(0);
        let beside = longest + 2 <= self.style.width() / 2;
        for (name, (_, value)) in names.iter().zip(facts) {
            if beside {
                let first = " ".repeat(indent) + name + &" ".repeat(longest + 2 - columns(name));
                self.paragraph(Paint::Body(Tone::Plain), value, &first, &" ".repeat(indent + longest + 2))?;
            } else {
                let line = format!("{name}: {value}");
                let deeper = " ".repeat(indent + INDENT);
                self.paragraph(Paint::Body(Tone::Plain), &line, &" ".repeat(indent), &deeper)?;
            }
        }
        Ok(())
    }

    /// Writes a table; rows that stand out carry a mark in the indent, for who sees no colors.
    fn table(&mut self, table: &Table, indent: usize) -> fmt::Result {
        let indent = indent.max(INDENT);
        let characters = self.style.characters();
        let mark = match characters {
            Characters::Unicode => "\u{25b6}",
            Characters::Ascii => ">",
        };
        let Some(lines) = lay_out(table, self.style.width().saturating_sub(indent), characters) else {
            return self.records(table, indent, mark);
        };
        for line in lines {
            match line {
                Line::Head(line) => {
                    self.put(Paint::Body(Tone::Quiet), &(" ".repeat(indent) + &line))?;
                }
                Line::Row(row, line) if table.marked.contains(&row) => {
                    let marked = " ".repeat(indent - 2) + mark + " " + &line;
                    self.put(Paint::Marked, &marked)?;
                }
                Line::Row(_, line) => {
                    self.put(Paint::Body(Tone::Plain), &(" ".repeat(indent) + &line))?;
                }
            }
        }
        Ok(())
    }

    /// Writes each row as a list of its cells, for widths that the table's figures do not fit.
    fn records(&mut self, table: &Table, indent: usize, mark: &str) -> fmt::Result {
        for (number, row) in table.rows.iter().enumerate() {
            let cells = table.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<_> = cells.map(|(column, cell)| format!("{} {cell}", column.title)).collect();
            let (paint, sign) = if table.marked.contains(&number) {
                (Paint::Marked, mark)
            } else {
                (Paint::Body(Tone::Plain), "-")
            };
            let first = " ".repeat(indent - 2) + sign + " ";
            self.paragraph(paint, &cells.join(", "), &first, &" ".repeat(indent))?;
        }
        Ok(())
    }

    fn bars(&mut self, bars: &[Bar], indent: usize) -> fmt::Result {
        let characters = self.style.characters();
        let labels: Vec<_> = bars.iter().map(|bar| spelled(&bar.label, characters)).collect();
        let values: Vec<_> = bars.iter().map(|bar| spelled(&bar.value, characters)).collect();
        let widest = |texts: &[std::borrow::Cow<'_, str>]| {
            texts.iter().map(|text| columns(text)).max().unwrap_or(0)
        };
        let value_room = widest(&values);
        let share_room = bars.iter().map(|bar| percent(bar).len()).max().unwrap_or(0);
        let least = indent + value_room + 2 + share_room + 2;
        if self.style.width() < least + LABEL {
            let deeper = " ".repeat(indent + INDENT);
            return bars.iter().try_for_each(|bar| {
                let line = format!("{}: {}, {}", bar.label, bar.value, percent(bar));
                self.paragraph(Paint::Body(bar.tone), &line, &" ".repeat(indent), &deeper)
            });
        }
        let label_room = widest(&labels).min(self.style.width() - least);
        let bar_room = self.style.width().saturating_sub(least + label_room + 2).min(BAR);
        for ((bar, label), value) in bars.iter().zip(&labels).zip(&values) {
            let label = shortened(label, label_room, characters);
            let mut line = " ".repeat(indent) + &label;
            line += &" ".repeat((label_room + 2).saturating_sub(columns(&label)));
            line += &" ".repeat(value_room.saturating_sub(columns(value)));
            line += value;
            line += &format!("  {:>share_room$}", percent(bar));
            if LEAST_BAR <= bar_room {
                line += "  ";
                line += &block(bar.share, bar_room, characters);
            }
            self.put(Paint::Body(bar.tone), &line)?;
        }
        Ok(())
    }
}

/// The room that a bar's label needs at least.
const LABEL: usize = 6;
/// The longest bar.
const BAR: usize = 50;
/// The shortest bar that tells anything.
const LEAST_BAR: usize = 5;

/// Breaks a text at spaces, and words that no line could hold, such as paths, also after a slash.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    const LONG: usize = 40;
    Box::new(line.split_inclusive(' ').flat_map(|word| {
        let slash = if LONG < columns(word) { '/' } else { ' ' };
        word.split_inclusive(slash).map(Word::from)
    }))
}

/// Draws a bar; what is there but too small to draw is a sliver.
fn block(share: f64, room: usize, characters: Characters) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share is cut to 0..=1 and a width is small"
    )]
    let eighths = (share.clamp(0.0, 1.0) * room as f64 * 8.0).ceil() as usize;
    match characters {
        Characters::Ascii => "#".repeat((eighths + 4) / 8),
        Characters::Unicode => {
            let rest = "\u{258f}\u{258e}\u{258d}\u{258c}\u{258b}\u{258a}\u{2589}".chars();
            let rest = (eighths % 8).checked_sub(1).and_then(|at| rest.clone().nth(at));
            "\u{2588}".repeat(eighths / 8) + &rest.map(String::from).unwrap_or_default()
        }
    }
}
