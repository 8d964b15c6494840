//! An event as a document: the answer in three lines, then what it rests on.
//!
//! Nothing is concluded here; what the event does not hold is "not in the log", never zero.

use oomkit_core::{
    document::{Block, Document, Table, Tone},
    place::Evidence,
};

use crate::report::{Event, EventKind};

mod account;
mod answer;
mod findings;
mod kernel_memory;
mod limit;
mod machine;
mod none;
mod overview;
mod remarks;
mod score;
mod tasks;
mod trigger;
mod victims;
mod words;
mod zones;

pub use none::nothing_found;
pub use overview::{Overview, forged_document, overview_document};

/// How much of an event is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The answer, and what the rules say.
    Brief,
    /// What helps to understand the answer.
    Normal,
    /// All that was read.
    Full,
}

/// An event, the name of its input, and how much of it is to be shown.
struct Case<'a> {
    event: &'a Event,
    input: &'a str,
    detail: Detail,
}

impl Case<'_> {
    fn is_full(&self) -> bool {
        self.detail == Detail::Full
    }

    /// Returns how many rows of a list are shown that is `usual` long as a rule.
    fn rows(&self, usual: usize) -> usize {
        if self.is_full() { usize::MAX } else { usual }
    }

    /// Returns where a line stands, and the line.
    fn line(&self, evidence: &Evidence) -> (String, String) {
        let place = if evidence.input == self.event.input {
            format!("{}:{}", words::name(self.input), evidence.line)
        } else {
            format!("input {}:{}", u64::from(evidence.input.get()) + 1, evidence.line)
        };
        (place, words::name(&evidence.text).into_owned())
    }
}

type Section = fn(&Case<'_>, &mut Document);

/// The sections below the answer, in the order of reading.
const SECTIONS: &[Section] = &[
    findings::show,
    account::show,
    tasks::show,
    tasks::show_groups,
    victims::show,
    limit::show,
    trigger::show,
    machine::show,
    zones::show,
    kernel_memory::show,
    score::show,
    remarks::show,
];

/// Returns an event as a document; `input_name` is the name of the log that it stands in.
#[must_use]
pub fn event_document(event: &Event, input_name: &str, detail: Detail) -> Document {
    let case = Case { event, input: input_name, detail };
    let mut document = Document::new();
    answer::show(&case, &mut document);
    match detail {
        Detail::Brief => findings::show(&case, &mut document),
        Detail::Normal | Detail::Full => SECTIONS.iter().for_each(|section| section(&case, &mut document)),
    }
    document
}

/// Adds a table under a heading, without the columns that the log does not have, and says how many
/// rows were left out.
fn push_table(document: &mut Document, heading: &str, table: Table, left_out: usize) {
    if table.rows.is_empty() {
        return;
    }
    document.push(Block::Heading(heading.into()));
    document.push(Block::Table(without_empty(table)));
    if 0 < left_out {
        document.push(Block::Text(Tone::Quiet, format!("{left_out} more in full detail.")));
    }
}

/// Takes out the columns in which no row has anything.
fn without_empty(mut table: Table) -> Table {
    let has_cells =
        |at: usize| table.rows.iter().any(|row| row.get(at).is_some_and(|cell| cell != words::DASH));
    let kept: Vec<bool> = (0..table.columns.len()).map(has_cells).collect();
    let keep = |at: usize| kept.get(at).copied().unwrap_or(false);
    table.columns = without(table.columns, keep);
    table.rows = table.rows.into_iter().map(|row| without(row, keep)).collect();
    table
}

fn without<T>(cells: Vec<T>, keep: impl Fn(usize) -> bool) -> Vec<T> {
    cells.into_iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, cell)| cell).collect()
}

/// Returns what a kind of event is called, for one and for many.
const fn kind_words(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::OomKill => ("OOM kill", "OOM kills"),
        EventKind::OomNoVictim => ("OOM without a victim", "OOMs without a victim"),
        EventKind::Panic => ("panic", "panics"),
        EventKind::AllocFailure => ("failed allocation", "failed allocations"),
        EventKind::MemoryDump => ("memory dump by hand", "memory dumps by hand"),
        EventKind::UserspaceKill => ("user-space kill", "user-space kills"),
    }
}
