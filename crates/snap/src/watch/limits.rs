//! Limits: control groups near theirs, and kills, looked at again and again.
//!
//! The kernel counts how often a group runs into its limit, and whom it kills. Both would also be
//! told by notifications, but those differ between the two versions of control groups, need rights
//! in version 1, and miss what was there before; a few small files are read instead.

use std::{cmp::Reverse, time::Duration};

use oomkit_core::{limit::Limit, units::Bytes};
use oomkit_host::{
    Host,
    kernel::{cgroup_events::Events, cgroup_hierarchy::Hierarchy, cgroup_limits::Version},
    tree::{Files, Tree},
};

use crate::{
    facts::{self, RisingCount},
    kernel::{self, event},
    name::Name,
    snapshot::{Cause, Cgroup, Reason, Snapshot},
};

/// How many groups are looked at: those nearest to their limit. Each takes two files, or 14 µs.
const MOST: usize = 64;
/// How long a group has to leave its limit alone until running into it is news again.
///
/// One that holds a file cache runs into it all the time, and takes no harm.
const QUIET: Duration = Duration::from_mins(1);

/// What is looked at, and what it was the last time.
#[derive(Debug, Default)]
pub(super) struct Limits {
    hierarchy: Option<Hierarchy>,
    groups: Vec<Group>,
    kills: RisingCount,
}

#[derive(Clone, Debug)]
struct Group {
    path: Name,
    hits: RisingCount,
    kills: RisingCount,
    /// When it ran into its limit the last time.
    hit: Option<Duration>,
}

/// What the kernel has counted of a group by now.
#[derive(Clone, Copy, Debug)]
struct Counts {
    hits: Option<u64>,
    kills: Option<u64>,
}

impl Limits {
    /// Chooses anew what to look at, by what a snapshot says; what was known of a group stays known.
    pub(super) fn choose<T: Tree>(&mut self, host: &Host<T>, snapshot: &Snapshot) {
        self.hierarchy = Hierarchy::find(host.tree()).known();
        let mut near: Vec<(Reverse<u64>, &Cgroup)> = snapshot
            .cgroups
            .iter()
            .flatten()
            .filter_map(|cgroup| Some((nearness(cgroup)?, cgroup)))
            .collect();
        near.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.path.cmp(&b.1.path)));
        let groups = near.into_iter().take(MOST).map(|(_, cgroup)| {
            let known = self.groups.iter().find(|group| group.path == cgroup.path);
            known.cloned().unwrap_or_else(|| Group::new(cgroup))
        });
        self.groups = groups.collect();
        if self.kills == RisingCount::default() {
            self.kills.rise_to(facts::kills_of_machine(&snapshot.machine));
        }
    }

    /// Looks again, and returns what is news.
    pub(super) fn look<T: Tree>(&mut self, host: &Host<T>, now: Duration) -> Vec<Reason> {
        let mut news = Vec::new();
        if let Some(hierarchy) = &self.hierarchy {
            let mut files = Files::new(host.tree());
            for group in &mut self.groups {
                files.go(&[&hierarchy.mount, group.path.as_bytes()]);
                let counts = Counts::read(&mut files, hierarchy.version);
                let cause = group.take(counts, now);
                news.extend(cause.map(|cause| Reason { cause, cgroup: Some(group.path.clone()) }));
            }
        }
        let kills = host.vmstat().known().and_then(|vmstat| vmstat.oom_kills());
        // A group that tells of the same kill says whose it was.
        if self.kills.rise_to(kills).is_some() && news.iter().all(|reason| reason.cause != Cause::Kill) {
            news.push(Cause::Kill.into());
        }
        news
    }
}

impl Group {
    /// Starts with what a snapshot has of a group: what was counted before is no news.
    fn new(cgroup: &Cgroup) -> Self {
        let mut group = Self {
            path: cgroup.path.clone(),
            hits: RisingCount::default(),
            kills: RisingCount::default(),
            hit: None,
        };
        let counts = Counts::of(cgroup);
        group.hits.rise_to(counts.hits);
        group.kills.rise_to(counts.kills);
        group
    }

    /// Takes the present counts, and returns what they mean.
    fn take(&mut self, counts: Counts, now: Duration) -> Option<Cause> {
        let was_quiet = self.hit.is_none_or(|hit| hit + QUIET <= now);
        let (hits, kills) =
            (self.hits.rise_to(counts.hits).is_some(), self.kills.rise_to(counts.kills).is_some());
        if hits {
            self.hit = Some(now);
        }
        match (kills, hits && was_quiet) {
            (true, _) => Some(Cause::Kill),
            (false, true) => Some(Cause::Limit),
            (false, false) => None,
        }
    }
}

impl Counts {
    fn read(files: &mut Files<'_>, version: Version) -> Self {
        let events = Events::read(files, version);
        let counts = match version {
            Version::V1 => events.own,
            Version::V2 => events.with_descendants,
        };
        Self { hits: sum(counts.max.known(), counts.high.known()), kills: counts.kills.known() }
    }

