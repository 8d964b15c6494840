//! The victims: each process once, with everything that any line says of it.

use std::collections::BTreeMap;

use oomkit_core::{
    ident::{Comm, Pid},
    units::{Bytes, KiB},
};

use crate::draft::Draft;
use crate::kernel::{
    task::Row,
    victim::{Kill, Reaped},
};
use crate::report::Victim;

/// Returns the victims in the order of their first kill.
pub(super) fn of(draft: &Draft, notes: &mut Vec<String>) -> Vec<Victim> {
    let mut victims: Vec<Victim> = Vec::new();
    let rows = rows(draft);
    for (kill, line) in &draft.kills {
        let Some(pid) = kill.pid else {
            notes.push(format!("line {line}: the kernel names the victim {} without its pid", kill.comm));
            continue;
        };
        match victims.iter_mut().find(|victim| victim.pid == pid) {
            Some(victim) => victim.times_named += 1,
            None => {
                let victim = victim(draft, kill, rows.get(&pid).copied(), pid, *line);
                if victim.pgtables_bytes != kill.pgtables.map(KiB::bytes) {
                    notes.push(format!(
                        "line {line}: the page tables cannot be so large; this kernel prints bytes and calls them kB"
                    ));
                }
                victims.push(victim);
            }
        }
    }
    if victims.is_empty() && draft.kills.is_empty() {
        victims.extend(chosen(draft, notes));
        victims.extend(of_user_space(draft));
    }
    victims
}

/// The rows of the victims, found in one walk: a group may have thousands, and so may the table.
fn rows(draft: &Draft) -> BTreeMap<Pid, &Row> {
    let mut killed: Vec<Pid> = draft.kills.iter().filter_map(|(kill, _)| kill.pid).collect();
    killed.sort_unstable();
    let mut rows = BTreeMap::new();
    for (row, _) in &draft.rows {
        if killed.binary_search(&row.pid).is_ok() {
            rows.entry(row.pid).or_insert(row);
        }
    }
    rows
}

fn victim(
    draft: &Draft,
    kill: &Kill,
    row: Option<&Row>,
    pid: Pid,
    line: oomkit_core::place::LineNo,
) -> Victim {
    let summary = draft.summary.as_ref().filter(|summary| summary.pid == Some(pid));
    let selection = draft.selection.as_ref().filter(|selection| selection.pid == pid);
    let printed_adj = kill.oom_score_adj.or_else(|| row.and_then(|row| row.oom_score_adj));
    let inferred_adj = printed_adj.is_none().then(|| adj_of_namesake(draft, &kill.comm)).flatten();
    let reaped = draft.reaped.iter().rfind(|reaped| reaped.pid == pid);
    Victim {
        pid,
        comm: kill.comm.clone(),
        uid: kill
            .uid
            .or_else(|| summary.and_then(|summary| summary.uid))
            .or_else(|| row.and_then(|row| row.uid)),
        score: kill.score.or_else(|| selection.map(|selection| selection.score)),
        oom_score_adj: printed_adj.or(inferred_adj),
        oom_score_adj_inferred: inferred_adj.is_some(),
        rss_bytes: kill.rss.map(KiB::bytes).or_else(|| resident(kill)),
        total_vm_bytes: kill.total_vm.map(KiB::bytes),
        anon_rss_bytes: kill.anon_rss.map(KiB::bytes),
        file_rss_bytes: kill.file_rss.map(KiB::bytes),
        shmem_rss_bytes: kill.shmem_rss.map(KiB::bytes),
        pgtables_bytes: page_tables(kill, row),
        reaped: reaped.map(|reaped| reaped.done),
        left_bytes: reaped.and_then(left),
        times_named: 1,
        line,
    }
}

/// Returns the page tables of a victim; some kernels of 5.4 print bytes and call them kB, so the
/// figure is believed only where it is possible, and where its row does not contradict it.
fn page_tables(kill: &Kill, row: Option<&Row>) -> Option<Bytes> {
    let printed = kill.pgtables?;
    let of_row = row.and_then(|row| row.page_table_bytes);
    if let Some(of_row) = of_row
        && of_row.get() < printed.bytes().get() / 64
    {
        return Some(of_row);
    }
    // Tables map at least their own size of memory five hundred times over.
    let most = kill.total_vm.map_or(u64::MAX, |space| (space.get() / 128).saturating_add(64));
    if printed.get() <= most { Some(printed.bytes()) } else { of_row.or(Some(Bytes::new(printed.get()))) }
}

/// Returns the memory that a victim still had when the reaper was done.
fn left(reaped: &Reaped) -> Option<Bytes> {
    Some(reaped.anon_rss?.bytes().saturating_add(reaped.shmem_rss.unwrap_or_default().bytes()))
}

fn resident(kill: &Kill) -> Option<Bytes> {
    let known = [kill.anon_rss?, kill.file_rss?, kill.shmem_rss.unwrap_or_default()];
    Some(known.into_iter().map(KiB::bytes).sum())
}

/// Threads of one process share their adjustment; the same name makes it likely that they are.
fn adj_of_namesake(draft: &Draft, comm: &Comm) -> Option<oomkit_core::ident::OomScoreAdj> {
    let trigger = draft.trigger.as_ref()?;
    trigger.oom_score_adj.filter(|_| trigger.comm.as_ref() == Some(comm))
}

/// The `oom-kill:` line names the victim even where the kill line is lost.
fn chosen(draft: &Draft, notes: &mut Vec<String>) -> Option<Victim> {
    if draft.ended() {
        return None;
    }
    let summary = draft.summary.as_ref()?;
    let (pid, comm) = (summary.pid?, summary.comm.clone()?);
    notes.push("the kill line is not in the log; the victim is the one that the summary line names".into());
    let kill = Kill { pid: Some(pid), comm, uid: summary.uid, ..Kill::default() };
    let row = draft.rows.iter().find(|(row, _)| row.pid == pid).map(|(row, _)| row);
    Some(Victim { times_named: 0, ..victim(draft, &kill, row, pid, draft.last) })
}

fn of_user_space(draft: &Draft) -> Option<Victim> {
    let kill = draft.user_kill.as_ref()?;
    Some(Victim {
        pid: kill.pid?,
        comm: kill.comm.clone().unwrap_or_default(),
        uid: kill.uid,
        score: None,
        rss_bytes: kill.rss,
        oom_score_adj: kill.oom_score_adj,
        oom_score_adj_inferred: false,
        total_vm_bytes: None,
        anon_rss_bytes: None,
        file_rss_bytes: None,
        shmem_rss_bytes: None,
        pgtables_bytes: None,
        reaped: None,
        left_bytes: None,
        times_named: 1,
        line: draft.first,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_tables_that_cannot_be_are_bytes() {
        let kill = |space: u64, tables: u64| Kill {
            total_vm: Some(KiB::new(space)),
            pgtables: Some(KiB::new(tables)),
            ..Kill::default()
        };
        for (space, tables, bytes) in [
            // One page of tables for each 2 MiB: a sparse mapping.
            (3_073_332, 6_100, 6_100 << 10),
            (3_073_332, 644, 644 << 10),
            // The same in bytes, called kB.
            (3_073_332, 659_456, 659_456),
            (869_012, 1_269_760, 1_269_760),
        ] {
            assert_eq!(page_tables(&kill(space, tables), None), Some(Bytes::new(bytes)), "{tables}");
        }
    }
}
