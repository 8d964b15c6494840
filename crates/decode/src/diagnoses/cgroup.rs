//! Cgroups at their limits: whose limit it was, and what filled them.

use crate::case::Case;

oomkit_core::rules! {
    Case;
    /// The diagnoses of cgroups, by code.
    CGROUP = [
        limit::LIMIT,
        swap_limit::SWAP_LIMIT,
        below_limit::BELOW_LIMIT,
        anonymous::ANONYMOUS,
        tmpfs_shmem::TMPFS_SHMEM,
        dirty_pages::DIRTY_PAGES,
        page_cache::PAGE_CACHE,
        kernel_memory::KERNEL_MEMORY,
        slab_unreclaimable::SLAB_UNRECLAIMABLE,
        sockets::SOCKETS,
        kmem_limit::KMEM_LIMIT,
        page_tables::PAGE_TABLES,
        percpu::PERCPU,
        kernel_stacks::KERNEL_STACKS,
        no_swap::NO_SWAP,
        swap_full::SWAP_FULL,
        zswap::ZSWAP,
        transparent_huge_pages::TRANSPARENT_HUGE_PAGES,
        long_at_limit::LONG_AT_LIMIT,
        bystander::BYSTANDER,
        java::JAVA,
        tiny_limit::TINY_LIMIT,
        ownerless::OWNERLESS,
        lowered_limit::LOWERED_LIMIT,
        swap_not_counted::SWAP_NOT_COUNTED,
        one_process::ONE_PROCESS,
        many_processes::MANY_PROCESSES,
        shared_memory::SHARED_MEMORY,
        slab_reclaimable::SLAB_RECLAIMABLE,
        unaccounted::UNACCOUNTED,
    ]
}
