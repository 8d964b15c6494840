//! Text: documents for the terminal, in a given width.

use std::fmt;

use oomkit_core::document::{Block, Callout, Document, Log, Statement, Table, Tone};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm, core::Word};

use crate::{
    safe::{columns, spelled},
    style::{Characters, Paint, Style},
    table::{Line, lay_out},
    words::{self, Words},
};

mod picture;

const INDENT: usize = 2;

/// Writes a document as text.
pub(crate) fn write(document: &Document, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut page = Page { style: *style, words: words::of(document.language()), out };
    let mut before = None;
    let mut below_heading = false;
    for block in document.blocks() {
        if before.is_some_and(|before| is_apart(before, block)) {
            page.out.write_char('\n')?;
        }
        below_heading = match block {
            Block::Heading(_) | Block::Detail(_) | Block::Appendix(_) => true,
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
        (_, Block::Answer(..)) => true,
        (before, _) if is_heading(before) => false,
        (_, block) if is_heading(block) => true,
        (before, Block::Text(Tone::Quiet, _)) if stands_apart(before) => false,
        (Block::Finding(finding), _) => !finding.proofs.is_empty() || finding.remedy.is_some(),
        (before, _) if stands_apart(before) => true,
        (_, Block::Steps(_) | Block::Timeline(_)) | (Block::Facts(_), Block::Table(_) | Block::Gauges(_)) => {
            true
        }
        _ => false,
    }
}

const fn is_heading(block: &Block) -> bool {
    matches!(block, Block::Heading(_) | Block::Detail(_) | Block::Appendix(_))
}

/// Tells whether a block is a figure, which is not to run into what follows.
const fn stands_apart(block: &Block) -> bool {
    !matches!(
        block,
        Block::Answer(..)
            | Block::Heading(_)
            | Block::Detail(_)
            | Block::Appendix(_)
            | Block::Text(..)
            | Block::Callout(_)
            | Block::Finding(_)
            | Block::Facts(_)
            | Block::Notes(_)
    )
}

/// Draws what belongs to a row in at most so many columns.
type Picture<'a> = Box<dyn Fn(usize, Characters) -> String + 'a>;

/// The longest picture beside a table.
const LONGEST_PICTURE: usize = 30;
/// The shortest one that tells anything.
const SHORTEST_PICTURE: usize = 10;

struct Page<'a> {
    style: Style,
    words: &'static Words,
    out: &'a mut dyn fmt::Write,
}

