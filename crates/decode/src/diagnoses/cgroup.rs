//! Cgroups at their limits: whose limit it was, and what filled them.

pub(super) use memcg_one_process::{Holder, who as one_process};

use crate::case::Case;

oomkit_core::rules! {
    Case;
    /// The diagnoses of cgroups, by code.
    CGROUP = [
        memcg_limit::MEMCG_LIMIT,
        memcg_swap_limit::MEMCG_SWAP_LIMIT,
        memcg_below_limit::MEMCG_BELOW_LIMIT,
        memcg_anonymous::MEMCG_ANONYMOUS,
        memcg_tmpfs_shmem::MEMCG_TMPFS_SHMEM,
        memcg_dirty_pages::MEMCG_DIRTY_PAGES,
        memcg_page_cache::MEMCG_PAGE_CACHE,
        memcg_kernel_memory::MEMCG_KERNEL_MEMORY,
        memcg_slab_unreclaimable::MEMCG_SLAB_UNRECLAIMABLE,
        memcg_sockets::MEMCG_SOCKETS,
        memcg_kmem_limit::MEMCG_KMEM_LIMIT,
        memcg_page_tables::MEMCG_PAGE_TABLES,
        memcg_percpu::MEMCG_PERCPU,
        memcg_kernel_stacks::MEMCG_KERNEL_STACKS,
        memcg_no_swap::MEMCG_NO_SWAP,
        memcg_swap_full::MEMCG_SWAP_FULL,
        memcg_zswap::MEMCG_ZSWAP,
        memcg_transparent_huge_pages::MEMCG_TRANSPARENT_HUGE_PAGES,
        memcg_long_at_limit::MEMCG_LONG_AT_LIMIT,
        memcg_bystander::MEMCG_BYSTANDER,
        memcg_java::MEMCG_JAVA,
        memcg_tiny_limit::MEMCG_TINY_LIMIT,
        memcg_ownerless::MEMCG_OWNERLESS,
        memcg_lowered_limit::MEMCG_LOWERED_LIMIT,
        memcg_swap_not_counted::MEMCG_SWAP_NOT_COUNTED,
        memcg_one_process::MEMCG_ONE_PROCESS,
        memcg_many_processes::MEMCG_MANY_PROCESSES,
        memcg_shared_memory::MEMCG_SHARED_MEMORY,
        memcg_slab_reclaimable::MEMCG_SLAB_RECLAIMABLE,
        memcg_unaccounted::MEMCG_UNACCOUNTED,
    ]
}
