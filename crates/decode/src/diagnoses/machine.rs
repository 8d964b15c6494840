//! Where the memory went: machines that ran out as a whole.

use oomkit_core::units::Bytes;

pub(super) use tmpfs_shmem::{Mapper, mapper};

use crate::case::{Case, less};

oomkit_core::rules! {
    Case;
    /// The diagnoses of a machine's memory, by code.
    MACHINE = [
        one_process::ONE_PROCESS,
        many_processes::MANY_PROCESSES,
        tmpfs_shmem::TMPFS_SHMEM,
        shared_memory::SHARED_MEMORY,
        shared_counted_often::SHARED_COUNTED_OFTEN,
        slab_unreclaimable::SLAB_UNRECLAIMABLE,
        slab_caches::SLAB_CACHES,
        slab_reclaimable::SLAB_RECLAIMABLE,
        page_tables::PAGE_TABLES,
        kernel_stacks::KERNEL_STACKS,
        huge_pages::HUGE_PAGES,
        huge_pages_in_use::HUGE_PAGES_IN_USE,
        unaccounted::UNACCOUNTED,
        balloon::BALLOON,
        zram::ZRAM,
        zfs_arc::ZFS_ARC,
        driver_memory::DRIVER_MEMORY,
        allocation_sites::ALLOCATION_SITES,
        mlocked::MLOCKED,
        dirty_pages::DIRTY_PAGES,
        page_cache::PAGE_CACHE,
        isolated_pages::ISOLATED_PAGES,
        application_memory::APPLICATION_MEMORY,
        no_swap::NO_SWAP,
        swap_full::SWAP_FULL,
        swap_unused::SWAP_UNUSED,
        reserved_memory::RESERVED_MEMORY,
        failed_memory::FAILED_MEMORY,
        bounce_buffers::BOUNCE_BUFFERS,
        secondary_page_tables::SECONDARY_PAGE_TABLES,
        huge_page_bloat::HUGE_PAGE_BLOAT,
        swap_cache::SWAP_CACHE,
    ]
}

/// Returns the anonymous memory that is not shared, in memory and in swap.
pub(super) fn application_memory(case: &Case) -> Option<Bytes> {
    let shared = case.counter("shmem_bytes").unwrap_or_default();
    Some(less(case.machine.anon?, shared).saturating_add(case.machine.swap_used.unwrap_or_default()))
}

/// Returns the memory that is locked, by the counters or by what the reaper left.
pub(super) fn locked_memory(case: &Case) -> Option<Bytes> {
    case.counter("unevictable_bytes").or_else(|| mlocked::left(case).map(|(_, left)| left))
}
