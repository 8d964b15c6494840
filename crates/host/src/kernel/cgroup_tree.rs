//! All cgroups of the hierarchy that accounts memory, parents before their children.

use std::collections::HashMap;

use oomkit_core::{ident::Pid, reading::Reading};

use super::{
    cgroup_events::Events,
    cgroup_hierarchy::Hierarchy,
    cgroup_limits::{Limits, Version},
    cgroup_stat::Stat,
    cgroup_usage::Usage,
    fields::{lines, signed},
    pressure::Pressure,
};
use crate::tree::{Files, Tree};

/// Cgroups that are kept; further ones are counted.
const KEPT: usize = 200_000;
/// Folders within folders that are followed; the kernel's own bound is larger than any use.
const DEPTH: usize = 100;

/// What is read of each cgroup; each part takes one to nine files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set, whose elements are named where it is made")]
pub struct Parts {
    /// What it may use.
    pub limits: bool,
    /// What it uses.
    pub usage: bool,
    /// Of what kind that is.
    pub stat: bool,
    /// What happened at the limits.
    pub events: bool,
    /// How long its tasks waited.
    pub pressure: bool,
    /// Its processes.
    pub members: bool,
}

impl Parts {
    /// All of them.
    pub const ALL: Self =
        Self { limits: true, usage: true, stat: true, events: true, pressure: true, members: true };
}

/// A cgroup; a part that was not asked for is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cgroup {
    /// The path below the mount point, in all its bytes; `/` is the root that is seen.
    pub path: Vec<u8>,
    /// The place of the parent in the list.
    pub parent: Option<usize>,
    /// What it may use.
    pub limits: Limits,
    /// What it uses.
    pub usage: Usage,
    /// Of what kind that is.
    pub stat: Reading<Stat>,
    /// What happened at the limits.
    pub events: Events,
    /// How long its tasks waited.
    pub pressure: Reading<Pressure>,
    /// Its processes, those of its descendants aside.
    pub members: Reading<Vec<Pid>>,
    /// Whether the cgroups below it could be listed, and if not, why.
    pub listing: Reading<()>,
}

/// The cgroups of a host.
#[derive(Debug)]
pub struct Forest {
    /// The hierarchy.
    pub hierarchy: Hierarchy,
    /// Whether the root of the hierarchy is among them, so that no limit can lie above.
    pub is_whole: bool,
    /// The cgroups, parents before their children.
    pub cgroups: Vec<Cgroup>,
    /// Cgroups that were left out because there are too many.
    pub left_out: u64,
    index: HashMap<Vec<u8>, usize>,
}

impl Forest {
    /// Walks the hierarchy; [`Reading::Absent`] where memory is not accounted by cgroups.
    ///
    /// A cgroup that goes away meanwhile is left out; one that may not be read says so in its parts.
    #[must_use]
    pub fn walk(tree: &dyn Tree, parts: Parts) -> Reading<Self> {
        Hierarchy::find(tree).map(|hierarchy| {
            let is_whole = hierarchy.is_whole(tree);
            let mut walk = Walk {
                tree,
                parts,
                files: Files::new(tree),
                forest: Self { hierarchy, is_whole, cgroups: Vec::new(), left_out: 0, index: HashMap::new() },
            };
            walk.run();
            walk.forest
        })
    }

    /// Finds a cgroup by its path below the mount point.
    #[must_use]
    pub fn find(&self, path: &[u8]) -> Option<usize> {
        self.index.get(path).copied()
    }

    /// Returns a cgroup and those above it, the nearest first.
    pub fn upwards(&self, place: usize) -> impl Iterator<Item = (usize, &Cgroup)> {
        let mut next = Some(place);
        std::iter::from_fn(move || {
            let place = next?;
            let cgroup = self.cgroups.get(place)?;
            // Parents stand before their children, so this ends.
            next = cgroup.parent.filter(|parent| *parent < place);
            Some((place, cgroup))
        })
    }
}

