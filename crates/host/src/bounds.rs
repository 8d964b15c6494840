//! Bounds: what a cgroup may really use, with all limits above it, and whose limit that is.

use oomkit_core::{limit::Limit, reading::Reading, units::Bytes};

use crate::kernel::{
    cgroup_limits::{Limits, Version},
    cgroup_tree::Forest,
};

/// The bound of a cgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The smallest limit that is known.
    pub limit: Limit,
    /// Whose it is.
    pub owner: Owner,
    /// A cgroup at or above this one whose limit is not known; the real bound may be smaller.
    pub unknown: Option<usize>,
    /// Whether limits above what is seen may exist, as in a container.
    pub may_be_smaller_above: bool,
}

/// Who sets a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody: there is none, and what the machine has is not known.
    Nobody,
    /// A cgroup, by its place.
    Cgroup(usize),
    /// The machine, which has no more.
    Machine,
}

impl Bound {
    /// Tells whether the bound is certain: every limit that could be smaller is known.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        self.unknown.is_none() && !self.may_be_smaller_above
    }
}

/// What a cgroup may still take before a limit is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headroom {
    /// The least room of all levels.
    pub room: Bytes,
    /// The cgroup that has it.
    pub owner: usize,
}

impl Forest {
    /// Returns the bound of memory; `machine` is the memory that the machine has.
    #[must_use]
    pub fn memory_bound(&self, place: usize, machine: Option<Bytes>) -> Bound {
        within(self.bound(place, |limits| &limits.max), machine)
    }

    /// Returns the line above which the cgroup is slowed down (version 2).
    #[must_use]
    pub fn high_bound(&self, place: usize) -> Bound {
        self.bound(place, |limits| &limits.high)
    }

    /// Returns the bound of swap; `machine` is all swap that the machine has.
    ///
    /// Version 1 limits memory and swap together, so that it is the rest.
    #[must_use]
    pub fn swap_bound(&self, place: usize, machine: Option<Bytes>) -> Bound {
        if self.hierarchy.version == Version::V2 {
            return within(self.bound(place, |limits| &limits.swap), machine);
        }
        let memory = self.bound(place, |limits| &limits.max);
        let both = self.bound(place, |limits| &limits.memory_and_swap);
        let limit = match (both.limit, memory.limit) {
            (Limit::At(both), Limit::At(memory)) => {
                Limit::At(Bytes::new(both.get().saturating_sub(memory.get())))
            }
            (both, _) => both,
        };
        within(Bound { limit, unknown: both.unknown.or(memory.unknown), ..both }, machine)
    }

    /// Returns the least room below a limit at or above a cgroup, by each level's own use.
    ///
    /// `None` where no limit is known.
    #[must_use]
    pub fn headroom(&self, place: usize) -> Option<Headroom> {
        let rooms = self.binding(place).filter_map(|(owner, cgroup)| {
            let limit = cgroup.limits.max.as_ref().known()?.size()?;
            let usage = cgroup.usage.memory.as_ref().known()?;
            Some(Headroom { room: Bytes::new(limit.get().saturating_sub(usage.get())), owner })
        });
        // Of equals the first is kept, which is the nearest.
        rooms.min_by_key(|headroom| headroom.room)
    }

    /// Finds whose limit killed in a cgroup: the nearest one at or above it where reclaim was in vain.
    ///
    /// `None` where that is not counted, or where the whole machine ran out.
    #[must_use]
    pub fn owner_of_kills(&self, place: usize) -> Option<usize> {
        let happened = |count: &Reading<u64>| count.as_ref().known().is_some_and(|count| 0 < *count);
        self.upwards(place)
            .find(|(_, cgroup)| match self.hierarchy.version {
                Version::V2 => happened(&cgroup.events.own.oom),
                // There is no count of vain attempts, and the count of attempts is the nearest to it.
                Version::V1 => happened(&cgroup.events.own.max),
            })
            .map(|(owner, _)| owner)
    }

