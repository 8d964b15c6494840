//! Which hierarchy accounts memory, and where it is mounted: version 1, version 2, or both at once.

use oomkit_core::reading::Reading;

use super::{cgroup_limits::Version, fields::words, mountinfo::Mount};
use crate::tree::{Tree, path_of, read};

/// Whose mounts are read, in this order; a captured host may lack the first.
const MOUNTS: &[&str] = &["/proc/self/mountinfo", "/proc/thread-self/mountinfo", "/proc/1/mountinfo"];
/// Where hierarchies are as a rule, for a host whose mounts are not known.
const USUAL: &[(&str, Version)] = &[
    ("/sys/fs/cgroup/memory", Version::V1),
    ("/sys/fs/cgroup", Version::V2),
    ("/sys/fs/cgroup/unified", Version::V2),
];

/// The hierarchy that accounts memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// Its version.
    pub version: Version,
    /// Where it is mounted.
    pub mount: Vec<u8>,
    /// The cgroup that is mounted there; `/` is the whole hierarchy.
    pub root: Vec<u8>,
    /// Where version 2 is mounted beside version 1, for the pressure that only it tells.
    pub unified: Option<Vec<u8>>,
    /// Whether a protection holds for the cgroups below without their asking (version 2).
    pub protects_recursively: bool,
    /// Whether events are counted without those of descendants (version 2).
    pub counts_own_events: bool,
    /// Whether reserved huge pages count as memory (version 2).
    pub counts_huge_pages: bool,
}

impl Hierarchy {
    /// Finds the hierarchy; [`Reading::Absent`] where memory is not accounted by cgroups.
    ///
    /// Version 1 has the memory controller if it is mounted with it, and else version 2 may have it.
    #[must_use]
    pub fn find(tree: &dyn Tree) -> Reading<Self> {
        let mounts = MOUNTS.iter().fold(Reading::Absent, |read_so_far, path| {
            if Reading::is_known(&read_so_far) { read_so_far } else { read(tree, path) }
        });
        let mounts = match mounts {
            Reading::Known(bytes) => Mount::read_all(&bytes),
            Reading::Absent => usual(tree),
            unknown => return unknown.and_then(|_| Reading::Absent),
        };
        let of_kind = |kind: &'static [u8]| mounts.iter().filter(move |mount| mount.kind == kind);
        // The same hierarchy may be mounted in parts as well, as for containers.
        let whole_first = |mount: &&Mount| (!is_top(&mount.root), mount.point.len());
        let unified = of_kind(b"cgroup2").min_by_key(whole_first);
        if let Some(mount) = of_kind(b"cgroup").filter(|mount| mount.has(b"memory")).min_by_key(whole_first) {
            let unified = unified.map(|mount| mount.point.clone());
            return Reading::Known(Self { unified, ..Self::at(mount, Version::V1) });
        }
        let mut why = Reading::Absent;
        for mount in of_kind(b"cgroup2") {
            match has_memory(tree, &mount.point) {
                Reading::Known(true) => return Reading::Known(Self::at(mount, Version::V2)),
                Reading::Known(false) | Reading::Absent => {}
                unknown => why = unknown.and_then(|_| Reading::Absent),
            }
        }
        why
    }

    fn at(mount: &Mount, version: Version) -> Self {
        Self {
            version,
            mount: mount.point.clone(),
            root: mount.root.clone(),
            unified: None,
            protects_recursively: mount.has(b"memory_recursiveprot"),
            counts_own_events: mount.has(b"memory_localevents"),
            counts_huge_pages: mount.has(b"memory_hugetlb_accounting"),
        }
    }

    /// Tells whether all of the hierarchy is seen, so that no limit can lie above what is seen.
    ///
    /// In a cgroup namespace the root is somebody's cgroup although it is called `/`.
    #[must_use]
    pub fn is_whole(&self, tree: &dyn Tree) -> bool {
        // Only the very root of version 2 has no events of its own, and only that of version 1 an agent.
        let (own, is_of_root) = match self.version {
            Version::V1 => ("/release_agent", true),
            Version::V2 => ("/cgroup.events", false),
        };
        let path = [self.mount.as_slice(), own.as_bytes()].concat();
        is_top(&self.root) && matches!(read(tree, path_of(&path)), Reading::Absent) != is_of_root
    }
}

/// Tells whether a root may be the top of a hierarchy.
///
/// Where the host's own mount is seen from a cgroup namespace, its root is that many `/..` above ours.
fn is_top(root: &[u8]) -> bool {
    root.split(|byte| *byte == b'/').all(|part| part.is_empty() || part == b"..")
}

