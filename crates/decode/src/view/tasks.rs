//! The candidates: the largest of them, and those that share a name.

use std::cmp::Reverse;

use oomkit_core::{
    document::{Block, Column, Document, Ranked, Table, Tag, Tone},
    units::{Bytes, Share},
};

use super::{
    Case, Section, known, push_left_out,
    words::{cell, detail},
};
use crate::{
    case::is_protected,
    report::{Event, Task},
};

/// A column of the task table, shown only where the log has it.
struct Field {
    title: &'static str,
    shown: Shown,
    cell: Cell,
}

enum Cell {
    Name(fn(&Task) -> Option<String>),
    Figure(fn(&Task) -> Option<String>),
    Size(fn(&Task) -> Option<Bytes>),
}

/// When a column is shown that the log has; full detail shows them all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Always,
    /// Where it is more than a twentieth of what the tasks hold together.
    IfLarge,
    InFull,
}

const FIELDS: &[Field] = &[
    Field { title: "pid", shown: Shown::Always, cell: Cell::Figure(|task| text(Some(task.pid))) },
    Field { title: "name", shown: Shown::Always, cell: Cell::Name(|task| text(Some(&task.comm))) },
    Field { title: "process", shown: Shown::InFull, cell: Cell::Figure(|task| text(task.tgid)) },
    Field { title: "user", shown: Shown::InFull, cell: Cell::Figure(|task| text(task.uid)) },
    Field { title: "resident", shown: Shown::Always, cell: Cell::Size(|task| task.rss_bytes) },
    Field { title: "anonymous", shown: Shown::InFull, cell: Cell::Size(|task| task.rss_anon_bytes) },
    Field { title: "file", shown: Shown::IfLarge, cell: Cell::Size(|task| task.rss_file_bytes) },
    Field { title: "shared", shown: Shown::IfLarge, cell: Cell::Size(|task| task.rss_shmem_bytes) },
    Field { title: "swap", shown: Shown::IfLarge, cell: Cell::Size(|task| task.swap_bytes) },
    Field { title: "page tables", shown: Shown::IfLarge, cell: Cell::Size(|task| task.pgtables_bytes) },
    Field { title: "address space", shown: Shown::InFull, cell: Cell::Size(|task| task.total_vm_bytes) },
    Field { title: "adjustment", shown: Shown::Always, cell: Cell::Figure(|task| text(task.oom_score_adj)) },
    Field { title: "old adjustment", shown: Shown::Always, cell: Cell::Figure(|task| text(task.oom_adj)) },
    Field { title: "score", shown: Shown::Always, cell: Cell::Figure(score) },
];

impl Field {
    fn column(&self) -> Column {
        match self.cell {
            Cell::Name(_) => Column::words(self.title),
            Cell::Figure(_) | Cell::Size(_) => Column::figures(self.title),
        }
    }

    fn cell(&self, task: &Task) -> Option<String> {
        match self.cell {
            Cell::Name(cell) | Cell::Figure(cell) => cell(task),
            Cell::Size(size) => text(size(task)),
        }
    }

    fn is_shown(&self, tasks: &[&Task], is_full: bool) -> bool {
        match (self.shown, &self.cell) {
            (Shown::Always, _) => true,
            (Shown::IfLarge, Cell::Size(size)) if !is_full => {
                let part: Bytes = tasks.iter().filter_map(|task| size(task)).sum();
                let whole: Bytes = tasks.iter().filter_map(|task| weight(task)).sum();
                whole.get() / 20 < part.get()
            }
            (Shown::IfLarge | Shown::InFull, _) => is_full,
        }
    }
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn score(task: &Task) -> Option<String> {
    match (task.badness, task.badness_range) {
        (Some(score), _) => Some(score.to_string()),
        (None, Some([low, high])) => Some(format!("{low} to {high}")),
        (None, None) => None,
    }
}

/// Shows the candidates: those that share a name first where they are large together.
pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let is_crowd = case.event.groups.first().is_some_and(|group| 1 < group.tasks);
    let (first, then): (Section, Section) =
        if is_crowd { (show_groups, show_largest) } else { (show_largest, show_groups) };
    first(case, document);
    then(case, document);
}

