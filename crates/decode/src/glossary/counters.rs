//! The counters of `Mem-Info:`, for the whole machine, for a node and for a zone.
//!
//! Many of them occur again in a cgroup's statistics, in bytes and with the same meaning.

use super::Word;

const SHOW: &str = "mm/show_mem.c";

pub(super) const WORDS: &[Word] = words! {
    "Mem-Info": "", "always", SHOW;
        "Introduces the counters of the machine, its nodes and its zones. "
        "Reports about a cgroup's limit have them up to 3.8 only.";
    "active_anon": "pages; kB in node and zone lines; bytes in cgroup statistics", "2.6.28", SHOW;
        "Anonymous pages that were used lately. "
        "Under version 2 of cgroups it does not include shared memory that is locked or cannot be evicted.";
    "inactive_anon": "pages; kB in node and zone lines; bytes in cgroup statistics", "2.6.28", SHOW;
        "Anonymous and shared pages that were not used lately and would be swapped out first. "
        "Pages of tmpfs stand here too.";
    "isolated_anon" ["isolated(anon)"]: "pages; kB in node and zone lines", "2.6.32", SHOW;
        "Anonymous pages that reclaim or compaction has taken off the lists for the moment. "
        "A large number means that many tasks reclaim at once.";
    "active_file": "pages; kB in node and zone lines; bytes in cgroup statistics", "2.6.28", SHOW;
        "Pages of the page cache that were used repeatedly.";
    "inactive_file": "pages; kB in node and zone lines; bytes in cgroup statistics", "2.6.28", SHOW;
        "Pages of the page cache that were used once or long ago, the first to be reclaimed. "
        "At an honest OOM kill this is close to zero.";
    "isolated_file" ["isolated(file)"]: "pages; kB in node and zone lines", "2.6.32", SHOW;
        "Pages of the page cache that reclaim or compaction has taken off the lists for the moment.";
    "active": "pages; kB in zone lines", "always to 2.6.27", SHOW;
        "Pages that were used lately, anonymous and file pages together.";
    "inactive": "pages; kB in zone lines", "always to 2.6.27", SHOW;
        "Pages that were not used lately, anonymous and file pages together.";
    "unevictable": "pages; kB in node and zone lines; bytes in cgroup statistics", "2.6.28", SHOW;
        "Pages that reclaim may not touch: locked with mlock, in a ramfs, or in locked shared memory.";
    "mlocked": "kB", "2.6.28", SHOW;
        "Pages that a process has locked into memory.";
    "dirty": "pages; kB in node and zone lines; bytes in version 1 cgroup statistics", "always", SHOW;
        "Pages of the page cache that have to be written to disk before they can be dropped.";
    "writeback": "pages; kB in node and zone lines; bytes in version 1 cgroup statistics", "always", SHOW;
        "Pages that are being written to disk or swap at this moment.";
    "unstable": "pages; kB in node and zone lines", "always to 5.7", SHOW;
        "Pages that were sent to an NFS server but not yet confirmed to be on its disk.";
    "writeback_tmp": "kB", "2.6.26 to 6.16", SHOW;
        "Temporary copies of pages that a FUSE file system is writing.";
    "writepending": "kB", "4.8", SHOW;
        "Pages of the zone that are dirty or being written, as the allocator counts them.";
    "slab": "pages; bytes in cgroup statistics", "always to 2.6.31; in cgroups since 5.3", SHOW;
        "Memory of the kernel's object caches, reclaimable and unreclaimable together.";
    "slab_reclaimable": "pages; kB in zone lines; bytes in cgroup statistics", "2.6.32", SHOW;
        "Object caches that can shrink under pressure, mostly those of file names and inodes. "
        "Objects that are in use, or share a slab with one, stay.";
    "slab_unreclaimable": "pages; kB in zone lines; bytes in cgroup statistics", "2.6.32", SHOW;
        "Object caches that cannot shrink. "
        "If this is a large share of the memory, the kernel or a driver holds what is missing.";
    "mapped": "pages; kB in node and zone lines", "always", SHOW;
        "Pages of files and of shared memory that at least one process has mapped; a part of the page cache.";
    "mapped-anon": "pages", "RHEL 5", SHOW;
        "Anonymous pages that a process has mapped.";
    "shmem": "pages; kB in node and zone lines; bytes in cgroup statistics", "2.6.32", SHOW;
        "Pages of tmpfs, of shared memory and of memory files. "
        "They are a part of the anonymous lists and of the page cache at once, and only swap can take them.";
    "shmem_thp": "kB; bytes in cgroup statistics", "4.8", SHOW;
        "The part of the shared memory that consists of transparent huge pages.";
    "shmem_pmdmapped": "kB", "4.8", SHOW;
        "The part of the shared memory that is mapped as whole huge pages.";
    "anon_thp": "kB; bytes in cgroup statistics", "4.8", SHOW;
        "The part of the anonymous memory that consists of transparent huge pages.";
    "pagetables": "pages; kB in node and zone lines; bytes in cgroup statistics", "always", SHOW;
        "Page tables of processes. "
        "Many processes that map the same large shared memory can fill the machine with them.";
    "sec_pagetables": "pages; kB in node lines; bytes in cgroup statistics", "6.1", SHOW;
        "Page tables of virtual machines and of IOMMUs.";
    "bounce": "pages; kB in zone lines", "2.6.22", SHOW;
        "Copies of pages in low memory for devices that cannot reach the original. "
        "It has been a constant 0 since 6.16.";
    "kernel_misc_reclaimable": "pages", "5.12", SHOW;
        "Kernel memory outside of the object caches that its owners say they can give back, such as buffers of graphics drivers.";
    "kernel_stack": "kB; bytes in cgroup statistics", "2.6.32", SHOW;
        "The stacks of all threads inside of the kernel, commonly 16 KiB for each thread.";
    "shadow_call_stack": "kB", "5.9", SHOW;
        "The second stacks of threads, which hold return addresses alone (arm64 and riscv, by configuration).";
    "free": "pages; kB in zone lines", "always", SHOW;
        "Memory that nobody uses. "
        "It is never zero, because every zone keeps back what the min watermark and the reserves ask for.";
    "free_pcp": "pages; kB in zone lines", "4.1", SHOW;
        "Free pages that lie on the private lists of processors, and are not counted as free.";
    "local_pcp": "kB", "4.1", SHOW;
        "The part of these private lists that belongs to the processor of the trigger.";
    "free_cma": "pages; kB in zone lines", "3.7", SHOW;
        "Free pages in the areas for contiguous allocations, which only movable allocations can use.";
    "free_highatomic": "kB, by older kernels spelled KB", "6.15", SHOW;
        "The free part of the blocks that are kept for urgent allocations of several pages.";
    "reserved_highatomic": "kB, by older kernels spelled KB", "5.5", SHOW;
        "Page blocks that are kept for urgent allocations of several pages, and are closed to everybody else.";
    "zspages": "kB", "6.18", SHOW;
        "Memory of zsmalloc, in which zram and zswap keep compressed pages.";
    "present": "kB", "always", SHOW;
        "The memory of the zone without holes, managed or not.";
    "managed": "kB", "3.8", SHOW;
        "The memory of the zone that the page allocator hands out: what is present, less what was reserved at boot.";
    "pages_scanned": "pages", "always to 4.11", SHOW;
        "How many pages reclaim has looked at since one was last freed; a large number means that it looks in vain.";
    "all_unreclaimable" ["all_unreclaimable?"]: "yes or no", "always", SHOW;
        "Whether reclaim has given up on the zone (up to 4.7) or the node (since 4.8).";
    "Balloon": "kB", "6.16", SHOW;
        "Memory that a balloon driver of this virtual machine has given to the host.";
    "gpu_active": "kB", "7.0", SHOW;
        "Memory in use by graphics drivers.";
    "gpu_reclaim": "kB", "7.0", SHOW;
        "Memory in the pools of graphics drivers that can be taken back.";
};
