//! Diff: two snapshots, and who grew, shrank, came and went between them.

use std::{cmp::Reverse, collections::BTreeMap};

use oomkit_core::{
    ident::Comm,
    units::{ByteDelta, Bytes},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    group::{self, By, Holder},
    held::Held,
    name::Name,
    snapshot::{Moment, ProcessId, Snapshot},
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

/// Two snapshots, and all that changed between them; the largest changes come first.
///
/// A list is `None` where one of the snapshots could not read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diff {
    /// The moment of the first snapshot.
    pub before: Moment,
    /// The moment of the second.
    pub after: Moment,
    /// By what processes were taken together.
    pub by: By,
    /// Who changed.
    pub holders: Option<Vec<Change<Holder>>>,
    /// The figures of the machine, by the kernel's names.
    pub machine: Option<Vec<Change<Name>>>,
}

impl Diff {
    /// Compares two snapshots.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot, by: By) -> Self {
        Self {
            before: before.moment.clone(),
            after: after.moment.clone(),
            by,
            holders: both((group::held(before, by), group::held(after, by)), holders),
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
        self.holders.as_ref().is_none_or(Vec::is_empty) && self.machine.as_ref().is_none_or(Vec::is_empty)
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
            by: self.by,
            holders: turn(self.holders),
            machine: turn(self.machine),
        }
    }
}

fn both<T, U>((a, b): (Option<T>, Option<T>), compare: impl FnOnce(T, T) -> U) -> Option<U> {
    Some(compare(a?, b?))
}

/// Compares holders; a process may take another name while it runs, and stays who it is.
fn holders(before: BTreeMap<Holder, Held>, after: BTreeMap<Holder, Held>) -> Vec<Change<Holder>> {
    let mut names: BTreeMap<ProcessId, Vec<Comm>> = BTreeMap::new();
    let mut side = |held: BTreeMap<Holder, Held>| -> BTreeMap<Holder, Held> {
        let nameless = held.into_iter().map(|(holder, held)| match holder {
            Holder::Process { id, comms } => {
                names.entry(id.clone()).or_default().extend(comms);
                (Holder::Process { id, comms: Vec::new() }, held)
            }
            other => (other, held),
        });
        nameless.collect()
    };
    let mut changes = changes(side(before), side(after));
    for change in &mut changes {
        if let Holder::Process { id, comms } = &mut change.key {
            *comms = names.remove(id).unwrap_or_default();
            comms.sort();
            comms.dedup();
        }
    }
    changes
}

/// Pairs the two sides by their keys, and returns what is not the same on both, largest change first.
fn changes<K: Ord + Clone>(before: BTreeMap<K, Held>, mut after: BTreeMap<K, Held>) -> Vec<Change<K>> {
    let mut changes = Vec::new();
    for (key, held) in before {
        let now = after.remove(&key);
        // Shares are read now of these and now of those, which is no change of anybody.
        if now.map(Held::without_shares) != Some(held.without_shares()) {
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
    use crate::snapshot::{BootClock, BootId, Process, StartTicks};

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
        let diff = Diff::between(&before, &after, By::Process);
        let found: Vec<(i64, u64, usize, Fate)> = diff
            .holders
            .iter()
            .flatten()
            .filter_map(|change| match &change.key {
                Holder::Process { id, comms } => {
                    Some((id.pid.get(), id.start_ticks.get(), comms.len(), change.fate()))
                }
                _ => None,
            })
            .collect();
        assert_eq!(found, [(7, 10, 1, Fate::Went), (7, 99, 1, Fate::Came), (8, 11, 2, Fate::Changed)]);
        let diff = Diff::between(&before, &after, By::Name);
        let names: Vec<(String, Fate)> = diff
            .holders
            .iter()
            .flatten()
            .filter_map(|change| match &change.key {
                Holder::Name { comm } => Some((comm.to_string(), change.fate())),
                _ => None,
            })
            .collect();
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
        assert_eq!(Diff::between(&before, &after, By::Process).holders, None);
        assert!(Diff::between(&before, &before, By::User).is_empty());
    }
}
