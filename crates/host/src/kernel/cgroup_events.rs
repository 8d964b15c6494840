//! What happened to a cgroup at its limits: `memory.events`, or what version 1 tells in its stead.

use oomkit_core::reading::Reading;

use super::{
    cgroup_limits::Version,
    fields::{lines, number, parted, single},
};
use crate::tree::Files;

/// How often things happened to a cgroup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Counted in the cgroup itself; a victim counts where it lived, a limit where it was hit.
    pub own: Counts,
    /// Counted with all descendants (version 2).
    pub with_descendants: Counts,
}

/// How often each thing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Memory below the protection was taken.
    pub low: Reading<u64>,
    /// The use was above the line that slows down.
    pub high: Reading<u64>,
    /// The limit stopped an allocation, which had to reclaim; no harm by itself.
    pub max: Reading<u64>,
    /// Reclaim was in vain.
    pub oom: Reading<u64>,
    /// Processes were killed, by whatever OOM killer.
    pub kills: Reading<u64>,
    /// All of the cgroup was killed.
    pub group_kills: Reading<u64>,
}

impl Events {
    /// Reads the events of the cgroup whose folder is open.
    #[must_use]
    pub fn read(files: &mut Files<'_>, version: Version) -> Self {
        match version {
            Version::V1 => {
                let kills = files.value("memory.oom_control", |bytes| count(bytes, "oom_kill"));
                let max = files.value("memory.failcnt", single);
                Self { own: Counts { max, kills, ..Counts::default() }, with_descendants: Counts::default() }
            }
            Version::V2 => Self {
                own: Counts::read(files, "memory.events.local"),
                with_descendants: Counts::read(files, "memory.events"),
            },
        }
    }
}

impl Counts {
    fn read(files: &mut Files<'_>, name: &str) -> Self {
        let bytes = match files.read(name) {
            Reading::Known(bytes) => bytes,
            unknown => {
                let why = unknown.map(|_| 0);
                return Self {
                    low: why.clone(),
                    high: why.clone(),
                    max: why.clone(),
                    oom: why.clone(),
                    kills: why.clone(),
                    group_kills: why,
                };
            }
        };
        let count = |key| count(bytes, key);
        Self {
            low: count("low"),
            high: count("high"),
            max: count("max"),
            oom: count("oom"),
            kills: count("oom_kill"),
            group_kills: count("oom_group_kill"),
        }
    }
}

/// Finds a count by its key; a kernel that does not count it has no such line.
fn count(bytes: &[u8], key: &str) -> Reading<u64> {
    let value = lines(bytes).find_map(|line| {
        parted(line, b' ').filter(|(own, _)| *own == key.as_bytes()).map(|(_, value)| value)
    });
    match value {
        None => Reading::Absent,
        Some(value) => number(value).map_or_else(|| Reading::malformed(value), Reading::Known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_found_by_their_whole_key() {
        let text = b"low 0\nhigh 188\nmax 7\noom 1\noom_kill 2\noom_group_kill x\nsock_throttled 9\n";
        for (key, expected) in [
            ("high", Reading::Known(188)),
            ("oom", Reading::Known(1)),
            ("oom_kill", Reading::Known(2)),
            ("oom_group_kill", Reading::Malformed("x".into())),
            ("kill", Reading::Absent),
        ] {
            assert_eq!(count(text, key), expected, "{key}");
        }
    }
}