impl Page<'_> {
    fn block(&mut self, block: &Block, indent: usize) -> fmt::Result {
        match block {
            Block::Answer(tone, text) => self.paragraph(Paint::Answer(*tone), text, "", ""),
            Block::Heading(text) | Block::Detail(text) | Block::Appendix(text) => {
                self.paragraph(Paint::Heading, text, "", "")
            }
            Block::Text(tone, text) => {
                let indent = " ".repeat(indent);
                self.paragraph(Paint::Body(*tone), text, &indent, &indent)
            }
            Block::Callout(callout) => self.callout(callout, indent),
            Block::Steps(steps) => self.steps(steps, indent),
            Block::Finding(finding) => self.finding(finding, indent),
            Block::Facts(facts) => self.facts(facts, indent),
            Block::Table(table) => self.table(table, &[], indent),
            Block::Ranked(ranked) => self.ranked(ranked, indent),
            Block::Bars(bars) => self.bars(bars, indent),
            Block::Gauges(gauges) => self.gauges(gauges, indent),
            Block::Panels(panels) => self.panels(panels, indent),
            Block::Timeline(timeline) => self.timeline(timeline, indent),
            Block::Chart(chart) => self.chart(chart, indent),
            Block::Notes(notes) => notes.iter().try_for_each(|note| self.note(note, indent)),
            Block::Lines(lines) => lines.iter().try_for_each(|(place, text)| self.line(place, text, indent)),
            Block::Log(log) => self.log(log, indent),
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
            .word_separator(WordSeparator::Custom(pieces))
            .word_splitter(WordSplitter::NoHyphenation);
        textwrap::wrap(&text, options).iter().try_for_each(|line| self.put(paint, line))
    }

    fn note(&mut self, note: &str, indent: usize) -> fmt::Result {
        let first = " ".repeat(indent) + "- ";
        self.paragraph(Paint::Body(Tone::Quiet), note, &first, &" ".repeat(indent + 2))
    }

    fn callout(&mut self, callout: &Callout, indent: usize) -> fmt::Result {
        let line = format!("{}: {} {}", callout.title, callout.text, callout.note);
        let indent = " ".repeat(indent);
        self.paragraph(Paint::Body(callout.tone), line.trim_end(), &indent, &indent)
    }

    fn steps(&mut self, steps: &[String], indent: usize) -> fmt::Result {
        self.paragraph(Paint::Heading, self.words.what_to_do, &" ".repeat(indent), "")?;
        (1..).zip(steps).try_for_each(|(number, step)| {
            let first = format!("{}{number}. ", " ".repeat(indent + INDENT));
            self.paragraph(Paint::Body(Tone::Plain), step, &first, &" ".repeat(first.len()))
        })
    }

    fn finding(&mut self, finding: &Statement, indent: usize) -> fmt::Result {
        let Statement { code, name, message, confidence, .. } = finding;
        let (first, deeper) = (" ".repeat(indent), " ".repeat(indent + INDENT));
        let line = format!("{code} {name}: {message} ({confidence})");
        self.paragraph(Paint::Body(finding.tone), &line, &first, &deeper)?;
        if let Some(remedy) = &finding.remedy {
            let line = format!("{}{remedy}", self.words.remedy);
            self.paragraph(Paint::Body(Tone::Plain), &line, &first, &deeper)?;
        }
        finding.proofs.iter().try_for_each(|proof| self.line(&proof.place, &proof.text, indent))
    }

    fn line(&mut self, place: &str, text: &str, indent: usize) -> fmt::Result {
        let first = " ".repeat(indent);
        let line = if place.is_empty() { text.to_owned() } else { format!("{place}  {text}") };
        self.paragraph(Paint::Body(Tone::Quiet), &line, &first, &" ".repeat(indent + INDENT))
    }

    /// Writes lines with their numbers; a mark shows on which of them something rests.
    fn log(&mut self, log: &Log, indent: usize) -> fmt::Result {
        let longest = log.lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(0);
        let mark = self.mark();
        for line in &log.lines {
            let (paint, sign) =
                if line.cited { (Paint::Body(Tone::Plain), mark) } else { (Paint::Body(Tone::Quiet), " ") };
            let first = format!("{}{sign} {:>longest$}  ", " ".repeat(indent.saturating_sub(2)), line.number);
            self.paragraph(paint, &line.text, &first, &" ".repeat(indent.max(2) + longest + 2))?;
        }
        if 0 < log.left_out {
            let words = format!("{} more lines were too many to be kept.", log.left_out);
            let indent = " ".repeat(indent);
            self.paragraph(Paint::Body(Tone::Quiet), &words, &indent, &indent)?;
        }
        Ok(())
    }

    /// Returns what marks a row or a line, for who sees no colors.
    const fn mark(&self) -> &'static str {
        match self.style.characters() {
            Characters::Unicode => "\u{25b6}",
            Characters::Ascii => ">",
        }
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
    ///
    /// Beside each row stands its picture, in the room that is left.
    fn table(&mut self, table: &Table, pictures: &[Picture<'_>], indent: usize) -> fmt::Result {
        let indent = indent.max(INDENT);
        let characters = self.style.characters();
        let mark = self.mark();
        let width = self.style.width().saturating_sub(indent);
        let Some(lines) = lay_out(table, width, characters) else {
            return self.records(table, indent, mark);
        };
        let widest = lines.iter().map(|line| columns(line.text())).max().unwrap_or(0);
        let room = width.saturating_sub(widest + 2).min(LONGEST_PICTURE);
        for line in lines {
            match line {
                Line::Head(line) => {
                    self.put(Paint::Body(Tone::Quiet), &(" ".repeat(indent) + &line))?;
                }
                Line::Row(row, mut line) => {
                    if let Some(picture) = pictures.get(row).filter(|_| SHORTEST_PICTURE <= room) {
                        line += &" ".repeat(widest + 2 - columns(&line));
                        line += &picture(room, characters);
                    }
                    let (paint, sign) = if table.marked.contains(&row) {
                        (Paint::Marked, mark)
                    } else {
                        (Paint::Body(Tone::Plain), " ")
                    };
                    self.put(paint, &format!("{}{sign} {line}", " ".repeat(indent - 2)))?;
                }
            }
        }
        Ok(())
    }

    /// Writes each row as a list of its cells, for widths that the table's figures do not fit.
    fn records(&mut self, table: &Table, indent: usize, mark: &str) -> fmt::Result {
        for (number, row) in table.rows.iter().enumerate() {
            let cells = table.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<_> = cells
                .map(|(column, cell)| format!("{} {cell}", column.title).trim_start().to_owned())
                .collect();
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
}

/// Breaks a text at spaces, and words that no line could hold, such as paths, also after a slash.
///
/// Languages that part their words by no spaces are broken where Unicode allows it (UAX #14), so that no
/// line begins with what closes a sentence.
fn pieces(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    const LONG: usize = 40;
    Box::new(line.split_inclusive(' ').flat_map(|word| -> Box<dyn Iterator<Item = Word<'_>>> {
        if word.chars().any(is_ideographic) {
            return Box::new(WordSeparator::UnicodeBreakProperties.find_words(word));
        }
        let slash = if LONG < columns(word) { '/' } else { ' ' };
        Box::new(word.split_inclusive(slash).map(Word::from))
    }))
}

/// Tells whether a letter belongs to a script that writes without spaces.
const fn is_ideographic(c: char) -> bool {
    // From the punctuation and the two syllabaries to the unified ideographs.
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}