/// Shows the largest candidates, and the victims wherever they stand.
fn show_largest(case: &Case<'_>, document: &mut Document) {
    let event = case.event;
    let mut tasks: Vec<&Task> = event.tasks.iter().collect();
    tasks.sort_by_key(|task| Reverse(weight(task)));
    let shown: Vec<&Task> = tasks
        .iter()
        .enumerate()
        .filter(|(place, task)| *place < case.rows(10) || is_victim(event, task))
        .map(|(_, task)| *task)
        .collect();
    let all = event.task_rows.max(tasks.len() as u64);
    let largest = case.rows(10).min(tasks.len());
    let victims = if largest < shown.len() { ", and the victims" } else { "" };
    let heading = match largest as u64 {
        some if some < all => format!("The {some} largest of {all} tasks{victims}"),
        _ => "The tasks, largest first".to_owned(),
    };
    if shown.is_empty() {
        return;
    }
    document.push(detail(&heading));
    document.push(Block::Ranked(ranked(event, &shown, case.is_full())));
    if shown.iter().any(|task| score(task).is_some()) {
        let meaning = "Scores are recomputed, in thousandths of all memory that counts.";
        document.push(Block::Text(Tone::Quiet, meaning.into()));
    }
    let kept = tasks.len() as u64;
    if case.is_full() && kept < all {
        let lost = format!("{} more rows were read and not kept.", all - kept);
        document.push(Block::Text(Tone::Quiet, lost));
    }
}

fn weight(task: &Task) -> Option<Bytes> {
    super::words::sum(&[task.rss_bytes, task.swap_bytes])
}

fn is_victim(event: &Event, task: &Task) -> bool {
    event.victims.iter().any(|victim| victim.pid == task.pid || Some(victim.pid) == task.tgid)
}

fn ranked(event: &Event, tasks: &[&Task], is_full: bool) -> Ranked {
    let sizes: Vec<Option<Bytes>> = tasks.iter().map(|task| weight(task)).collect();
    let tags = tasks.iter().enumerate().flat_map(|(at, task)| tags(event, task).map(move |tag| (at, tag)));
    Ranked { shares: shares(&sizes), tags: tags.collect(), table: known(table(event, tasks, is_full)) }
}

/// Returns each size as a share of the largest.
fn shares(sizes: &[Option<Bytes>]) -> Vec<f64> {
    let largest = sizes.iter().flatten().max().copied().unwrap_or_default();
    let share =
        |size: &Option<Bytes>| Share::of(size.unwrap_or_default(), largest).map_or(0.0, Share::fraction);
    sizes.iter().map(share).collect()
}

/// Says what a task had to do with the event.
fn tags(event: &Event, task: &Task) -> impl Iterator<Item = Tag> + use<> {
    let asked = event.trigger.as_ref().is_some_and(|trigger| trigger.pid == Some(task.pid));
    let tags = [
        (is_victim(event, task), "killed", Tone::Bad),
        (asked, "asked", Tone::Plain),
        (is_protected(task), "protected", Tone::Quiet),
    ];
    let tags = tags.into_iter().filter(|(holds, ..)| *holds);
    tags.map(|(_, word, tone)| Tag { word: word.to_owned(), tone })
}

fn table(event: &Event, tasks: &[&Task], is_full: bool) -> Table {
    let fields: Vec<&Field> = FIELDS.iter().filter(|field| field.is_shown(tasks, is_full)).collect();
    let columns = fields.iter().map(|field| field.column());
    let rows = tasks.iter().map(|task| fields.iter().map(|field| cell(field.cell(task))).collect());
    let marked = tasks.iter().enumerate().filter(|(_, task)| is_victim(event, task));
    Table { columns: columns.collect(), rows: rows.collect(), marked: marked.map(|(at, _)| at).collect() }
}

/// Shows the names that many candidates share.
fn show_groups(case: &Case<'_>, document: &mut Document) {
    let groups = &case.event.groups;
    if groups.iter().all(|group| group.tasks < 2) {
        return;
    }
    let swaps = groups.iter().any(|group| group.swap_bytes.is_some_and(|swap| swap != Bytes::ZERO));
    let shown = groups.len().min(case.rows(5));
    let mut columns = vec![Column::words("name"), Column::figures("tasks"), Column::figures("resident")];
    if swaps {
        columns.push(Column::figures("swap"));
    }
    let rows = groups.iter().take(shown).map(|group| {
        let mut row = vec![group.name.to_string(), group.tasks.to_string(), group.rss_bytes.to_string()];
        if swaps {
            row.push(cell(group.swap_bytes));
        }
        row
    });
    let table = Table { rows: rows.collect(), columns, marked: Vec::new() };
    let sizes =
        groups.iter().take(shown).map(|group| super::words::sum(&[Some(group.rss_bytes), group.swap_bytes]));
    let shares = shares(&sizes.collect::<Vec<_>>());
    document.push(detail("Tasks of one name together"));
    document.push(Block::Ranked(Ranked { table, shares, tags: Vec::new() }));
    push_left_out(document, groups.len() - shown);
    let caution = "Memory that tasks share is counted once for each of them.";
    document.push(Block::Text(Tone::Quiet, caution.into()));
}
