//! Other trouble in the same logs, in the order of time, and the worst of it in a sentence.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use oomkit_core::document::{Block, Column, Document, Table, Tone};

use super::{
    Case, Detail, push_table,
    words::{DASH, cell, count, name},
};
use crate::{
    Summary,
    report::{Context, ContextKind, Input},
};

mod kinds;

use kinds::{Weight, tells_of_memory, words};

/// Rows that are shown unless all are asked for.
const SHOWN: usize = 20;
/// Kinds that the sentence names.
const NAMED: usize = 4;
/// The longest subject or detail that is shown, in letters.
const LONGEST: usize = 64;

/// Returns how a kind of trouble is called, for one of it.
#[must_use]
pub const fn kind_name(kind: crate::report::ContextKind) -> &'static str {
    words(kind).1
}

/// Returns the trouble of all inputs as a document; empty where there is none worth showing.
#[must_use]
pub fn context_document(summary: &Summary, inputs: &[Input], detail: Detail) -> Document {
    let mut document = Document::new();
    push(summary, inputs, detail, &mut document);
    document
}

/// Tells whether there is trouble, and not merely something worth knowing.
pub(super) fn is_there(context: &[Context]) -> bool {
    context.iter().any(|context| words(context.kind).0 < Weight::Note)
}

/// Tells whether programs say that memory ran out.
pub(super) fn memory_ran_out(context: &[Context]) -> bool {
    context.iter().any(|context| tells_of_memory(context.kind))
}

/// Shows the trouble shortly before an event.
pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let trouble = &case.event.trouble_before;
    if is_there(trouble) {
        let rows = case.rows(SHOWN);
        let (table, left_out) = table(trouble, rows, |context| context.line.to_string());
        push_table(document, Block::Heading("In the ten minutes before".into()), table, left_out);
    }
}

/// Shows the trouble of all inputs, and in full detail its lines.
pub(super) fn push(summary: &Summary, inputs: &[Input], detail: Detail, document: &mut Document) {
    let context = &summary.context;
    if !is_there(context) {
        return;
    }
    let rows = if detail == Detail::Full { usize::MAX } else { SHOWN };
    let place = |context: &Context| place(context, inputs);
    let (table, left_out) = table(context, rows, place);
    push_table(document, Block::Heading("Other trouble in the same logs".into()), table, left_out);
    if context.iter().any(|context| context.at_year_assumed) {
        document.push(Block::Text(Tone::Quiet, "The year is not in the log and was assumed.".into()));
    }
    let beyond = summary.coverage.context_left_out;
    if 0 < beyond {
        let lines = count(beyond, "line tells", "lines tell");
        document
            .push(Block::Text(Tone::Quiet, format!("{lines} of more such trouble and had no room here.")));
    }
    if detail == Detail::Full {
        document.push(Block::Heading("The lines of that trouble, the first of each".into()));
        let lines = context.iter().map(|context| (place(context), name(&context.message).into_owned()));
        document.push(Block::Lines(lines.collect()));
    }
}

/// Returns where a line stands; the input is named where there are several.
fn place(context: &Context, inputs: &[Input]) -> String {
    let input = inputs.get(context.input.get() as usize).filter(|_| 1 < inputs.len());
    input.map_or_else(|| context.line.to_string(), |input| format!("{}:{}", name(&input.name), context.line))
}

/// Returns the rows in the order of time, the worst ones where not all are wanted.
fn table(context: &[Context], rows: usize, place: impl Fn(&Context) -> String) -> (Table, usize) {
    let mut shown: Vec<(usize, &Context)> = context.iter().enumerate().collect();
    shown.sort_by_key(|(at, context)| (words(context.kind).0, *at));
    let left_out = shown.len().saturating_sub(rows);
    shown.truncate(rows);
    shown.sort_by_key(|(at, _)| *at);
    let hosts: BTreeSet<&str> = context.iter().filter_map(|context| context.host.as_deref()).collect();
    let fixed = |title: &str| Column { shrinks: false, ..Column::words(title) };
    let columns = vec![
        fixed("when"),
        fixed("until"),
        Column::figures("times"),
        fixed("what"),
        Column::words("whom"),
        Column::words("more"),
        Column::words("host"),
        Column { shrinks: true, ..Column::figures("line") },
    ];
    let cells = |context: &Context| {
        let several = 1 < context.count;
        vec![
            cell(when(context)),
            cell(until(context).filter(|_| several)),
            if several { context.count.to_string() } else { DASH.into() },
            words(context.kind).1.to_owned(),
            cell(context.subject.as_deref().map(short)),
            cell(context.detail.as_deref().map(short)),
            cell(context.host.as_deref().map(name).filter(|_| 1 < hosts.len())),
            place(context),
        ]
    };
    let rows = shown.iter().map(|(_, context)| cells(context)).collect();
    (Table { columns, rows, marked: Vec::new() }, left_out)
}

fn short(text: &str) -> String {
    let text = name(text);
    if text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    text.chars().take(LONGEST - 1).chain(['\u{2026}']).collect()
}

/// Returns the first moment: a day and a time, or the seconds on the kernel's clock.
fn when(context: &Context) -> Option<String> {
    match context.at {
        Some(at) => Some(day_and_time(&at.to_string())),
        None => context.since_boot_seconds.map(|since_boot| format!("{since_boot} s")),
    }
}

/// Returns the last moment, without the day if it is that of the first.
fn until(context: &Context) -> Option<String> {
    let Some(last) = context.last_at else {
        return context.last_since_boot_seconds.map(|since_boot| format!("{since_boot} s"));
    };
    let last = day_and_time(&last.to_string());
    let first = context.at.map(|at| day_and_time(&at.to_string())).unwrap_or_default();
    if first == last {
        return None;
    }
    match (first.split_once(' '), last.split_once(' ')) {
        (Some((first_day, _)), Some((day, time))) if first_day == day => Some(time.to_owned()),
        _ => Some(last),
    }
}

/// Returns `2016-09-29 18:27:02` of a moment by RFC 3339.
fn day_and_time(moment: &str) -> String {
    moment.chars().take("2016-09-29T18:27:02".len()).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// Says in one sentence what went wrong, the worst first; `None` where nothing did.
pub(super) fn sentence(context: &[Context]) -> Option<String> {
    let mut kinds: BTreeMap<(Weight, ContextKind), (u64, BTreeSet<&str>)> = BTreeMap::new();
    for context in context.iter().filter(|context| words(context.kind).0 < Weight::Note) {
        let (lines, subjects) = kinds.entry((words(context.kind).0, context.kind)).or_default();
        *lines += context.count;
        subjects.extend(context.subject.as_deref());
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|((weight, _), (lines, _))| (*weight, Reverse(*lines)));
    let named: Vec<String> = kinds
        .iter()
        .take(NAMED)
        .map(|((_, kind), (lines, subjects))| {
            let (_, one, many) = words(*kind);
            let whom = match (subjects.len(), subjects.first()) {
                (1, Some(subject)) => format!(" ({})", short(subject)),
                _ => String::new(),
            };
            format!("{}{whom}", count(*lines, one, many))
        })
        .collect();
    let more = match kinds.len().saturating_sub(NAMED) as u64 {
        0 => String::new(),
        more => format!(" and {}", count(more, "kind more", "kinds more")),
    };
    (!named.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}
