//! What a cgroup uses, with its descendants: `memory.current` and its kin, and their names in version 1.

use oomkit_core::{reading::Reading, units::Bytes};

use super::{cgroup_limits::Version, fields::single};
use crate::tree::Files;

/// What a cgroup uses; [`Reading::Absent`] where the kernel does not count it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Memory, page cache included.
    pub memory: Reading<Bytes>,
    /// The most memory that it used, since it was made or since somebody reset this (version 1).
    pub memory_peak: Reading<Bytes>,
    /// Swap alone.
    pub swap: Reading<Bytes>,
    /// The most swap that it used (version 2).
    pub swap_peak: Reading<Bytes>,
}

impl Usage {
    /// Reads the use of the cgroup whose folder is open.
    #[must_use]
    pub fn read(files: &mut Files<'_>, version: Version) -> Self {
        let mut size = |name: &str| files.value(name, single).map(Bytes::new);
        match version {
            Version::V1 => {
                let memory = size("memory.usage_in_bytes");
                let both = size("memory.memsw.usage_in_bytes");
                // The counters are read one after the other, so the difference may come out negative.
                let swap = both.and_then(|both| {
                    memory.clone().map(|memory| Bytes::new(both.get().saturating_sub(memory.get())))
                });
                Self {
                    memory,
                    memory_peak: size("memory.max_usage_in_bytes"),
                    swap,
                    swap_peak: Reading::Absent,
                }
            }
            Version::V2 => Self {
                memory: size("memory.current"),
                memory_peak: size("memory.peak"),
                swap: size("memory.swap.current"),
                swap_peak: size("memory.swap.peak"),
            },
        }
    }
}