struct Walk<'a> {
    tree: &'a dyn Tree,
    parts: Parts,
    files: Files<'a>,
    forest: Forest,
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut waiting: Vec<(Vec<u8>, Option<usize>, usize)> = vec![(b"/".to_vec(), None, 0)];
        while let Some((path, parent, depth)) = waiting.pop() {
            if KEPT <= self.forest.cgroups.len() || DEPTH < depth {
                self.forest.left_out += 1;
                continue;
            }
            let Some(mut cgroup) = self.cgroup(&path) else { continue };
            let place = self.forest.cgroups.len();
            let mut children = Vec::new();
            self.files.go(&[&self.forest.hierarchy.mount, &path]);
            cgroup.listing =
                self.tree.folders(self.files.folder(), &mut |name| children.push(name.to_owned()));
            if parent.is_some() && matches!(cgroup.listing, Reading::Absent | Reading::Vanished) {
                continue;
            }
            // The last one comes next, so that the order is that of the names.
            children.sort_unstable_by(|a, b| b.cmp(a));
            for name in children {
                let mut child = path.clone();
                if !child.ends_with(b"/") {
                    child.push(b'/');
                }
                child.extend_from_slice(&name);
                waiting.push((child, Some(place), depth + 1));
            }
            cgroup.parent = parent;
            self.forest.index.insert(path.clone(), place);
            cgroup.path = path;
            self.forest.cgroups.push(cgroup);
        }
    }

    /// Reads what was asked for; `None` for a cgroup that has gone.
    fn cgroup(&mut self, path: &[u8]) -> Option<Cgroup> {
        let Self { files, parts, forest, .. } = self;
        let version = forest.hierarchy.version;
        files.go(&[&forest.hierarchy.mount, path]);
        let mut cgroup = Cgroup::default();
        if parts.limits {
            cgroup.limits = Limits::read(files, version);
            // A missing limit means "not controlled here", unless all of the cgroup is missing.
            if cgroup.limits.max == Reading::Vanished
                || cgroup.limits.max == Reading::Absent && !files.are_there()
            {
                return None;
            }
        }
        if parts.usage {
            cgroup.usage = Usage::read(files, version);
        }
        if parts.stat {
            cgroup.stat = files.value("memory.stat", |bytes| Stat::read(bytes, version));
        }
        if parts.events {
            cgroup.events = Events::read(files, version);
        }
        if parts.members {
            cgroup.members = files.value("cgroup.procs", |bytes| Reading::Known(pids(bytes)));
        }
        if parts.pressure {
            if version == Version::V1 {
                // Only version 2 tells it, where the service manager keeps the same cgroups there.
                match &forest.hierarchy.unified {
                    Some(unified) => files.go(&[unified, path]),
                    None => return Some(cgroup),
                }
            }
            cgroup.pressure = files.value("memory.pressure", Pressure::read);
        }
        Some(cgroup)
    }
}

fn pids(bytes: &[u8]) -> Vec<Pid> {
    lines(bytes).filter_map(signed).map(Pid::new).collect()
}

#[cfg(test)]
mod tests {
    use oomkit_core::{limit::Limit, units::Bytes};

    use super::*;
    use crate::tree::Capture;

    #[test]
    fn parents_stand_before_their_children_in_the_order_of_names() {
        let text = "//- /sys/fs/cgroup/cgroup.controllers\nmemory\n\
            //- /sys/fs/cgroup/b/memory.max\n4096\n//- /sys/fs/cgroup/b/cgroup.procs\n7\n8\n\
            //- /sys/fs/cgroup/a/y/memory.max\nmax\n//- /sys/fs/cgroup/a/x/memory.max denied\n\
            //- /sys/fs/cgroup/a/memory.max\nmax\n//- /sys/fs/cgroup/gone/ vanished\n//- /sys/fs/cgroup/plain/\n\
            //- /sys/fs/cgroup/secret/ denied\n";
        let tree = Capture::new(text.as_bytes().to_vec()).unwrap();
        let parts = Parts { limits: true, members: true, ..Parts::default() };
        let forest = Forest::walk(&tree, parts).known().unwrap();
        let shown: Vec<String> = forest
            .cgroups
            .iter()
            .map(|cgroup| {
                let path = String::from_utf8_lossy(&cgroup.path);
                format!("{path} {:?} {} {:?}", cgroup.parent, cgroup.limits.max, cgroup.listing)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "/ None not there Known(())",
                "/a Some(0) max Known(())",
                "/a/x Some(1) not permitted Known(())",
                "/a/y Some(1) max Known(())",
                "/b Some(0) 4.0 KiB Known(())",
                "/plain Some(0) not there Known(())",
                "/secret Some(0) not permitted Denied",
            ]
        );
        let b = &forest.cgroups[forest.find(b"/b").unwrap()];
        assert_eq!(b.members, Reading::Known(vec![Pid::new(7), Pid::new(8)]));
        assert_eq!(b.limits.max, Reading::Known(Limit::At(Bytes::new(4096))));
        assert_eq!(forest.upwards(3).map(|(place, _)| place).collect::<Vec<_>>(), [3, 1, 0]);
        assert_eq!(forest.find(b"/gone"), None);
    }
}
