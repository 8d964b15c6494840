//! Zones, watermarks, free lists, huge pages, and the totals that end `Mem-Info:`.

use super::Word;

const SHOW: &str = "mm/show_mem.c";
const MMZONE: &str = "include/linux/mmzone.h";
const SWAP: &str = "mm/swap_state.c";

pub(super) const WORDS: &[Word] = words! {
    "DMA" ["ZONE_DMA"]: "", "always", MMZONE;
        "The zone for devices with the smallest reach, the first 16 MiB on x86.";
    "DMA32" ["ZONE_DMA32"]: "", "2.6.15", MMZONE;
        "The zone below 4 GiB, for devices with 32 bits of address.";
    "Normal" ["ZONE_NORMAL"]: "", "always", MMZONE;
        "The zone of ordinary memory; on 32-bit machines only what the kernel maps permanently, less than 1 GiB.";
    "HighMem" ["ZONE_HIGHMEM"]: "", "always", MMZONE;
        "On 32-bit machines, memory that the kernel has to map before it can use it. "
        "Kernel structures cannot live here, so the lower zones can run out while this one is free.";
    "Movable" ["ZONE_MOVABLE"]: "", "2.6.23", MMZONE;
        "The zone for pages that can be moved, so that memory can be unplugged. "
        "The kernel's own allocations may not use it.";
    "Device" ["ZONE_DEVICE"]: "", "4.3", MMZONE;
        "Memory of devices that is described by pages but never handed out by the allocator.";
    "boost": "kB", "5.16", SHOW;
        "A temporary rise of the watermarks after fragmentation, so that reclaim makes larger pieces.";
    "min" ["min watermark"]: "kB", "always", SHOW;
        "Ordinary allocations fail below this level, and the OOM killer runs if reclaim cannot raise it. "
        "What lies below is for the kernel's emergencies.";
    "low" ["low watermark"]: "kB", "always", SHOW;
        "Below this level the background reclaimer wakes.";
    "high" ["high watermark"]: "kB", "always", SHOW;
        "At this level the background reclaimer goes back to sleep.";
    "lowmem_reserve" ["lowmem_reserve[]"]: "pages, one number for each zone type", "always", SHOW;
        "What an allocation that could have used a higher zone must leave free in this one, on top of the watermark. "
        "This is why a small DMA zone looks free and yet cannot be used.";
    "protections[]": "pages, one number for each zone type", "older than 2.6.18", SHOW;
        "The elder name of `lowmem_reserve[]`.";
    "per-cpu" ["hi", "btch", "usd"]: "pages", "always to 4.0", SHOW;
        "The private free lists of each processor: their upper bound, how many pages move at a time, and how many lie there.";
    "free list" ["buddy list"]: "count of blocks by size", "always", SHOW;
        "How many free blocks of each size a zone has, from one page up, and their sum. "
        "An allocation of order n needs a block of that size or larger, and of a type that it may use.";
    "unmovable block" ["(U)", "MIGRATE_UNMOVABLE"]: "", "3.8", MMZONE;
        "Letter U in a free list: the blocks lie where the kernel keeps what cannot move.";
    "movable block" ["(M)", "MIGRATE_MOVABLE"]: "", "3.8", MMZONE;
        "Letter M in a free list: the blocks lie among pages that can be moved.";
    "reclaimable block" ["(E)", "MIGRATE_RECLAIMABLE"]: "", "3.8", MMZONE;
        "Letter E in a free list: the blocks lie among caches that can shrink.";
    "reserve block" ["(R)", "MIGRATE_RESERVE"]: "", "3.8 to 4.3", MMZONE;
        "Letter R in a free list: the blocks are a reserve for urgent allocations.";
    "highatomic block" ["(H)", "MIGRATE_HIGHATOMIC"]: "", "4.4", MMZONE;
        "Letter H in a free list: the blocks are kept for urgent allocations of several pages.";
    "CMA block" ["(C)", "MIGRATE_CMA"]: "", "3.8", MMZONE;
        "Letter C in a free list: the blocks belong to an area for contiguous allocations, and only movable pages may borrow them.";
    "isolated block" ["(I)", "MIGRATE_ISOLATE"]: "", "3.8", MMZONE;
        "Letter I in a free list: the blocks are being taken out of use, for a large allocation or for unplugging.";
    "hugepages_total": "count of huge pages", "3.10", "mm/hugetlb.c";
        "Huge pages in the pool of a node. "
        "They are taken from ordinary memory when the pool is filled, whether anybody uses them or not.";
    "hugepages_free": "count of huge pages", "3.10", "mm/hugetlb.c";
        "Huge pages in the pool that nobody uses, so memory that is set aside for nothing.";
    "hugepages_surp": "count of huge pages", "3.10", "mm/hugetlb.c";
        "Huge pages above the configured size of the pool, taken on demand.";
    "hugepages_size": "kB", "3.10", "mm/hugetlb.c";
        "The size of one huge page of this pool.";
    "total pagecache pages" ["pagecache pages"]: "pages", "2.6.25", SHOW;
        "Everything in the page cache: file pages, shared memory and the swap cache.";
    "pages in swap cache": "pages", "2.6.27", SWAP;
        "Pages that are in memory and in swap at the same time.";
    "Swap cache stats" ["Swap cache: add"]: "count", "always to 5.19", SWAP;
        "How often pages went into the swap cache, left it, and were looked for there, since boot.";
    "Free swap": "kB", "always", SWAP;
        "Swap space that is not in use. "
        "Zero means that anonymous memory had nowhere to go; some kernels of the 4.16 era print negative numbers.";
    "Total swap": "kB", "always", SWAP;
        "All swap space; zero means that the machine has none.";
    "pages RAM" ["pages of RAM"]: "pages", "always", SHOW;
        "All memory that the kernel knows of, including what it keeps for itself.";
    "pages HighMem" ["pages of HIGHMEM", "pages HighMem/MovableOnly"]: "pages", "always", SHOW;
        "Memory in the zones that kernel structures cannot use.";
    "pages reserved" ["reserved pages"]: "pages", "always", SHOW;
        "Memory that the page allocator never got: the kernel's image, firmware, what was set aside at boot. "
        "Kernels 3.13 to 3.17 count too little here, and 3.19 to 4.1 leave out contiguous areas.";
    "pages shared": "pages", "always to 3.12", SHOW;
        "Pages with more than one user.";
    "pages non-shared": "pages", "2.6.27 to 3.12", SHOW;
        "Pages with exactly one user.";
    "pages cma reserved": "pages", "3.19", SHOW;
        "Memory in the areas for contiguous allocations.";
    "pages hwpoisoned": "pages", "3.14", SHOW;
        "Pages that were taken out of use because the hardware reported an error in them.";
    "pages in pagetable cache": "pages", "always to 5.3", SHOW;
        "Page tables that are kept for the next process, on a few architectures.";
};
