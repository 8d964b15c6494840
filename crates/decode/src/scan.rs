//! The prefilter: which lines of a log may matter while no report is open.
//!
//! Noise must cost almost nothing, so a block of many lines is searched for a few words at once.
//! Trouble outside of reports has too many words for that, and is looked for by [`Sieve`].

mod sieve;

pub(crate) use sieve::Sieve;

use std::sync::LazyLock;

use aho_corasick::{
    AhoCorasick,
    packed::{Config, MatchKind, Searcher},
};
use memchr::memmem::Finder;

/// Words of which each line that may begin or turn an event has at least one.
///
/// The search looks at the first four bytes of a word, so words begin where a log has rare letters:
/// `lled process` and not `Killed process`, `ge alloc` and not `page allocation`.  Short words stand
/// for several wordings: `oom_` is in reapers and suppressed reports, `oom.g` in group kills.
const WORDS: [&str; 27] = [
    "oom-kill",
    "oom_",
    "oom.g",
    "oomd",
    "lyoom",
    "f memory",
    "f Memory",
    "e memory",
    "lled process",
    "ill process",
    "VM: kill",
    "Mem-",
    "l_vm ",
    "y: usage",
    "ge alloc",
    "_FAULT_OOM",
    "ysrq: ",
    "SysRq",
    "ntk mess",
    "LUB: Un",
    "adlocked",
    "vmalloc",
    "victim",
    "lowmemor",
    "lmkd",
    "nohang",
    "evict",
];

/// Words of trouble outside of reports that are too short for [`Sieve`].
const SHORT_WORDS: [&str; 3] = ["OOMK", "EDAC MC", "BUG: "];

static KERNEL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("kernel"));

/// Tells whether one of some lines names the kernel as who wrote it, as syslog and the journal do.
pub(crate) fn holds_kernel_line(lines: &[u8]) -> bool {
    KERNEL.find_iter(lines).any(|at| {
        let before = at.checked_sub(1).and_then(|before| lines.get(before));
        let after = lines.get(at + "kernel".len()..).unwrap_or_default();
        match before {
            Some(b' ') => after.starts_with(b": "),
            Some(b'"') => after.starts_with(b"\""),
            _ => false,
        }
    })
}

/// Finds the next line that may matter.
#[derive(Debug)]
pub(crate) struct Scanner {
    search: Search,
}

#[derive(Debug)]
enum Search {
    /// Vector instructions, where the processor has them.
    Packed(Box<Searcher>),
    /// An automaton elsewhere.
    Automaton(Box<AhoCorasick>),
}

impl Scanner {
    pub(crate) fn new() -> Self {
        let words = || WORDS.iter().chain(&SHORT_WORDS);
        let packed = Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(words()).build();
        let search = match packed {
            Some(packed) => Search::Packed(Box::new(packed)),
            None => {
                Search::Automaton(Box::new(AhoCorasick::new(words()).expect("the words are few and short")))
            }
        };
        Self { search }
    }

    /// Returns where in `block` the next word begins.
    pub(crate) fn find(&self, block: &[u8]) -> Option<usize> {
        match &self.search {
            Search::Packed(packed) => packed.find(block).map(|found| found.start()),
            Search::Automaton(automaton) => automaton.find(block).map(|found| found.start()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_may_begin_an_event_is_found() {
        let scanner = Scanner::new();
        for line in [
            "oom-killer: gfp_mask=0x201d2, order=0",
            "java invoked oom-killer: gfp_mask=0x0, order=0",
            "Out of Memory: Killed process 86 (portmap).",
            "Killed process 5138 (gnome-panel)",
            "No available memory (MPOL_BIND): kill process 3 (a) score 1 or a child",
            "VM: killing process a",
            "memory: usage 1kB, limit 1kB, failcnt 1",
            "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
            "Tasks in /a are going to be killed due to memory.oom.group set",
            "Kill process 3 (a) sharing same memory",
            "** 12 printk messages dropped **",
            "SysRq : Show Memory",
            "sysrq: SysRq : Manual OOM execution",
            "a: page allocation stalls for 10050ms, order:0, mode:0x1",
            "Out of memory and no killable processes...",
            "Out of memory: OOM victim 5 (a) is already exiting. Skip killing the task",
            "OOM killed process 7 (a) score 1 vm:8kB, rss:8kB, swap:0kB",
            "Kernel panic - not syncing: System is deadlocked on memory",
            "a: vmalloc error: size 4096, failed to allocate pages, mode:0xcc0(GFP_KERNEL)",
            "a: vmalloc: allocation failure: 4096 bytes",
        ] {
            assert!(scanner.find(line.as_bytes()).is_some(), "{line}");
        }
        for line in ["", "usb 1-1: new high-speed USB device", "sshd[1]: Accepted publickey for root"] {
            assert_eq!(scanner.find(line.as_bytes()), None, "{line}");
        }
    }
}
