//! Facts: what others ask of a snapshot, without the kernel's names for it.

use oomkit_core::units::Bytes;

use crate::{
    kernel::{self, event, meminfo, stat, vmstat},
    name::Name,
    snapshot::{Cgroup, Hierarchy, Machine, Snapshot},
};

/// Returns all memory of a machine.
#[must_use]
pub fn memory(machine: &Machine) -> Option<Bytes> {
    kernel::size(machine, meminfo::TOTAL)
}

/// Returns what a control group needs: its usage without the file pages that nobody has used lately.
///
/// It is the working set of the kubelet (`pkg/kubelet/stats`, cAdvisor's `setMemoryStats`): page cache
/// grows into whatever limit there is, so usage alone says what was allowed and not what was needed.
#[must_use]
pub fn working_set(cgroup: &Cgroup) -> Option<Bytes> {
    let key = match cgroup.hierarchy {
        Hierarchy::V1 => stat::OLD_INACTIVE_FILE,
        Hierarchy::V2 => stat::INACTIVE_FILE,
    };
    let unused = kernel::figure(cgroup.stat.as_ref(), key)?;
    Some(Bytes::new(cgroup.usage_bytes?.get().saturating_sub(unused)))
}

/// Returns what a control group holds beside its file cache, which the kernel takes back before it kills.
///
/// Pages of shared memory and tmpfs are counted as files (`file`, `total_cache`), but stay.
#[must_use]
pub fn without_cache(cgroup: &Cgroup) -> Option<Bytes> {
    let (files, shared) = match cgroup.hierarchy {
        Hierarchy::V1 => (stat::OLD_CACHE, stat::OLD_SHARED),
        Hierarchy::V2 => (stat::FILE, stat::SHARED),
    };
    let figure = |key| kernel::figure(cgroup.stat.as_ref(), key);
    let cache = figure(files)?.saturating_sub(figure(shared)?);
    Some(Bytes::new(cgroup.usage_bytes?.get().saturating_sub(cache)))
}

/// Returns how many processes were killed since a control group was made.
#[must_use]
pub fn kills(cgroup: &Cgroup) -> Option<u64> {
    kernel::figure(cgroup.events.as_ref(), event::OOM_KILL)
}

/// Returns what the kernel takes for available to new work.
#[must_use]
pub fn available(machine: &Machine) -> Option<Bytes> {
    kernel::size(machine, meminfo::AVAILABLE)
}

/// Returns how many processes were killed on the machine since boot.
#[must_use]
pub fn kills_of_machine(machine: &Machine) -> Option<u64> {
    kernel::figure(machine.vmstat.as_ref(), vmstat::OOM_KILLS)
}

/// A count of the kernel, such as of kills, as it was when it was last known; it falls only where what it counts for is made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RisingCount(Option<u64>);

impl RisingCount {
    /// Takes the count of the next moment, and returns by how much it rose since it was last known.
    ///
    /// `None` where it did not rise, and where nothing is known to have risen.
    pub fn rise_to(&mut self, count: Option<u64>) -> Option<u64> {
        let before = self.0;
        self.0 = count.or(before);
        count?.checked_sub(before?).filter(|rise| 0 < *rise)
    }
}

/// Returns the control groups in which processes were killed between two snapshots of one boot, with how many.
///
/// A group that is new, or was made anew and counts from zero again, had all of its kills in between.
/// Where a count was not known before, nothing is said of it.
#[must_use]
pub fn killed_between<'a>(before: &Snapshot, now: &'a Snapshot) -> Vec<(&'a Name, u64)> {
    let (Some(were), Some(are)) = (&before.cgroups, &now.cgroups) else { return Vec::new() };
    if before.moment.boot_id != now.moment.boot_id {
        return Vec::new();
    }
    let risen = |cgroup: &'a Cgroup| {
        let count = kills(cgroup)?;
        // Cgroups of a snapshot are in the order of their places.
        let found = were.binary_search_by(|was| was.place().cmp(&cgroup.place())).ok();
        let was = match found.and_then(|at| were.get(at)) {
            Some(was) => kills(was)?,
            None => 0,
        };
        let rise = if count < was { count } else { count - was };
        (0 < rise).then_some((&cgroup.path, rise))
    };
    are.iter().filter_map(risen).collect()
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};

    use super::*;
    use crate::snapshot::{BootClock, BootId, Moment};

    fn snapshot(boot: &str, cgroups: &[(&str, Option<u64>)]) -> Snapshot {
        let boot = BootId::new(boot.as_bytes());
        let moment = Moment::new(boot, BootClock::default(), None, Timestamp::UNIX_EPOCH, Offset::UTC);
        let mut snapshot = Snapshot::at(moment);
        let cgroup = |(path, kills): &(&str, Option<u64>)| Cgroup {
            path: Name::from(*path),
            events: kills.map(|kills| [(Name::from(event::OOM_KILL), kills)].into()),
            ..Cgroup::default()
        };
        snapshot.cgroups = Some(cgroups.iter().map(cgroup).collect());
        snapshot
    }

    #[test]
    fn a_count_rises_from_when_it_was_last_known() {
        let mut count = RisingCount::default();
        for (next, rise) in [
            (None, None),
            (Some(3), None),
            (Some(3), None),
            (Some(5), Some(2)),
            (None, None),
            (Some(6), Some(1)),
            (Some(1), None),
            (Some(2), Some(1)),
        ] {
            assert_eq!(count.rise_to(next), rise, "{next:?}");
        }
    }

    #[test]
    fn kills_between_two_snapshots_are_counted_once() {
        let before =
            snapshot("a", &[("/anew", Some(5)), ("/dark", None), ("/more", Some(1)), ("/same", Some(2))]);
        let now = [
            ("/anew", Some(1)),
            ("/dark", Some(3)),
            ("/more", Some(4)),
            ("/new", Some(2)),
            ("/same", Some(2)),
        ];
        let later = snapshot("a", &now);
        let found: Vec<(String, u64)> = killed_between(&before, &later)
            .into_iter()
            .map(|(path, kills)| (path.to_string(), kills))
            .collect();
        assert_eq!(found, [("/anew".into(), 1), ("/more".into(), 3), ("/new".into(), 2)]);
        assert_eq!(killed_between(&before, &snapshot("b", &now)), []);
        assert_eq!(killed_between(&Snapshot::at(before.moment), &later), []);
    }
}
