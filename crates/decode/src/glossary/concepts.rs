//! Ideas that a reader needs before the words of a report make sense.

use super::Word;

const OOM: &str = "mm/oom_kill.c";
const PAGE_ALLOC: &str = "mm/page_alloc.c";
const MMZONE: &str = "include/linux/mmzone.h";

pub(super) const WORDS: &[Word] = words! {
    "OOM killer" ["oom-killer", "out of memory killer"]: "", "always", OOM;
        "The part of the kernel that ends a process when an allocation cannot be had and reclaim found nothing more to free. "
        "It runs in the task that asked, which is why that task stands at the head of the report.";
    "trigger" ["invoked oom-killer"]: "", "always", OOM;
        "The task whose allocation failed and that therefore started the OOM killer. "
        "It is not necessarily to blame: anybody can be the one who asks when nothing is left.";
    "victim" ["killed process"]: "", "always", OOM;
        "The process that the kernel ended. "
        "It had the highest score, which is mostly a matter of size, and need be neither the trigger nor the culprit.";
    "culprit": "", "always", OOM;
        "Whoever holds the memory that is missing: a process, many processes together, a file system in memory, or the kernel itself. "
        "The kernel has no notion of it, so it has to be concluded from the counters.";
    "badness" ["oom_badness"]: "pages", "always", OOM;
        "The number by which candidates are ranked: resident pages, pages in swap and page tables, moved by the adjustment. "
        "The candidate with the highest number is chosen.";
    "totalpages": "pages", "2.6.36", OOM;
        "The memory that scores are a share of: RAM and swap of the machine, of the allowed nodes, or the limit of the cgroup. "
        "One point of adjustment is worth a thousandth of it.";
    "page": "pages", "always", "include/asm-generic/getorder.h";
        "The smallest piece of memory that the kernel hands out. "
        "Counts in pages mean nothing until the page size is known.";
    "page size": "bytes", "always", "include/linux/mm.h";
        "4 KiB on x86, 4, 16 or 64 KiB on arm64, usually 64 KiB on ppc64. "
        "The report never names it, but the smallest block of the free lists is one page.";
    "node" ["NUMA node"]: "", "always", MMZONE;
        "A part of the memory that is close to some processors. "
        "A machine with one socket usually has one node, number 0.";
    "zone": "", "always", MMZONE;
        "A part of a node with the same reach: what old devices can address, what the kernel maps, what can be moved. "
        "An allocation names the highest zone that it may use, and falls back to lower ones.";
    "watermark": "kB", "always", PAGE_ALLOC;
        "A level of free memory in a zone at which something starts or stops: min, low and high. "
        "Ordinary allocations fail when free memory, less the reserve, is not above min.";
    "reclaim": "", "always", "mm/vmscan.c";
        "Taking pages back from those who use them: clean file pages are dropped, dirty ones written, anonymous ones swapped out. "
        "The OOM killer runs when reclaim makes no progress.";
    "kswapd": "", "always", "mm/vmscan.c";
        "The kernel thread of a node that reclaims in the background between the low and the high watermark. "
        "When it cannot keep up, allocating tasks have to reclaim for themselves.";
    "compaction": "", "2.6.35", "mm/compaction.c";
        "Moving pages together so that free memory comes in larger pieces. "
        "It matters for allocations of an order above 0.";
    "fragmentation": "", "always", PAGE_ALLOC;
        "Free memory exists, but not in pieces of the wanted order. "
        "The free lists show it: many small blocks and no large ones.";
    "LRU": "", "always", "mm/vmscan.c";
        "The lists on which reclaim looks for pages: active and inactive, for anonymous and file pages each, and one for what cannot be evicted.";
    "anonymous memory": "", "always", "mm/rmap.c";
        "Memory without a file behind it: heap, stack, private mappings. "
        "Without swap it cannot be reclaimed at all.";
    "page cache": "", "always", "mm/filemap.c";
        "File contents kept in memory. "
        "It counts as used but is given back on demand, unless it is dirty, locked, or belongs to a file system in memory.";
    "shared memory" ["tmpfs"]: "", "always", "mm/shmem.c";
        "Pages of tmpfs, of System V and POSIX shared memory, and of memory files. "
        "They live in the page cache but can only be swapped, never dropped, and killing a process does not free them while the file exists.";
    "overcommit": "", "always", "mm/util.c";
        "Promising more memory than there is, in the hope that not all of it will be touched. "
        "The OOM killer is what happens when the hope fails.";
    "memory cgroup" ["memcg", "mem_cgroup"]: "", "2.6.25", "mm/memcontrol.c";
        "A group of processes whose memory is counted together and may be limited. "
        "When the group reaches its limit and reclaim in it fails, a process of that group is killed, however much memory the machine has left.";
};
