//! Snapshots as pages for people, and the envelopes of their JSON.

use oomkit_core::{
    account::Account,
    document::{Bar, Block, Caption, Column, Document, Fill, Table, Tone},
    units::Bytes,
};
use oomkit_snap::{
    attribute,
    held::Held,
    name::Name,
    snapshot::{Cgroup, Moment, Process, Snapshot},
    store::Entry,
};
use serde::Serialize;

/// How many processes and control groups a page names.
const MOST: usize = 15;

/// A snapshot as JSON.
#[derive(Serialize)]
pub(super) struct Whole<'a> {
    /// The version of the format.
    pub(super) schema: &'static str,
    /// The snapshot.
    #[serde(flatten)]
    pub(super) snapshot: &'a Snapshot,
}

/// The list of snapshots as JSON.
#[derive(Serialize)]
pub(super) struct List<'a> {
    /// The version of the format.
    pub(super) schema: &'static str,
    /// The snapshots, the oldest first.
    pub(super) snapshots: Vec<Listed<'a>>,
}

/// A snapshot in the list.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    number: i64,
    #[serde(flatten)]
    moment: &'a Moment,
    processes_left_out: bool,
}

impl<'a> Listed<'a> {
    /// Takes over an entry of the store.
    pub(super) const fn of(entry: &'a Entry) -> Self {
        Self { number: entry.id.get(), moment: &entry.moment, processes_left_out: entry.cut }
    }
}

/// Shows the list of snapshots.
pub(super) fn list(entries: &[Entry]) -> Document {
    let row = |entry: &Entry| {
        let boot = entry.moment.boot_id.to_string();
        let remark = if entry.cut { "processes left out" } else { "" };
        vec![
            entry.id.to_string(),
            entry.moment.at().to_string(),
            boot.chars().take(8).collect(),
            remark.to_owned(),
        ]
    };
    let columns = vec![
        Column::figures("number"),
        Column::words("time"),
        Column::words("boot"),
        Column::words("remark"),
    ];
    let table = Table { columns, rows: entries.iter().map(row).collect(), marked: Vec::new() };
    let answer = match entries.len() {
        1 => "1 snapshot".to_owned(),
        count => format!("{count} snapshots"),
    };
    [Block::Answer(Tone::Plain, answer), Block::Table(table)].into_iter().collect()
}

/// Shows where the memory was at a snapshot.
pub(super) fn snapshot(snapshot: &Snapshot) -> Document {
    let host = snapshot.host.name.as_ref().map_or_else(|| "an unnamed host".to_owned(), Name::to_string);
    let at = snapshot.moment.at();
    let mut document =
        Document::new().with_caption(Caption { what: format!("memory of {host}"), when: at.to_string() });
    document.push(Block::Answer(Tone::Plain, format!("The memory of {host} at {at}")));
    match attribute::machine(&snapshot.machine) {
        Some(account) => {
            document.push(Block::Heading(format!("Where the memory was: {}", account.whole())));
            document.push(Block::Bars(bars(&account)));
        }
        None => {
            document.push(Block::Text(Tone::Doubtful, "How large the machine is could not be read.".into()));
        }
    }
    if let Some(processes) = &snapshot.processes {
        document.push(Block::Heading(format!("The largest of {} processes", processes.len())));
        document.push(Block::Table(largest(processes)));
    }
    if let Some(cgroups) = &snapshot.cgroups {
        document.push(Block::Heading(format!("The largest of {} control groups", cgroups.len())));
        document.push(Block::Table(groups(cgroups)));
    }
    document.push(Block::Notes(notes(snapshot)));
    document
}

fn bars(account: &Account) -> Vec<Bar> {
    let whole = account.whole();
    let mut bars: Vec<Bar> = account
        .parts()
        .iter()
        .enumerate()
        // The first part is what is free.
        .map(|(at, part)| {
            let fill = if at == 0 { Fill::Free } else { Fill::Used };
            Bar::of(part.name.as_str(), part.bytes, whole, Tone::Plain).filled(fill)
        })
        .collect();
    let residue = account.residue();
    let (name, fill) = if residue.get() < 0 {
        ("counted twice", Fill::Excess)
    } else {
        ("not accounted for", Fill::Unknown)
    };
    bars.push(Bar::of(name, residue.magnitude(), whole, Tone::Quiet).filled(fill));
    bars
}

fn largest(processes: &[Process]) -> Table {
    let own = |process: &Process| Held::from(process).own();
    // Tasks of the kernel have no memory of their own, and would only stand here as not known.
    let mut sorted: Vec<&Process> = processes.iter().filter(|process| own(process).is_some()).collect();
    sorted.sort_by_key(|process| (std::cmp::Reverse(own(process)), process.pid));
    let row = |process: &&Process| {
        vec![
            process.pid.to_string(),
            process.comm.to_string(),
            shown(own(process)),
            shown(process.rss_bytes),
            shown(process.swap_bytes),
            process.cgroup.as_ref().map_or_else(unknown, Name::to_string),
        ]
    };
    let columns = vec![
        Column::figures("pid"),
        Column::words("process"),
        Column::figures("its own"),
        Column::figures("resident"),
        Column::figures("swap"),
        Column::words("cgroup"),
    ];
    Table { columns, rows: sorted.iter().take(MOST).map(row).collect(), marked: Vec::new() }
}

fn groups(cgroups: &[Cgroup]) -> Table {
    let mut sorted: Vec<&Cgroup> = cgroups.iter().collect();
    sorted.sort_by_key(|cgroup| (std::cmp::Reverse(cgroup.usage_bytes), &cgroup.path));
    let row = |cgroup: &&Cgroup| {
        vec![
            cgroup.path.to_string(),
            shown(cgroup.usage_bytes),
            cgroup.limit_bytes.map_or_else(unknown, |limit| limit.to_string()),
            shown(cgroup.peak_bytes),
        ]
    };
    let columns = vec![
        Column::words("cgroup"),
        Column::figures("usage"),
        Column::figures("limit"),
        Column::figures("peak"),
    ];
    Table { columns, rows: sorted.iter().take(MOST).map(row).collect(), marked: Vec::new() }
}

/// Says what was missed and what it took.
fn notes(snapshot: &Snapshot) -> Vec<String> {
    let cost = &snapshot.cost;
    let mut notes = Vec::new();
    match cost.processes_vanished {
        None | Some(0) => {}
        Some(1) => notes.push("1 process ended while it was read, and is left out".to_owned()),
        Some(count) => notes.push(format!("{count} processes ended while they were read, and are left out")),
    }
    match cost.denied {
        None | Some(0) => {}
        Some(1) => notes.push("1 file may not be read by this user; what it holds is not known".to_owned()),
        Some(count) => {
            notes.push(format!("{count} files may not be read by this user; what they hold is not known"));
        }
    }
    if snapshot.processes.is_none() {
        notes.push("processes are not in this snapshot".to_owned());
    }
    if let Some(cpu) = cost.cpu {
        notes.push(format!("taking it took {:.0} ms of processor time", cpu.seconds() * 1000.0));
    }
    notes
}

fn shown(size: Option<Bytes>) -> String {
    size.map_or_else(unknown, |size| size.to_string())
}

fn unknown() -> String {
    "not known".to_owned()
}
