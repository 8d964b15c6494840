//! The columns of the task table, of every era.

use super::Word;

const OOM: &str = "mm/oom_kill.c";

pub(super) const WORDS: &[Word] = words! {
    "Tasks state" ["Tasks state (memory values in pages)"]: "", "4.19", OOM;
        "Introduces the task table. "
        "Its remark about pages is not true of `pgtables_bytes`.";
    "tgid": "process id", "2.6.25", OOM;
        "The id of the process; equal to the thread id in the first column unless the main thread has ended.";
    "total_vm" ["vsz", "vm"]: "pages in the task table; kB in the kill line", "2.6.25", OOM;
        "The address space of the process, touched or not. "
        "It says what was reserved, not what was used, and plays no part in the choice since 2.6.36.";
    "rss" ["resident set"]: "pages in the task table; KiB or bytes in cgroup statistics", "2.6.25", OOM;
        "Resident memory of the process: anonymous, file and shared pages; pages that several processes share are counted for each of them. "
        "In the statistics of a cgroup of version 1 it means anonymous memory alone.";
    "rss_anon": "pages", "6.8", OOM;
        "The anonymous part of the resident memory.";
    "rss_file": "pages", "6.8", OOM;
        "The part of the resident memory that is mapped from files.";
    "rss_shmem": "pages", "6.8", OOM;
        "The part of the resident memory that is shared memory or mapped from tmpfs.";
    "nr_ptes": "pages", "3.6 to 4.14", OOM;
        "Page tables of the lowest level, one page each.";
    "nr_pmds": "pages", "4.0 to 4.14", OOM;
        "Page tables of the second level, one page each.";
    "nr_puds": "pages", "4.15-rc", OOM;
        "Page tables of the third level, one page each.";
    "pgtables_bytes": "bytes", "4.15", OOM;
        "All page tables of the process. "
        "This is the only column that does not count pages.";
    "swapents": "pages", "3.6", OOM;
        "Pages of the process that are in swap.";
};
