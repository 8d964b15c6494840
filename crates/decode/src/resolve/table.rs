//! Whether the log holds the whole task table: rows that are missing must not pass for processes
//! that were not there.

use oomkit_core::units::{Bytes, PageSize, Pages};

use crate::draft::Draft;
use crate::kernel::task::Row;
use crate::report::{Machine, TaskTable, Victim};

/// Anonymous memory that no row has, in percent of all of it, that shows that rows are missing.
const UNCLAIMED: u64 = 20;
/// As much of the machine has to be unclaimed as well: small change is no process.
const OF_MACHINE: u64 = 10;

/// Tells what the log has of the task table, and notes what shows that rows are missing.
pub(super) fn of(
    draft: &Draft,
    victims: &[Victim],
    machine: Option<&Machine>,
    page_size: PageSize,
    notes: &mut Vec<String>,
) -> TaskTable {
    if draft.rows.is_empty() {
        return TaskTable::None;
    }
    let mut note = |what: &str, table| {
        notes.push(format!("the task table is cut: {what}; who is missing may be larger than who is in it"));
        table
    };
    if let Some(gap) = gap(draft, victims) {
        return note(&gap, TaskTable::Cut);
    }
    match unclaimed(draft, machine, page_size) {
        Some(unclaimed) => note(&unclaimed, TaskTable::Short),
        None => TaskTable::Whole,
    }
}

fn gap(draft: &Draft, victims: &[Victim]) -> Option<String> {
    let lacking = draft.rows_seen.saturating_sub(draft.rows.len() as u64);
    if 0 < lacking {
        return Some(format!("{lacking} of its {} rows were not read", draft.rows_seen));
    }
    let is_followed = draft.ended() || draft.summary.is_some() || draft.selection.is_some();
    let signs = [
        (draft.columns_guessed, "its header is not in the log"),
        (!is_followed, "nothing that comes behind it is in the log"),
        (draft.lines.lost_rows(), "messages were lost inside of it"),
        (draft.lines.are_mixed(), "another report ran into it"),
    ];
    let sign = signs.into_iter().find(|(is_seen, _)| *is_seen);
    sign.map(|(_, what)| what.to_owned()).or_else(|| unlisted(draft, victims))
}

/// The kernel chooses only among those that it lists.
fn unlisted(draft: &Draft, victims: &[Victim]) -> Option<String> {
    let Victim { pid, comm, .. } = victims.first()?;
    let is_listed = draft.rows.iter().any(|(row, _)| row.pid == *pid || row.tgid == Some(*pid));
    (!is_listed).then(|| format!("{comm} (pid {pid}), who was killed, is not in it"))
}

/// Compares the rows with the counters of the machine, where much is left that nobody has.
fn unclaimed(draft: &Draft, machine: Option<&Machine>, page_size: PageSize) -> Option<String> {
    let machine = machine?;
    let counter = |name: &str| machine.counters.get(name).copied();
    let lists = counter("active_anon_bytes")?.saturating_add(counter("inactive_anon_bytes")?);
    let anon = lists.get().saturating_sub(counter("shmem_bytes")?.get());
    let own = |row: &Row| row.rss_anon.or(row.rss).map_or(0, Pages::get);
    let listed = draft.rows.iter().map(|(row, _)| own(row)).fold(0, u64::saturating_add);
    let listed = Pages::new(listed).bytes(page_size);
    let missing = anon.saturating_sub(listed.get());
    let is_much = anon / 100 * UNCLAIMED <= missing
        && machine.managed_bytes.is_some_and(|managed| managed.get() / 100 * OF_MACHINE <= missing);
    is_much.then(|| {
        format!(
            "its rows have {listed} of {} of anonymous memory, unless a process was just ending",
            Bytes::new(anon)
        )
    })
}
