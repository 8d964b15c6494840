//! The problems as a document, for formats that show documents.

use oomkit_core::{
    document::{Block, Column, Document, Table, Tone},
    finding::Severity,
    problem::{Problem, Problems},
};

use super::words::{advice, notice, opened, place, rule, summary, worst};
use crate::{
    safe::{shortened, shown},
    style::Characters,
};

/// The most rows: the summary of a CI step holds 1 MiB.
const ROWS: usize = 250;
/// The most letters of a cell.
const CELL: usize = 600;

/// Returns a document with the open problems, the worst first, and the counts of all others.
pub(super) fn document(problems: &Problems) -> Document {
    let mut document = Document::new();
    let answer = opened(&format!("memory limits: {}", summary(problems)));
    document.push(Block::Answer(tone(worst(&problems.tally())), answer));
    let mut open: Vec<&Problem> = problems.open().collect();
    // The order of the files is kept among those that are equally bad.
    open.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    if !open.is_empty() {
        document.push(Block::Table(table(&open)));
    }
    let hidden = open.len().saturating_sub(ROWS);
    if 0 < hidden {
        document.push(Block::Text(Tone::Quiet, format!("{hidden} more are not shown here.")));
    }
    if !problems.notices.is_empty() {
        document.push(Block::Heading("Remarks".into()));
        let notes = problems.notices.iter().take(ROWS).map(|remark| cell(&notice(remark)));
        document.push(Block::Notes(notes.collect()));
        let hidden = problems.notices.len().saturating_sub(ROWS);
        if 0 < hidden {
            document.push(Block::Text(Tone::Quiet, format!("{hidden} more are not shown here.")));
        }
    }
    document
}

fn table(open: &[&Problem]) -> Table {
    let rows = open.iter().take(ROWS).map(|problem| {
        vec![
            problem.severity.name().to_owned(),
            rule(problem),
            cell(&place(&problem.file, problem.region.as_ref())),
            cell(&problem.scope),
            cell(&advice(problem)),
        ]
    });
    let columns = ["severity", "rule", "where", "scope", "what"];
    Table { columns: columns.map(Column::words).into(), rows: rows.collect(), marked: Vec::new() }
}

fn cell(text: &str) -> String {
    shortened(&shown(text), CELL, Characters::Unicode).into_owned()
}

/// Returns how a severity is meant.
pub(super) const fn tone(severity: Option<Severity>) -> Tone {
    match severity {
        Some(Severity::Error) => Tone::Bad,
        Some(Severity::Warning) => Tone::Doubtful,
        Some(Severity::Note) | None => Tone::Plain,
    }
}