    fn of(cgroup: &Cgroup) -> Self {
        let count = |key| kernel::figure(cgroup.events.as_ref(), key);
        Self {
            hits: sum(cgroup.failures.or_else(|| count(event::MAX)), count(event::HIGH)),
            kills: count(event::OOM_KILL),
        }
    }
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.map_or(b, |a| Some(a.saturating_add(b.unwrap_or(0))))
}

/// Returns how much of its limit a group uses, in parts of a million, the most first; `None` without a limit.
fn nearness(cgroup: &Cgroup) -> Option<Reverse<u64>> {
    let limits = [cgroup.limit_bytes, cgroup.high_bytes].into_iter().flatten();
    let limit = limits.filter_map(|limit: Limit| limit.size()).map(Bytes::get).min()?;
    let usage = u128::from(cgroup.usage_bytes?.get()) * 1_000_000;
    Some(Reverse(u64::try_from(usage / u128::from(limit.max(1))).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};
    use oomkit_host::tree::Capture;

    use super::*;
    use crate::snapshot::{BootClock, BootId, Hierarchy as Version, Moment};

    /// In place of a count that cannot be read.
    const UNKNOWN: u64 = u64::MAX;

    fn host(v1: bool, kills: u64, a: (u64, u64), b: (u64, u64)) -> Host<Capture> {
        let vmstat = format!("//- /proc/vmstat\noom_kill {kills}\n");
        let text = if v1 {
            let group = |name: &str, (hits, kills): (u64, u64)| {
                format!(
                    "//- /cg/{name}/memory.failcnt\n{hits}\n//- /cg/{name}/memory.oom_control\n\
                     oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n"
                )
            };
            let mounts = "//- /proc/self/mountinfo\n1 1 0:1 / /cg rw - cgroup cgroup rw,memory\n";
            format!("{mounts}{vmstat}{}{}", group("a", a), group("b", b))
        } else {
            let group = |name: &str, (hits, kills): (u64, u64)| {
                format!("//- /cg/{name}/memory.events\nhigh 1\nmax {hits}\noom_kill {kills}\n")
            };
            let mounts = "//- /proc/self/mountinfo\n1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n\
                          //- /cg/cgroup.controllers\nmemory\n";
            format!("{mounts}{vmstat}{}{}", group("a", a), group("b", b))
        };
        let text = text.replace(&UNKNOWN.to_string(), "?");
        Host::over(Capture::new(text.into_bytes()).unwrap())
    }

    fn snapshot() -> Snapshot {
        let boot = BootId::new(b"a");
        let moment = Moment::new(boot, BootClock::from_micros(1), None, Timestamp::UNIX_EPOCH, Offset::UTC);
        let cgroup = |path: &str, limit| Cgroup {
            path: Name::from(path),
            hierarchy: Version::V2,
            usage_bytes: Some(Bytes::new(5)),
            limit_bytes: Some(limit),
            ..Cgroup::default()
        };
        let mut snapshot = Snapshot::at(moment);
        snapshot.cgroups = Some(vec![
            cgroup("/a", Limit::At(Bytes::new(100))),
            cgroup("/b", Limit::At(Bytes::new(10))),
            cgroup("/free", Limit::Max),
        ]);
        snapshot
    }

    #[test]
    fn running_into_a_limit_is_news_when_it_begins_and_a_kill_always() {
        for v1 in [true, false] {
            let mut limits = Limits::default();
            limits.choose(&host(v1, 0, (0, 0), (0, 0)), &snapshot());
            let paths: Vec<String> = limits.groups.iter().map(|group| group.path.to_string()).collect();
            assert_eq!(paths, ["/b", "/a"]);
            for (second, kills, a, b, expected) in [
                // What was counted before anybody looked is no news.
                (0, 3, (7, 1), (9, 0), &[][..]),
                (1, 3, (7, 1), (9, 0), &[]),
                (2, 3, (8, 1), (9, 0), &["limit /a"]),
                // It goes on, which is none either.
                (30, 3, (9, 1), (9, 0), &[]),
                (80, 3, (10, 1), (11, 0), &["limit /b"]),
                (90, 4, (10, 2), (11, 0), &["kill /a"]),
                (150, 4, (11, 2), (11, 0), &["limit /a"]),
                // A kill elsewhere is counted for the machine only.
                (151, 5, (11, 2), (11, 0), &["kill -"]),
                // A group that was made anew counts from zero.
                (152, 5, (0, 0), (11, 0), &[]),
                // What rose while nobody could look is told afterwards.
                (153, UNKNOWN, (UNKNOWN, UNKNOWN), (11, 0), &[]),
                (154, 6, (0, 1), (11, 0), &["kill /a"]),
            ] {
                let host = host(v1, kills, a, b);
                // What a snapshot chooses anew forgets nothing.
                limits.choose(&host, &snapshot());
                let news = limits.look(&host, Duration::from_secs(second));
                let told = |reason: &Reason| {
                    let group = reason.cgroup.as_ref().map_or_else(|| "-".to_owned(), Name::to_string);
                    format!("{} {group}", reason.cause.word())
                };
                let told: Vec<String> = news.iter().map(told).collect();
                assert_eq!(told, expected, "version {}, second {second}", if v1 { 1 } else { 2 });
            }
        }
    }
}
