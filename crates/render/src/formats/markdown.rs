//! Markdown: documents for issues and runbooks, with GitHub's tables and foldings.
//!
//! Names come from whoever named a process, so everything that could be markup, a mention or an
//! entity is escaped; width and colors do not matter here.

use std::fmt;

use oomkit_core::document::{
    Align, Bar, Block, Callout, Chart, Column, Document, Gauge, Log, Ranked, Statement, Table, Timeline, Tone,
};

use crate::{
    figures::{self, levels, parts, percent, side_by_side, with_roles},
    letters,
    safe::shown,
    style::{Characters, Style},
    words::{self, Words},
};

mod escape;

use escape::{escaped, fence, in_html};

/// The columns of a picture.
const PICTURE: usize = 24;
/// The columns of a chart with what stands beside it.
const CHART: usize = 80;
/// How many letters of a log are shown beyond the lines that something rests on: an issue holds 64 KiB.
const LOG: usize = 16 << 10;

/// Writes a document as Markdown.
pub(crate) fn write(document: &Document, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut page = Page { out, words: words::of(document.language()), folded: false, begun: false };
    document.blocks().iter().try_for_each(|block| page.block(block))?;
    page.unfold()
}

struct Page<'a> {
    out: &'a mut dyn fmt::Write,
    words: &'static Words,
    folded: bool,
    begun: bool,
}

/// A picture for the end of a row.
type Picture<'a> = &'a dyn Fn(usize) -> String;

