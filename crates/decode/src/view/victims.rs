//! Who was killed: the memory of each victim, and what became of it.

use oomkit_core::{
    document::{Block, Column, Document, Table},
    units::Bytes,
};

use super::{
    Case, push_table,
    words::{NOT_IN_LOG, cell, or_unknown},
};
use crate::report::{Event, Task, Victim};

/// Says how large a victim was, by what the log has.
pub(super) fn size(event: &Event, victim: &Victim) -> String {
    let row = row(event, victim);
    match (victim.anon_rss_bytes, row.and_then(|task| task.rss_bytes), victim.total_vm_bytes) {
        (Some(anon), _, _) => match larger_than(anon, victim) {
            Some((size, what)) => format!("{anon} anonymous memory and {size} {what}"),
            None => format!("{anon} anonymous memory"),
        },
        (None, Some(rss), _) => format!("{rss} resident memory"),
        (None, None, Some(total)) => {
            format!("{total} address space (how much of it was in memory is not in the log)")
        }
        (None, None, None) => "its size is not in the log".into(),
    }
}

/// Returns the victim's row of the task table.
pub(super) fn row<'a>(event: &'a Event, victim: &Victim) -> Option<&'a Task> {
    event.tasks.iter().find(|task| task.pid == victim.pid)
}

fn larger_than(anon: Bytes, victim: &Victim) -> Option<(Bytes, &'static str)> {
    let others = [(victim.shmem_rss_bytes, "shared memory"), (victim.file_rss_bytes, "file pages")];
    let larger =
        others.into_iter().filter_map(|(size, what)| Some((size.filter(|size| anon < *size)?, what)));
    larger.max_by_key(|(size, _)| *size)
}

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    match case.event.victims.as_slice() {
        [] => {}
        [only] => {
            document.push(Block::Heading("Who was killed".into()));
            document.push(Block::Facts(facts(case.event, only)));
        }
        many => {
            let shown = many.len().min(case.rows(10));
            let heading = format!("Who was killed: {} processes", many.len());
            push_table(document, Block::Heading(heading), table(many, shown), many.len() - shown);
        }
    }
}

fn facts(event: &Event, victim: &Victim) -> Vec<(String, String)> {
    let row = row(event, victim);
    let space = victim.total_vm_bytes.or_else(|| row?.total_vm_bytes);
    let mut facts = vec![
        ("process".to_owned(), format!("{} (pid {})", victim.comm, victim.pid)),
        ("memory".to_owned(), memory(victim, row)),
        ("address space".to_owned(), or_unknown(space)),
        ("user id".to_owned(), or_unknown(victim.uid.or_else(|| row?.uid))),
        ("adjustment".to_owned(), adjustment(victim, row)),
    ];
    if let Some(reaped) = reaped(victim) {
        facts.push(("reaper".to_owned(), reaped));
    }
    if 1 < victim.times_named {
        facts.push(("named".to_owned(), format!("{} times, counted once", victim.times_named)));
    }
    facts
}

/// Tells the parts of a victim's memory: those that are known, then those that are not.
fn memory(victim: &Victim, row: Option<&Task>) -> String {
    let parts = [
        (victim.anon_rss_bytes.or_else(|| row?.rss_anon_bytes), "anonymous"),
        (victim.file_rss_bytes.or_else(|| row?.rss_file_bytes), "file"),
        (victim.shmem_rss_bytes.or_else(|| row?.rss_shmem_bytes), "shared"),
        (victim.pgtables_bytes.or_else(|| row?.pgtables_bytes), "page tables"),
        (row.and_then(|task| task.swap_bytes), "swap"),
    ];
    let known = parts.iter().filter_map(|(size, what)| Some(format!("{} {what}", (*size)?)));
    let known = known.collect::<Vec<_>>().join(", ");
    let unknown = parts.iter().filter(|(size, _)| size.is_none()).map(|(_, what)| *what);
    let unknown = unknown.collect::<Vec<_>>().join(", ");
    match (known.is_empty(), unknown.is_empty()) {
        (_, true) => known,
        (true, false) => NOT_IN_LOG.to_owned(),
        (false, false) => format!("{known}; {NOT_IN_LOG}: {unknown}"),
    }
}

fn adjustment(victim: &Victim, row: Option<&Task>) -> String {
    let adj = or_unknown(victim.oom_score_adj.or_else(|| row?.oom_score_adj));
    if victim.oom_score_adj_inferred { format!("{adj}, taken from the asking thread") } else { adj }
}

fn reaped(victim: &Victim) -> Option<String> {
    let left = victim.left_bytes.filter(|left| *left != Bytes::ZERO);
    Some(match (victim.reaped?, left) {
        (true, None) => "took its memory back".into(),
        (true, Some(left)) => format!("took its memory back but for {left}"),
        (false, _) => "could not take its memory back".into(),
    })
}

fn table(victims: &[Victim], shown: usize) -> Table {
    let figures = ["anonymous", "file", "shared", "page tables", "adjustment"].map(Column::figures);
    let mut columns = vec![Column::figures("pid"), Column::words("name")];
    columns.extend(figures);
    columns.push(Column::words("reaper"));
    let rows = victims.iter().take(shown).map(|victim| {
        vec![
            victim.pid.to_string(),
            victim.comm.to_string(),
            cell(victim.anon_rss_bytes),
            cell(victim.file_rss_bytes),
            cell(victim.shmem_rss_bytes),
            cell(victim.pgtables_bytes),
            cell(victim.oom_score_adj),
            cell(victim.reaped.map(|reaped| if reaped { "done" } else { "failed" })),
        ]
    });
    Table { rows: rows.collect(), columns, marked: Vec::new() }
}
