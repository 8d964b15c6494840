//! Diff: two snapshots, and who grew, shrank, came and went between them.

use std::{cmp::Reverse, collections::BTreeMap};

use oomkit_core::{
    ident::{Comm, Uid},
    units::{ByteDelta, Bytes},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    held::Held,
    name::Name,
    snapshot::{Hierarchy, Moment, Process, ProcessId, Snapshot},
};

/// What became of somebody between two snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Was not there before.
    Came,
    /// Holds more than before.
    Grew,
    /// Holds as much as before in another way, or how much is not known.
    Changed,
    /// Holds less than before.
    Shrank,
    /// Is not there any more.
    Went,
}

/// What somebody held before and after; `None` on a side means that nobody was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change<K> {
    /// Who it is.
    pub key: K,
    /// What was held before.
    pub before: Option<Held>,
    /// What is held after.
    pub after: Option<Held>,
}

impl<K> Change<K> {
    /// Returns how much more is held, where that is known; who is not there holds nothing.
    #[must_use]
    pub fn growth(&self) -> Option<ByteDelta> {
        let nothing = Held::from(Bytes::ZERO);
        self.after.as_ref().unwrap_or(&nothing).growth_from(self.before.as_ref().unwrap_or(&nothing))
    }

    /// Returns what became of it.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match (&self.before, &self.after) {
            (None, _) => Fate::Came,
            (_, None) => Fate::Went,
            _ => match self.growth().map_or(0, ByteDelta::get) {
                1.. => Fate::Grew,
                0 => Fate::Changed,
                _ => Fate::Shrank,
            },
        }
    }

    fn reversed(self) -> Self {
        Self { key: self.key, before: self.after, after: self.before }
    }
}

/// Who a process is, and the names that it went by.
///
/// A process may take another name while it runs, and another program too, and stays who it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Named {
    /// The process.
    #[serde(flatten)]
    pub id: ProcessId,
    /// Its names, sorted: one, or two where it changed.
    pub comms: Vec<Comm>,
}

/// Two snapshots, and all that changed between them; the largest changes come first.
///
/// A list is `None` where one of the snapshots could not read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diff {
    /// The moment of the first snapshot.
    pub before: Moment,
    /// The moment of the second.
    pub after: Moment,
    /// Processes, each by its identity.
    pub processes: Option<Vec<Change<Named>>>,
    /// All processes of a name.
    pub names: Option<Vec<Change<Comm>>>,
    /// All processes of a user; `None` for those whose user is not known.
    pub users: Option<Vec<Change<Option<Uid>>>>,
    /// Control groups.
    pub cgroups: Option<Vec<Change<(Name, Hierarchy)>>>,
    /// The figures of the machine, by the kernel's names.
    pub machine: Option<Vec<Change<Name>>>,
}

impl Diff {
    /// Compares two snapshots.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let lists = (before.processes.as_deref(), after.processes.as_deref());
        Self {
            before: before.moment.clone(),
            after: after.moment.clone(),
            processes: both(lists, |a, b| processes((before, a), (after, b))),
            names: both(lists, |a, b| {
                let by_name = |process: &Process| process.comm.clone();
                changes(groups(a, by_name), groups(b, by_name))
            }),
            users: both(lists, |a, b| {
                let by_user = |process: &Process| process.uid;
                changes(groups(a, by_user), groups(b, by_user))
            }),
            cgroups: both((before.cgroups.as_ref(), after.cgroups.as_ref()), |a, b| {
                let side = |list: &[crate::snapshot::Cgroup]| {
                    let places =
                        list.iter().map(|cgroup| ((cgroup.path.clone(), cgroup.hierarchy), cgroup.into()));
                    places.collect()
                };
                changes(side(a), side(b))
            }),
            machine: both((before.machine.meminfo.as_ref(), after.machine.meminfo.as_ref()), |a, b| {
                let side = |sizes: &BTreeMap<Name, Bytes>| {
                    sizes.iter().map(|(name, size)| (name.clone(), (*size).into())).collect()
                };
                changes(side(&a.sizes), side(&b.sizes))
            }),
        }
    }

    /// Returns whether nothing changed of what both snapshots could read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        fn none<T>(list: Option<&Vec<T>>) -> bool {
            list.is_none_or(Vec::is_empty)
        }
        none(self.processes.as_ref())
            && none(self.names.as_ref())
            && none(self.users.as_ref())
            && none(self.cgroups.as_ref())
            && none(self.machine.as_ref())
    }

    /// Returns the same with before and after exchanged.
    #[must_use]
    pub fn reversed(self) -> Self {
        fn turn<K>(list: Option<Vec<Change<K>>>) -> Option<Vec<Change<K>>> {
            list.map(|list| list.into_iter().map(Change::reversed).collect())
        }
        Self {
            before: self.after,
            after: self.before,
            processes: turn(self.processes),
            names: turn(self.names),
            users: turn(self.users),
            cgroups: turn(self.cgroups),
            machine: turn(self.machine),
        }
    }
}

