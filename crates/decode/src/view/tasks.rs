//! The candidates: the largest of them, and those that share a name.

use std::cmp::Reverse;

use oomkit_core::{
    document::{Block, Column, Document, Table, Tone},
    units::Bytes,
};

use super::{Case, push_table, words::cell};
use crate::report::{Event, Task};

/// A column of the task table, shown where the log has it.
struct Field {
    title: &'static str,
    column: fn(&str) -> Column,
    /// Whether it is left out where nothing is in it, and whether only full detail has it.
    shown: Shown,
    cell: fn(&Task) -> Option<String>,
}

/// When a column is shown, apart from that the log has it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Always,
    UnlessZero,
    InFull,
}

const FIELDS: &[Field] = &[
    Field { title: "pid", column: Column::figures, shown: Shown::Always, cell: |task| text(Some(task.pid)) },
    Field { title: "name", column: Column::words, shown: Shown::Always, cell: |task| text(Some(&task.comm)) },
    Field { title: "process", column: Column::figures, shown: Shown::InFull, cell: |task| text(task.tgid) },
    Field { title: "user", column: Column::figures, shown: Shown::InFull, cell: |task| text(task.uid) },
    size("resident", |task| text(task.rss_bytes)),
    size("anonymous", |task| text(task.rss_anon_bytes)),
    size("file", |task| text(task.rss_file_bytes)),
    size("shared", |task| text(task.rss_shmem_bytes)),
    size("swap", |task| text(task.swap_bytes)),
    size("page tables", |task| text(task.pgtables_bytes)),
    Field {
        title: "address space",
        column: Column::figures,
        shown: Shown::InFull,
        cell: |task| text(task.total_vm_bytes),
    },
    Field {
        title: "adjustment",
        column: Column::figures,
        shown: Shown::Always,
        cell: |task| text(task.oom_score_adj),
    },
    Field {
        title: "old adjustment",
        column: Column::figures,
        shown: Shown::Always,
        cell: |task| text(task.oom_adj),
    },
    Field { title: "score", column: Column::figures, shown: Shown::Always, cell: score },
];

const fn size(title: &'static str, cell: fn(&Task) -> Option<String>) -> Field {
    Field { title, column: Column::figures, shown: Shown::UnlessZero, cell }
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

/// Shows the largest candidates, and the victims wherever they stand.
pub(super) fn show(case: &Case<'_>, document: &mut Document) {
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
    let heading = match shown.len() as u64 {
        some if some < all => format!("The largest {some} of {all} tasks"),
        _ => "The tasks, largest first".to_owned(),
    };
    let table = table(event, &shown, case.is_full());
    let has_scores = table.columns.iter().any(|column| column.title == "score");
    push_table(document, &heading, table, 0);
    if has_scores {
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

fn table(event: &Event, tasks: &[&Task], is_full: bool) -> Table {
    let has_something = |field: &Field| match field.shown {
        Shown::InFull if !is_full => false,
        Shown::UnlessZero if !is_full => {
            tasks.iter().any(|task| (field.cell)(task).is_some_and(|cell| cell != Bytes::ZERO.to_string()))
        }
        Shown::Always | Shown::UnlessZero | Shown::InFull => {
            tasks.iter().any(|task| (field.cell)(task).is_some())
        }
    };
    let fields: Vec<&Field> = FIELDS.iter().filter(|field| has_something(field)).collect();
    let columns = fields.iter().map(|field| (field.column)(field.title));
    let rows = tasks.iter().map(|task| fields.iter().map(|field| cell((field.cell)(task))).collect());
    let marked = tasks.iter().enumerate().filter(|(_, task)| is_victim(event, task));
    Table { columns: columns.collect(), rows: rows.collect(), marked: marked.map(|(at, _)| at).collect() }
}

/// Shows the names that many candidates share.
pub(super) fn show_groups(case: &Case<'_>, document: &mut Document) {
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
    push_table(document, "Tasks of one name together", table, groups.len() - shown);
    let caution = "Memory that tasks share is counted once for each of them.";
    document.push(Block::Text(Tone::Quiet, caution.into()));
}
