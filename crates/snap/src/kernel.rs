//! The kernel's names for what this crate sums up and shows; everything else is kept by name.

use std::time::Duration;

use oomkit_core::{ident::Pid, units::Bytes};

use crate::snapshot::{Figures, Machine, Percent};

/// Returns a size of `/proc/meminfo`.
pub(crate) fn size(machine: &Machine, key: &str) -> Option<Bytes> {
    machine.meminfo.as_ref()?.sizes.get(key.as_bytes()).copied()
}

/// Returns a figure by its name.
pub(crate) fn figure(figures: Option<&Figures>, key: &str) -> Option<u64> {
    figures?.get(key.as_bytes()).copied()
}

/// Returns where the kernel tells which program a process runs.
pub(crate) fn program_of(pid: Pid) -> String {
    format!("/proc/{pid}/exe")
}

/// The file of pressure, and what is written into it.
pub(crate) mod pressure {
    use super::{Duration, Percent};

    pub(crate) const FILE: &str = "/proc/pressure/memory";

    /// Asks to be told when some task waits for a share of a window; both are in microseconds.
    pub(crate) fn trigger(share: Percent, window: Duration) -> Vec<u8> {
        let stall = u128::from(share.hundredths()) * window.as_micros() / 10_000;
        format!("some {stall} {}\0", window.as_micros()).into_bytes()
    }
}

/// Names in `/proc/meminfo`.
pub(crate) mod meminfo {
    pub(crate) const TOTAL: &str = "MemTotal";
    pub(crate) const FREE: &str = "MemFree";
    pub(crate) const AVAILABLE: &str = "MemAvailable";
    pub(crate) const BUFFERS: &str = "Buffers";
    pub(crate) const CACHED: &str = "Cached";
    pub(crate) const ANONYMOUS: &str = "AnonPages";
    pub(crate) const SHARED: &str = "Shmem";
    pub(crate) const SLAB: &str = "Slab";
    pub(crate) const RECLAIMABLE: &str = "SReclaimable";
    pub(crate) const UNRECLAIMABLE: &str = "SUnreclaim";
    pub(crate) const KERNEL_STACKS: &str = "KernelStack";
    pub(crate) const PAGE_TABLES: &str = "PageTables";
    pub(crate) const SECONDARY_PAGE_TABLES: &str = "SecPageTables";
    pub(crate) const PER_CPU: &str = "Percpu";
    pub(crate) const HUGE_PAGES: &str = "Hugetlb";
    pub(crate) const HUGE_PAGES_TOTAL: &str = "HugePages_Total";
    pub(crate) const HUGE_PAGES_FREE: &str = "HugePages_Free";
    pub(crate) const HUGE_PAGES_RESERVED: &str = "HugePages_Rsvd";
    pub(crate) const HUGE_PAGES_SURPLUS: &str = "HugePages_Surp";
    pub(crate) const ZSWAP: &str = "Zswap";
    pub(crate) const SWAP_TOTAL: &str = "SwapTotal";
    pub(crate) const SWAP_FREE: &str = "SwapFree";
}

/// Names in `/proc/vmstat`.
pub(crate) mod vmstat {
    pub(crate) const OOM_KILLS: &str = "oom_kill";
    pub(crate) const MAJOR_FAULTS: &str = "pgmajfault";
    pub(crate) const SWAPPED_IN: &str = "pswpin";
    pub(crate) const SWAPPED_OUT: &str = "pswpout";
}

/// Names in the statistics of a control group.
pub(crate) mod stat {
    pub(crate) const ANONYMOUS: &str = "anon";
    pub(crate) const FILE: &str = "file";
    pub(crate) const INACTIVE_FILE: &str = "inactive_file";
    pub(crate) const SHARED: &str = "shmem";
    pub(crate) const KERNEL_STACKS: &str = "kernel_stack";
    pub(crate) const PAGE_TABLES: &str = "pagetables";
    pub(crate) const SECONDARY_PAGE_TABLES: &str = "sec_pagetables";
    pub(crate) const PER_CPU: &str = "percpu";
    pub(crate) const SOCKETS: &str = "sock";
    pub(crate) const VMALLOC: &str = "vmalloc";
    pub(crate) const RECLAIMABLE: &str = "slab_reclaimable";
    pub(crate) const UNRECLAIMABLE: &str = "slab_unreclaimable";
    pub(crate) const ZSWAP: &str = "zswap";
    /// The old hierarchy's names; `total_` stands for children included.
    pub(crate) const OLD_ANONYMOUS: &str = "total_rss";
    pub(crate) const OLD_CACHE: &str = "total_cache";
    pub(crate) const OLD_INACTIVE_FILE: &str = "total_inactive_file";
    pub(crate) const OLD_SHARED: &str = "total_shmem";
    pub(crate) const OOM_KILLS: &str = "oom_kill";
}

/// Names of what happened to a control group.
pub(crate) mod event {
    pub(crate) const LOW: &str = "low";
    pub(crate) const HIGH: &str = "high";
    pub(crate) const MAX: &str = "max";
    pub(crate) const OOM: &str = "oom";
    pub(crate) const OOM_KILL: &str = "oom_kill";
    pub(crate) const OOM_GROUP_KILL: &str = "oom_group_kill";
}
