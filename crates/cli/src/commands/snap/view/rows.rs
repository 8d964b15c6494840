//! Rows: the control groups or the processes of a snapshot, as the table shows them.

use std::{cmp::Reverse, collections::HashMap};

use oomkit_core::{
    cgroup,
    ident::{Comm, Uid},
    limit::Limit,
    units::{ByteDelta, Bytes},
};
use oomkit_snap::{
    held::Held,
    name::Name,
    snapshot::{Cgroup, Hierarchy, Process, ProcessId, Snapshot},
};

/// Who a row is, in whatever snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A control group.
    Cgroup(Name, Hierarchy),
    /// A process.
    Process(ProcessId),
}

/// Whose plain rows tell the history of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Series {
    /// The group's own.
    Cgroup(Name, Hierarchy),
    /// Those of all processes of its name and user.
    Name(Comm, Option<Uid>),
}

/// A row of the table; names are escaped.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Who it is.
    pub(super) key: Key,
    /// Whose history it has.
    pub(super) series: Series,
    /// How it is called.
    pub(super) name: String,
    /// What it uses: what a group is charged for, or what only the end of a process gives back.
    pub(super) usage: Option<Bytes>,
    /// By how much that has grown since the snapshot before.
    pub(super) growth: Option<ByteDelta>,
    /// The other columns.
    pub(super) detail: Detail,
}

/// What control groups and processes do not have in common.
#[derive(Clone, Debug)]
pub(super) enum Detail {
    /// Of a control group.
    Cgroup {
        /// What it may use.
        limit: Option<Limit>,
    },
    /// Of a process.
    Process {
        /// The process id.
        pid: String,
        /// What is resident.
        resident: Option<Bytes>,
        /// What is in swap.
        swap: Option<Bytes>,
        /// The path of its group; empty where it is not known.
        cgroup: String,
    },
}

/// By what rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// The largest first.
    #[default]
    Usage,
    /// What grew most first.
    Growth,
    /// By name.
    Name,
}

impl Sort {
    /// Returns the next one.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Usage => Self::Growth,
            Self::Growth => Self::Name,
            Self::Name => Self::Usage,
        }
    }

    /// Returns what it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Growth => "growth",
            Self::Name => "name",
        }
    }

    /// Sorts rows; what is not known stands last, and equal rows by name.
    pub(super) fn apply(self, rows: &mut [Row]) {
        match self {
            Self::Usage => rows.sort_by(|a, b| (Reverse(a.usage), &a.name).cmp(&(Reverse(b.usage), &b.name))),
            Self::Growth => {
                rows.sort_by(|a, b| (Reverse(a.growth), &a.name).cmp(&(Reverse(b.growth), &b.name)));
            }
            Self::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        }
    }
}

impl Row {
    /// Returns the share of its limit that a control group uses, in percent.
    pub(super) fn share(&self) -> Option<u64> {
        let Detail::Cgroup { limit } = &self.detail else { return None };
        let limit = u128::from((*limit)?.size()?.get());
        let share = (u128::from(self.usage?.get()) * 100).checked_div(limit)?;
        Some(u64::try_from(share).unwrap_or(u64::MAX))
    }

    /// Returns whether a text, in small letters, stands in what the row shows of names.
    pub(super) fn has(&self, text: &str) -> bool {
        let found = |field: &str| field.to_lowercase().contains(text);
        let beside = match &self.detail {
            Detail::Cgroup { .. } => false,
            Detail::Process { pid, cgroup, .. } => pid == text || found(cgroup),
        };
        beside || found(&self.name)
    }
}

/// Lists the control groups; `None` where they are not in the snapshot.
pub(super) fn cgroups(now: &Snapshot, before: Option<&Snapshot>) -> Option<Vec<Row>> {
    let were: HashMap<(&Name, Hierarchy), &Cgroup> = before
        .and_then(|before| before.cgroups.as_ref())
        .into_iter()
        .flatten()
        .map(|cgroup| (cgroup.place(), cgroup))
        .collect();
    let row = |cgroup: &Cgroup| Row {
        key: Key::Cgroup(cgroup.path.clone(), cgroup.hierarchy),
        series: Series::Cgroup(cgroup.path.clone(), cgroup.hierarchy),
        name: cgroup.path.to_string(),
        usage: cgroup.usage_bytes,
        growth: were.get(&cgroup.place()).and_then(|was| growth(cgroup.usage_bytes, was.usage_bytes)),
        detail: Detail::Cgroup { limit: cgroup.limit_bytes },
    };
    Some(now.cgroups.as_ref()?.iter().map(row).collect())
}

/// Lists the processes, those of a control group and of all below it where one is given.
///
/// Tasks of the kernel have no memory of their own, and are left out.
pub(super) fn processes(
    now: &Snapshot,
    before: Option<&Snapshot>,
    inside: Option<&Name>,
) -> Option<Vec<Row>> {
    // Snapshots of two boots have no process in common, and are not compared.
    let were: HashMap<_, &Process> = before
        .filter(|before| before.moment.boot_id == now.moment.boot_id)
        .and_then(|before| before.processes.as_ref())
        .into_iter()
        .flatten()
        .map(|process| ((process.pid, process.start_ticks), process))
        .collect();
    let row = |process: &Process| {
        let usage = Held::from(process).own()?;
        if inside.is_some_and(|group| !lies_in(process, group)) {
            return None;
        }
        let was = were.get(&(process.pid, process.start_ticks));
        Some(Row {
            key: Key::Process(now.identity(process)),
            series: Series::Name(process.comm.clone(), process.uid),
            name: process.comm.to_string(),
            usage: Some(usage),
            growth: was.and_then(|was| growth(Some(usage), Held::from(*was).own())),
            detail: Detail::Process {
                pid: process.pid.to_string(),
                resident: process.rss_bytes,
                swap: process.swap_bytes,
                cgroup: process.cgroup.as_ref().map(Name::to_string).unwrap_or_default(),
            },
        })
    };
    Some(now.processes.as_ref()?.iter().filter_map(row).collect())
}

fn growth(now: Option<Bytes>, before: Option<Bytes>) -> Option<ByteDelta> {
    Some(now?.minus(before?))
}

fn lies_in(process: &Process, group: &Name) -> bool {
    process.cgroup.as_ref().is_some_and(|path| cgroup::lies_in(path.as_bytes(), group.as_bytes()))
}