    fn bound(&self, place: usize, of: impl Fn(&Limits) -> &Reading<Limit>) -> Bound {
        let mut bound = Bound {
            limit: Limit::Max,
            owner: Owner::Nobody,
            unknown: None,
            may_be_smaller_above: !self.is_whole,
        };
        for (owner, cgroup) in self.binding(place) {
            match of(&cgroup.limits) {
                Reading::Known(Limit::At(size)) if bound.limit.size().is_none_or(|least| *size < least) => {
                    bound.limit = Limit::At(*size);
                    bound.owner = Owner::Cgroup(owner);
                }
                // What is not controlled here is charged to whoever is above.
                Reading::Known(_) | Reading::Absent => {}
                Reading::Denied | Reading::Vanished | Reading::Malformed(_) => {
                    bound.unknown = bound.unknown.or(Some(owner));
                }
            }
        }
        bound
    }

    /// Returns the cgroup and those above it whose limits hold for it.
    ///
    /// In old kernels, a parent of version 1 without hierarchy does not count its children.
    fn binding(&self, place: usize) -> impl Iterator<Item = (usize, &crate::kernel::cgroup_tree::Cgroup)> {
        let counts_children = |cgroup: &crate::kernel::cgroup_tree::Cgroup| {
            cgroup.limits.is_hierarchical != Reading::Known(false)
        };
        self.upwards(place).take_while(move |(owner, cgroup)| *owner == place || counts_children(cgroup))
    }
}