impl Page<'_> {
    fn block(&mut self, block: &Block) -> fmt::Result {
        match block {
            Block::Answer(_, text) => self.heading("# ", text),
            Block::Heading(text) => self.heading("## ", text),
            Block::Detail(text) | Block::Appendix(text) => self.fold(text),
            Block::Text(Tone::Bad, text) => self.line(&format!("**{}**", escaped(text.trim()))),
            Block::Text(_, text) => self.line(&escaped(text.trim())),
            Block::Callout(callout) => self.callout(callout),
            Block::Steps(steps) => self.steps(steps),
            Block::Finding(finding) => self.finding(finding),
            Block::Facts(facts) => self.list(facts.iter().map(|(name, value)| format!("{name}: {value}"))),
            Block::Table(table) => self.table(table, None),
            Block::Ranked(ranked) => self.ranked(ranked),
            Block::Bars(bars) => self.bars(bars),
            Block::Gauges(gauges) => self.gauges(gauges),
            Block::Panels(panels) => self.table(&side_by_side(panels), None),
            Block::Timeline(timeline) => self.timeline(timeline),
            Block::Chart(chart) => self.chart(chart),
            Block::Notes(notes) => self.list(notes.iter().cloned()),
            Block::Lines(lines) => self.code(lines.iter().map(|(place, text)| placed(place, text))),
            Block::Log(log) => self.log(log),
        }
    }

    /// Parts a block from the one before it.
    fn part(&mut self) -> fmt::Result {
        if std::mem::replace(&mut self.begun, true) { self.out.write_char('\n') } else { Ok(()) }
    }

    fn line(&mut self, line: &str) -> fmt::Result {
        self.part()?;
        writeln!(self.out, "{line}")
    }

    fn heading(&mut self, sign: &str, text: &str) -> fmt::Result {
        self.unfold()?;
        self.line(&format!("{sign}{}", escaped(text)))
    }

    fn fold(&mut self, summary: &str) -> fmt::Result {
        self.unfold()?;
        self.folded = true;
        self.line(&format!("<details>\n<summary>{}</summary>", in_html(summary)))
    }

    fn unfold(&mut self) -> fmt::Result {
        if std::mem::take(&mut self.folded) { self.line("</details>") } else { Ok(()) }
    }

    fn list(&mut self, items: impl Iterator<Item = String>) -> fmt::Result {
        self.part()?;
        items.into_iter().try_for_each(|item| writeln!(self.out, "- {}", escaped(&item)))
    }

    fn callout(&mut self, callout: &Callout) -> fmt::Result {
        let note =
            if callout.note.is_empty() { String::new() } else { format!(" {}", escaped(&callout.note)) };
        self.line(&format!("> **{}: {}**{note}", escaped(&callout.title), escaped(&callout.text)))
    }

    fn steps(&mut self, steps: &[String]) -> fmt::Result {
        self.line(&format!("**{}**", self.words.what_to_do))?;
        self.part()?;
        (1..).zip(steps).try_for_each(|(number, step)| writeln!(self.out, "{number}. {}", escaped(step)))
    }

    fn finding(&mut self, finding: &Statement) -> fmt::Result {
        let Statement { severity, confidence, code, name, message, .. } = finding;
        let [severity, confidence, code, name, message] =
            [severity, confidence, code, name, message].map(|text| escaped(text));
        let weighed: Vec<String> =
            [severity, confidence].into_iter().filter(|word| !word.is_empty()).collect();
        self.line(&format!("**{code} {name}** ({}): {message}", weighed.join(", ")))?;
        if let Some(remedy) = &finding.remedy {
            self.line(&format!("{}{}", self.words.remedy, escaped(remedy)))?;
        }
        if finding.proofs.is_empty() {
            return Ok(());
        }
        self.code(finding.proofs.iter().map(|proof| placed(&proof.place, &proof.text)))
    }

    /// Writes a table; a picture, where there is one, stands at the end of each row.
    fn table(&mut self, table: &Table, picture: Option<Picture<'_>>) -> fmt::Result {
        self.part()?;
        let mut titles: Vec<_> = table.columns.iter().map(|column| escaped(&column.title)).collect();
        let mut rules: Vec<_> = table.columns.iter().map(|column| rule(column.align)).collect();
        if picture.is_some() {
            titles.push(String::new());
            rules.push(rule(Align::Left));
        }
        writeln!(self.out, "| {} |", titles.join(" | "))?;
        writeln!(self.out, "| {} |", rules.join(" | "))?;
        for (number, row) in table.rows.iter().enumerate() {
            let strong = if table.marked.contains(&number) { "**" } else { "" };
            let cells = table.columns.iter().enumerate().map(|(at, _)| {
                let cell = row.get(at).map(|cell| escaped(cell.trim())).unwrap_or_default();
                if cell.is_empty() { cell } else { format!("{strong}{cell}{strong}") }
            });
            let mut cells: Vec<String> = cells.collect();
            if let Some(picture) = picture {
                let drawn = picture(number);
                cells.push(if drawn.is_empty() { drawn } else { format!("`{drawn}`") });
            }
            writeln!(self.out, "| {} |", cells.join(" | "))?;
        }
        Ok(())
    }

    fn ranked(&mut self, ranked: &Ranked) -> fmt::Result {
        let picture = |row: usize| bar(ranked.shares.get(row).copied().unwrap_or(0.0));
        self.table(&with_roles(ranked), Some(&picture))
    }

    fn bars(&mut self, bars: &[Bar]) -> fmt::Result {
        let columns = vec![
            Column::words(self.words.part),
            Column::figures(self.words.size),
            Column::figures(self.words.share),
        ];
        let rows = bars.iter().map(|bar| vec![bar.label.clone(), bar.value.clone(), percent(bar)]);
        let table = Table { columns, rows: rows.collect(), marked: Vec::new() };
        self.table(&table, Some(&|row| bars.get(row).map_or_else(String::new, |part| bar(part.share))))
    }

    fn gauges(&mut self, gauges: &[Gauge]) -> fmt::Result {
        let scale = |gauge: &Gauge| letters::scale(gauge, PICTURE, Characters::Unicode);
        self.table(&levels(gauges), Some(&|row| gauges.get(row).map_or_else(String::new, scale)))?;
        let notes: Vec<String> = gauges
            .iter()
            .flat_map(|gauge| gauge.notes.iter().map(|note| format!("{}: {note}", gauge.label)))
            .collect();
        if !notes.is_empty() {
            self.list(notes.into_iter())?;
        }
        let Some(made_of) = gauges.iter().find(|gauge| !gauge.parts.is_empty()) else { return Ok(()) };
        self.line(&escaped(&made_of.parts_are))?;
        self.table(&parts(gauges), None)
    }

    fn timeline(&mut self, timeline: &Timeline) -> fmt::Result {
        let Timeline { from, to, step, counts, .. } = timeline;
        let most = counts.iter().copied().max().unwrap_or(0);
        let line: String =
            counts.iter().map(|count| letters::column(*count, most, Characters::Unicode)).collect();
        let words = format!("{from} to {to}; a column is {step}; the highest counts {most}");
        self.code([line, words].into_iter())
    }

    fn chart(&mut self, chart: &Chart) -> fmt::Result {
        self.line(&format!("**{}**", escaped(&chart.title)))?;
        self.code(figures::chart(chart, CHART, Characters::Unicode).into_iter())
    }

    /// Writes lines as code, in a fence that is longer than any run of its letters in them.
    fn code(&mut self, lines: impl Iterator<Item = String>) -> fmt::Result {
        let lines: Vec<String> = lines.map(|line| shown(&line).into_owned()).collect();
        let fence = fence(&lines);
        self.line(&format!("{fence}text"))?;
        lines.iter().try_for_each(|line| writeln!(self.out, "{line}"))?;
        writeln!(self.out, "{fence}")
    }

    /// Writes the beginning of a log, and of the rest what something rests on.
    fn log(&mut self, log: &Log) -> fmt::Result {
        let mut lines = Vec::new();
        let (mut room, mut left_out) = (LOG, log.left_out);
        for line in &log.lines {
            room = room.saturating_sub(line.text.len());
            if 0 < room || line.cited {
                lines.push(format!("{:>6}  {}", line.number, line.text));
            } else {
                left_out += 1;
            }
        }
        self.code(lines.into_iter())?;
        if 0 < left_out { self.line(&format!("{left_out} more lines are left out.")) } else { Ok(()) }
    }
}

const fn rule(align: Align) -> &'static str {
    match align {
        Align::Left => "---",
        Align::Right => "---:",
    }
}

fn bar(share: f64) -> String {
    letters::block(share, PICTURE, Characters::Unicode)
}

fn placed(place: &str, text: &str) -> String {
    if place.is_empty() { text.to_owned() } else { format!("{place}  {text}") }
}