fn both<T, U>((a, b): (Option<T>, Option<T>), compare: impl FnOnce(T, T) -> U) -> Option<U> {
    Some(compare(a?, b?))
}

fn groups<K: Ord>(processes: &[Process], key: impl Fn(&Process) -> K) -> BTreeMap<K, Held> {
    let mut groups: BTreeMap<K, Held> = BTreeMap::new();
    for process in processes {
        groups.entry(key(process)).or_default().add(&process.into());
    }
    groups
}

fn processes(before: (&Snapshot, &[Process]), after: (&Snapshot, &[Process])) -> Vec<Change<Named>> {
    let mut names: BTreeMap<ProcessId, Vec<Comm>> = BTreeMap::new();
    let mut side = |(snapshot, list): (&Snapshot, &[Process])| {
        let mut held = BTreeMap::new();
        for process in list {
            let id = snapshot.identity(process);
            names.entry(id.clone()).or_default().push(process.comm.clone());
            held.insert(id, Held::from(process));
        }
        held
    };
    let found = changes(side(before), side(after));
    let named = |change: Change<ProcessId>| {
        let mut comms = names.remove(&change.key).unwrap_or_default();
        comms.sort();
        comms.dedup();
        Change { key: Named { id: change.key, comms }, before: change.before, after: change.after }
    };
    found.into_iter().map(named).collect()
}

/// Pairs the two sides by their keys, and returns what is not the same on both, largest change first.
fn changes<K: Ord + Clone>(before: BTreeMap<K, Held>, mut after: BTreeMap<K, Held>) -> Vec<Change<K>> {
    let mut changes = Vec::new();
    for (key, held) in before {
        let now = after.remove(&key);
        if now != Some(held) {
            changes.push(Change { key, before: Some(held), after: now });
        }
    }
    changes.extend(after.into_iter().map(|(key, held)| Change { key, before: None, after: Some(held) }));
    // The largest fall that fits is larger by one than the largest rise, and both are to stand in one place.
    let most = Bytes::new(i64::MAX.unsigned_abs());
    let size = |change: &Change<K>| change.growth().map_or(Bytes::ZERO, ByteDelta::magnitude).min(most);
    changes.sort_by(|a, b| Reverse(size(a)).cmp(&Reverse(size(b))).then_with(|| a.key.cmp(&b.key)));
    changes
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};
    use oomkit_core::ident::Pid;

    use super::*;
    use crate::snapshot::{BootClock, BootId, StartTicks};

    fn snapshot(processes: &[(i64, u64, &str, Option<u64>)]) -> Snapshot {
        let boot = BootId::new(b"a");
        let mut snapshot = Snapshot::at(Moment::new(
            boot,
            BootClock::from_micros(1),
            None,
            Timestamp::UNIX_EPOCH,
            Offset::UTC,
        ));
        let process = |(pid, start, name, anon): &(i64, u64, &str, Option<u64>)| {
            let mut process =
                Process::new(Pid::new(*pid), StartTicks::new(*start), Comm::new(name.as_bytes()));
            process.rss_anon_bytes = anon.map(Bytes::new);
            process
        };
        snapshot.processes = Some(processes.iter().map(process).collect());
        snapshot
    }

    #[test]
    fn a_process_id_that_is_used_again_is_another_process() {
        let before = snapshot(&[(1, 1, "init", Some(5)), (7, 10, "java", Some(900)), (8, 11, "sh", Some(5))]);
        let after = snapshot(&[(1, 1, "init", Some(5)), (7, 99, "java", Some(100)), (8, 11, "vim", None)]);
        let diff = Diff::between(&before, &after);
        let fates: Vec<(i64, u64, Fate)> = diff
            .processes
            .iter()
            .flatten()
            .map(|change| (change.key.id.pid.get(), change.key.id.start_ticks.get(), change.fate()))
            .collect();
        assert_eq!(fates, [(7, 10, Fate::Went), (7, 99, Fate::Came), (8, 11, Fate::Changed)]);
        let named: Vec<usize> =
            diff.processes.iter().flatten().map(|change| change.key.comms.len()).collect();
        assert_eq!(named, [1, 1, 2]);
        let names: Vec<(String, Fate)> =
            diff.names.iter().flatten().map(|change| (change.key.to_string(), change.fate())).collect();
        assert_eq!(
            names,
            [("java".into(), Fate::Shrank), ("sh".into(), Fate::Went), ("vim".into(), Fate::Came)]
        );
    }

    #[test]
    fn what_could_not_be_read_is_not_compared() {
        let before = snapshot(&[(1, 1, "init", Some(5))]);
        let mut after = before.clone();
        after.processes = None;
        assert_eq!(Diff::between(&before, &after).processes, None);
        assert!(Diff::between(&before, &before).is_empty());
    }
}