/// Tells whether version 2 has the memory controller.
fn has_memory(tree: &dyn Tree, mount: &[u8]) -> Reading<bool> {
    let controllers = read(tree, path_of(&[mount, b"/cgroup.controllers"].concat()));
    controllers.map(|names| words(names.trim_ascii()).any(|name| name == b"memory"))
}

/// Returns the mounts that are where they usually are.
fn usual(tree: &dyn Tree) -> Vec<Mount> {
    let there = |(path, version): &&(&str, Version)| {
        let own = match version {
            Version::V1 => "memory.limit_in_bytes",
            Version::V2 => "cgroup.controllers",
        };
        !matches!(read(tree, format!("{path}/{own}")), Reading::Absent)
    };
    let mount = |(path, version): &(&str, Version)| Mount {
        root: b"/".to_vec(),
        point: path.as_bytes().to_vec(),
        kind: if *version == Version::V1 { b"cgroup".to_vec() } else { b"cgroup2".to_vec() },
        options: b"memory".to_vec(),
    };
    USUAL.iter().filter(there).map(mount).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Capture;

    fn find(text: &str) -> Reading<String> {
        let tree = Capture::new(text.as_bytes().to_vec()).unwrap();
        Hierarchy::find(&tree).map(|found| {
            let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
            let unified = found.unified.as_deref().map_or("-".to_owned(), shown);
            let whole = if found.is_whole(&tree) { "whole" } else { "part" };
            format!("{:?} {} {} {unified} {whole}", found.version, shown(&found.mount), shown(&found.root))
        })
    }

    #[test]
    fn the_hierarchy_that_accounts_memory_is_found() {
        let v1 = "32 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        let v2 = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
        let hybrid = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let known = |text: &str| Reading::Known(text.to_owned());
        for (text, expected) in [
            (
                format!("//- /proc/self/mountinfo\n{v2}//- /sys/fs/cgroup/cgroup.controllers\ncpu memory pids\n"),
                known("V2 /sys/fs/cgroup / - whole"),
            ),
            (
                format!("//- /proc/self/mountinfo\n{v2}//- /sys/fs/cgroup/cgroup.controllers\nmemory\n//- /sys/fs/cgroup/cgroup.events\npopulated 1\n"),
                known("V2 /sys/fs/cgroup / - part"),
            ),
            (
                format!("//- /proc/self/mountinfo\n{v1}//- /sys/fs/cgroup/memory/release_agent\n\n"),
                known("V1 /sys/fs/cgroup/memory / - whole"),
            ),
            (
                format!("//- /proc/1/mountinfo\n{hybrid}{v1}"),
                known("V1 /sys/fs/cgroup/memory / /sys/fs/cgroup/unified part"),
            ),
            (
                "//- /proc/self/mountinfo\n1 1 0:1 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n".to_owned(),
                known("V1 /sys/fs/cgroup/memory /docker/ab - part"),
            ),
            (
                format!("//- /proc/self/mountinfo\n1 1 0:1 /a\\040b /mnt\\040x ro - cgroup cgroup rw,memory\n{v1}"),
                known("V1 /sys/fs/cgroup/memory / - part"),
            ),
            // A pod that has the host's hierarchy mounted, and a cgroup namespace of its own.
            (
                "//- /proc/self/mountinfo\n1 1 0:1 /../../.. /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n\
                 //- /sys/fs/cgroup/cgroup.controllers\nmemory\n"
                    .to_owned(),
                known("V2 /sys/fs/cgroup /../../.. - whole"),
            ),
            // The controller is switched off, or sits in a hierarchy that is not mounted.
            (
                format!("//- /proc/self/mountinfo\n{v2}//- /sys/fs/cgroup/cgroup.controllers\ncpu pids\n"),
                Reading::Absent,
            ),
            (
                format!("//- /proc/self/mountinfo\n{v2}//- /sys/fs/cgroup/cgroup.controllers denied\n"),
                Reading::Denied,
            ),
            ("//- /proc/self/mountinfo denied\n//- /proc/1/mountinfo denied\n".to_owned(), Reading::Denied),
            ("//- /proc/meminfo\nMemTotal: 1 kB\n".to_owned(), Reading::Absent),
            (
                "//- /sys/fs/cgroup/cgroup.controllers\nmemory\n".to_owned(),
                known("V2 /sys/fs/cgroup / - whole"),
            ),
            (
                "//- /sys/fs/cgroup/memory/memory.limit_in_bytes\n1\n//- /sys/fs/cgroup/unified/cgroup.controllers\n\n".to_owned(),
                known("V1 /sys/fs/cgroup/memory / /sys/fs/cgroup/unified part"),
            ),
        ] {
            assert_eq!(find(&text), expected, "{text}");
        }
    }
}
