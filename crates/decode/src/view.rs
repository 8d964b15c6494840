//! An event as a document: the answer in three lines, then what it rests on.
//!
//! Nothing is concluded here; what the event does not hold is "not in the log", never zero.

use oomkit_core::{
    document::{Block, Document, Proof, Table, Tone},
    place::Evidence,
};

use crate::report::{Event, EventKind};

mod account;
mod answer;
mod context;
mod findings;
mod kernel_memory;
mod limit;
mod log;
mod machine;
mod nodes;
mod none;
mod overview;
mod remarks;
mod score;
mod tasks;
mod times;
mod trigger;
mod victims;
mod words;
mod zones;

pub use context::{context_document, kind_name};
pub use findings::headline;
pub use none::{Nothing, nothing_found};
pub use overview::{Overview, forged_document, overview_document};

/// How much of an event is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The answer, and what the rules say.
    Brief,
    /// What helps to understand the answer.
    Normal,
    /// The same with more of each list, all pictures and the printed lines: for a page, which has room.
    Rich,
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

    /// Tells whether there is room for pictures of what the reader did not ask for.
    fn is_rich(&self) -> bool {
        matches!(self.detail, Detail::Rich | Detail::Full)
    }

    /// Returns how many rows of a list are shown that is `usual` long as a rule.
    fn rows(&self, usual: usize) -> usize {
        match self.detail {
            Detail::Brief | Detail::Normal => usual,
            Detail::Rich => usual + usual / 2,
            Detail::Full => usize::MAX,
        }
    }

    /// Returns a line that something rests on, with where it stands.
    fn proof(&self, evidence: &Evidence) -> Proof {
        let is_here = evidence.input == self.event.input;
        let place = if is_here {
            format!("{}:{}", words::name(self.input), evidence.line)
        } else {
            format!("input {}:{}", u64::from(evidence.input.get()) + 1, evidence.line)
        };
        let line = is_here.then(|| evidence.line.get());
        Proof { place, line, text: words::name(&evidence.text).into_owned() }
    }
}

type Section = fn(&Case<'_>, &mut Document);

/// The sections below the answer, in the order of reading.
const SECTIONS: &[Section] = &[
    findings::show,
    context::show,
    account::show,
    tasks::show,
    victims::show,
    limit::show,
    trigger::show,
    machine::show,
    nodes::show,
    zones::show,
    kernel_memory::show,
    score::show,
    remarks::show,
];

/// Returns an event as a document; `input_name` is the name of the log that it stands in.
#[must_use]
pub fn event_document(event: &Event, input_name: &str, detail: Detail) -> Document {
    let case = Case { event, input: input_name, detail };
    let mut document = Document::new().with_caption(answer::caption(event));
    answer::show(&case, &mut document);
    match detail {
        Detail::Brief => findings::show(&case, &mut document),
        Detail::Normal => SECTIONS.iter().for_each(|section| section(&case, &mut document)),
        Detail::Rich | Detail::Full => {
            SECTIONS.iter().for_each(|section| section(&case, &mut document));
            log::show(&case, &mut document);
        }
    }
    document
}

/// Returns the lines of an event as they were printed, for an event whose document leaves them out.
#[must_use]
pub fn log_document(event: &Event, input_name: &str) -> Document {
    let mut document = Document::new();
    log::show(&Case { event, input: input_name, detail: Detail::Rich }, &mut document);
    document
}

/// Adds a table under a heading, and says how many rows were left out.
fn push_table(document: &mut Document, heading: Block, table: Table, left_out: usize) {
    if table.rows.is_empty() {
        return;
    }
    document.push(heading);
    document.push(Block::Table(known(table)));
    push_left_out(document, left_out);
}

fn push_left_out(document: &mut Document, left_out: usize) {
    if 0 < left_out {
        document.push(Block::Text(Tone::Quiet, format!("{left_out} more in full detail.")));
    }
}

/// Returns a table without the columns that the log does not have.
fn known(mut table: Table) -> Table {
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