/// Bounds a limit by what the machine has.
fn within(bound: Bound, machine: Option<Bytes>) -> Bound {
    match machine {
        Some(machine) if bound.limit.size().is_none_or(|limit| machine < limit) => {
            Bound { limit: Limit::At(machine), owner: Owner::Machine, ..bound }
        }
        _ => bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::cgroup_tree::Parts, tree::Capture};

    /// Makes a forest of `path key value` lines below the usual mount of a version.
    fn forest(version: Version, lines: &[&str]) -> Forest {
        let mount = match version {
            Version::V1 => "/sys/fs/cgroup/memory",
            Version::V2 => "/sys/fs/cgroup",
        };
        let mut text = match version {
            Version::V1 => format!(
                "//- {mount}/memory.limit_in_bytes\n9223372036854771712\n//- {mount}/release_agent\n\n"
            ),
            Version::V2 => format!("//- {mount}/cgroup.controllers\nmemory\n"),
        };
        for line in lines {
            let (file, value) = line.split_once(' ').unwrap();
            text += &match value {
                "denied" => format!("//- {mount}{file} denied\n"),
                value => format!("//- {mount}{file}\n{value}\n"),
            };
        }
        Forest::walk(&Capture::new(text.into_bytes()).unwrap(), Parts::ALL).known().unwrap()
    }

    fn shown(forest: &Forest, bound: Bound) -> String {
        let owner = match bound.owner {
            Owner::Nobody => "nobody".to_owned(),
            Owner::Machine => "machine".to_owned(),
            Owner::Cgroup(place) => String::from_utf8_lossy(&forest.cgroups[place].path).into_owned(),
        };
        let sure = if bound.is_certain() { "" } else { " or less" };
        let limit = bound.limit.size().map_or("max".to_owned(), |size| size.get().to_string());
        format!("{limit} by {owner}{sure}")
    }

    #[test]
    fn the_smallest_limit_above_counts_and_the_nearest_of_equals() {
        let forest = forest(
            Version::V2,
            &[
                "/a/memory.max 100",
                "/a/b/memory.max 300",
                "/a/b/c/memory.max max",
                "/a/e/memory.max 100",
                "/a/plain/x/memory.max 200",
                "/d/memory.max denied",
                "/d/f/memory.max 50",
                "/g/memory.max garbage",
                "/h/memory.max max",
            ],
        );
        let machine = Some(Bytes::new(1000));
        for (path, machine, expected) in [
            ("/a", machine, "100 by /a"),
            ("/a/b", machine, "100 by /a"),
            ("/a/b/c", machine, "100 by /a"),
            ("/a/e", machine, "100 by /a/e"),
            ("/a/plain/x", machine, "100 by /a"),
            ("/a/b", Some(Bytes::new(10)), "10 by machine"),
            ("/d", machine, "1000 by machine or less"),
            ("/d/f", machine, "50 by /d/f or less"),
            ("/g", machine, "1000 by machine or less"),
            ("/h", machine, "1000 by machine"),
            ("/h", None, "max by nobody"),
        ] {
            let place = forest.find(path.as_bytes()).unwrap();
            assert_eq!(shown(&forest, forest.memory_bound(place, machine)), expected, "{path}");
        }
    }

    #[test]
    fn swap_is_a_limit_of_its_own_or_the_rest() {
        let v2 =
            forest(Version::V2, &["/a/memory.max 100", "/a/memory.swap.max 0", "/b/memory.swap.max max"]);
        let v1 = forest(
            Version::V1,
            &[
                "/a/memory.limit_in_bytes 100",
                "/a/memory.memsw.limit_in_bytes 150",
                "/b/memory.limit_in_bytes 100",
                "/b/memory.memsw.limit_in_bytes 9223372036854771712",
                "/c/memory.limit_in_bytes 100",
            ],
        );
        let swap = Some(Bytes::new(1000));
        for (forest, path, expected) in [
            (&v2, "/a", "0 by /a"),
            (&v2, "/b", "1000 by machine"),
            (&v1, "/a", "50 by /a"),
            (&v1, "/b", "1000 by machine"),
            (&v1, "/c", "1000 by machine"),
        ] {
            let place = forest.find(path.as_bytes()).unwrap();
            assert_eq!(shown(forest, forest.swap_bound(place, swap)), expected, "{path}");
        }
    }

    #[test]
    fn a_parent_without_hierarchy_does_not_bind() {
        let forest = forest(
            Version::V1,
            &[
                "/a/memory.limit_in_bytes 100",
                "/a/memory.use_hierarchy 0",
                "/a/b/memory.limit_in_bytes 300",
                "/a/b/memory.use_hierarchy 1",
                "/a/b/c/memory.limit_in_bytes 400",
            ],
        );
        for (path, expected) in [("/a", "100 by /a"), ("/a/b", "300 by /a/b"), ("/a/b/c", "300 by /a/b")] {
            let place = forest.find(path.as_bytes()).unwrap();
            assert_eq!(shown(&forest, forest.memory_bound(place, None)), expected, "{path}");
        }
    }

    #[test]
    fn headroom_is_the_least_of_all_levels() {
        let forest = forest(
            Version::V2,
            &[
                "/a/memory.max 100",
                "/a/memory.current 90",
                "/a/b/memory.max 50",
                "/a/b/memory.current 20",
                "/c/memory.max max",
                "/c/memory.current 7",
            ],
        );
        let room = |path: &[u8]| {
            forest.headroom(forest.find(path).unwrap()).map(|found| {
                (found.room.get(), String::from_utf8_lossy(&forest.cgroups[found.owner].path).into_owned())
            })
        };
        assert_eq!(room(b"/a/b"), Some((10, "/a".to_owned())));
        assert_eq!(room(b"/c"), None);
    }

    #[test]
    fn kills_are_owned_by_the_limit_that_was_hit() {
        let v2 = forest(
            Version::V2,
            &[
                "/a/memory.events.local low 0\noom 1\noom_kill 0",
                "/a/b/memory.events.local low 0\noom 0\noom_kill 1",
                "/c/memory.events.local oom 0\noom_kill 1",
            ],
        );
        let v1 = forest(
            Version::V1,
            &[
                "/a/memory.failcnt 95",
                "/a/b/memory.failcnt 0",
                "/a/b/memory.oom_control oom_kill_disable 0\nunder_oom 0\noom_kill 1",
            ],
        );
        for (forest, path, owner) in [(&v2, "/a/b", Some("/a")), (&v2, "/c", None), (&v1, "/a/b", Some("/a"))]
        {
            let found = forest.owner_of_kills(forest.find(path.as_bytes()).unwrap());
            let found = found.map(|place| String::from_utf8_lossy(&forest.cgroups[place].path));
            assert_eq!(found.as_deref(), owner, "{path}");
        }
    }
}
