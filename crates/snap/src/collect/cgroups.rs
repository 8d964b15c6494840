//! The control groups of a host, in the shape of a snapshot.

use std::collections::HashMap;

use oomkit_core::ident::Pid;
use oomkit_host::{
    kernel::{
        cgroup_events::Counts,
        cgroup_limits::Version,
        cgroup_stat::Stat,
        cgroup_tree::{self, Parts},
    },
    tree::Tree,
};

use super::{Missed, machine};
use crate::{
    kernel::event,
    name::Name,
    snapshot::{Cgroup, Figures, Hierarchy},
};

/// Reads all control groups, and notes whose processes are in which.
pub(super) fn read<T: Tree>(
    host: &oomkit_host::Host<T>,
    missed: &mut Missed,
    members: &mut HashMap<Pid, Name>,
) -> Option<Vec<Cgroup>> {
    let forest = missed.take(host.cgroups(Parts::ALL))?;
    let version = forest.hierarchy.version;
    let read = forest.cgroups.into_iter().map(|mut cgroup| {
        let path = Name::new(&cgroup.path);
        for pid in missed.take(std::mem::take(&mut cgroup.members)).into_iter().flatten() {
            members.insert(pid, path.clone());
        }
        of(cgroup, path, version, missed)
    });
    Some(read.collect())
}

fn of(read: cgroup_tree::Cgroup, path: Name, version: Version, missed: &mut Missed) -> Cgroup {
    let limits = read.limits;
    let counts = match version {
        Version::V1 => read.events.own,
        Version::V2 => read.events.with_descendants,
    };
    Cgroup {
        path,
        hierarchy: match version {
            Version::V1 => Hierarchy::V1,
            Version::V2 => Hierarchy::V2,
        },
        usage_bytes: missed.take(read.usage.memory),
        limit_bytes: missed.take(limits.max),
        high_bytes: missed.take(limits.high),
        low_bytes: missed.take(limits.low),
        min_bytes: missed.take(limits.min),
        peak_bytes: missed.take(read.usage.memory_peak),
        swap_bytes: missed.take(read.usage.swap),
        swap_limit_bytes: missed.take(limits.swap.or_else(|| limits.memory_and_swap)),
        swap_peak_bytes: missed.take(read.usage.swap_peak),
        failures: (version == Version::V1).then(|| counts.max.clone().known()).flatten(),
        kills_group: missed.take(limits.kills_group),
        stat: missed.take(read.stat).map(|stat| figures(&stat)),
        events: events(counts, version),
        pressure: missed.take(read.pressure).map(|pressure| machine::pressure(&pressure)),
    }
}

fn figures(stat: &Stat) -> Figures {
    stat.entries().map(|(name, value)| (Name::from(name), value)).collect()
}

/// Names the counts as the kernel does; version 1 counts failures at the limit under another name.
fn events(counts: Counts, version: Version) -> Option<Figures> {
    let at_limit = (version == Version::V2).then_some(counts.max).and_then(|count| count.known());
    let named = [
        (event::LOW, counts.low.known()),
        (event::HIGH, counts.high.known()),
        (event::MAX, at_limit),
        (event::OOM, counts.oom.known()),
        (event::OOM_KILL, counts.kills.known()),
        (event::OOM_GROUP_KILL, counts.group_kills.known()),
    ];
    let figures: Figures =
        named.into_iter().filter_map(|(name, count)| Some((Name::from(name), count?))).collect();
    (!figures.is_empty()).then_some(figures)
}
