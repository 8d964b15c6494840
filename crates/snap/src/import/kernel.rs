//! The kernel's names for what other tools call differently.

use oomkit_core::units::Bytes;

use crate::{
    kernel::{event, meminfo, stat},
    name::Name,
    snapshot::{Figures, Meminfo},
};

/// Which figure of the machine a size is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Total,
    Free,
    Available,
    Buffers,
    Cached,
    SwapCached,
    Active,
    Inactive,
    Dirty,
    Writeback,
    Anonymous,
    Mapped,
    Shared,
    Slab,
    Reclaimable,
    Unreclaimable,
    KernelStacks,
    PageTables,
    Unevictable,
    Locked,
    Committed,
    CommitLimit,
    VmallocUsed,
    SwapTotal,
    SwapFree,
    HugePages,
}

impl Size {
    const fn name(self) -> &'static str {
        match self {
            Self::Total => meminfo::TOTAL,
            Self::Free => meminfo::FREE,
            Self::Available => meminfo::AVAILABLE,
            Self::Buffers => meminfo::BUFFERS,
            Self::Cached => meminfo::CACHED,
            Self::SwapCached => "SwapCached",
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Dirty => "Dirty",
            Self::Writeback => "Writeback",
            Self::Anonymous => meminfo::ANONYMOUS,
            Self::Mapped => "Mapped",
            Self::Shared => meminfo::SHARED,
            Self::Slab => meminfo::SLAB,
            Self::Reclaimable => meminfo::RECLAIMABLE,
            Self::Unreclaimable => meminfo::UNRECLAIMABLE,
            Self::KernelStacks => meminfo::KERNEL_STACKS,
            Self::PageTables => meminfo::PAGE_TABLES,
            Self::Unevictable => "Unevictable",
            Self::Locked => "Mlocked",
            Self::Committed => "Committed_AS",
            Self::CommitLimit => "CommitLimit",
            Self::VmallocUsed => "VmallocUsed",
            Self::SwapTotal => meminfo::SWAP_TOTAL,
            Self::SwapFree => meminfo::SWAP_FREE,
            Self::HugePages => meminfo::HUGE_PAGES,
        }
    }
}

/// Gathers the sizes that are known; `None` where none is.
pub(super) fn meminfo(sizes: impl IntoIterator<Item = (Size, Option<Bytes>)>) -> Option<Meminfo> {
    let known = sizes.into_iter().filter_map(|(size, bytes)| Some((Name::from(size.name()), bytes?)));
    let sizes: std::collections::BTreeMap<Name, Bytes> = known.collect();
    (!sizes.is_empty()).then(|| Meminfo { sizes, counts: Figures::new() })
}

/// The statistics of a control group that below calls by other names.
pub(super) const STATISTICS: &[(&str, &str)] = &[
    ("Mem Anon", stat::ANONYMOUS),
    ("Mem File", stat::FILE),
    ("Inactive File", stat::INACTIVE_FILE),
    ("Active File", "active_file"),
    ("Inactive Anon", "inactive_anon"),
    ("Active Anon", "active_anon"),
    ("Unevictable", "unevictable"),
    ("Kernel Stack", "kernel_stack"),
    ("Mem Slab", "slab"),
    ("Slab Reclaimable", "slab_reclaimable"),
    ("Slab Unreclaimable", "slab_unreclaimable"),
    ("Mem Sock", "sock"),
    ("Mem Shmem", "shmem"),
    ("Mem Zswap", "zswap"),
    ("Mem Zswapped", "zswapped"),
];

/// The events of a control group that below calls by other names.
pub(super) const EVENTS: &[(&str, &str)] = &[
    ("Events Low", "low"),
    ("Events High", "high"),
    ("Events Max", "max"),
    ("Events OOM", "oom"),
    ("Events Kill", event::OOM_KILL),
];
