//! The prefilter: which lines of a log may matter while no report is open.
//!
//! Noise must cost almost nothing, so a block of many lines is searched for a few words at once.

use aho_corasick::{
    AhoCorasick,
    packed::{Config, MatchKind, Searcher},
};

/// Words of which each line that may begin or turn an event has at least one.
///
/// Short words that stand for several wordings keep the search fast: `oom-kill` is in heads and
/// summaries, `oom_` in reapers and suppressed reports.
const WORDS: [&str; 27] = [
    "oom-kill",
    "oom_reaper",
    "oom_kill_",
    "ut of memory",
    "ut of Memory",
    "illed process",
    "ill process",
    "Mem-Info",
    "Mem-info",
    "page allocation ",
    "total_vm",
    "memory: usage",
    "Memory cgroup ",
    "Task in /",
    "Tasks in /",
    "sysrq: ",
    "SysRq : ",
    "deadlocked on memory",
    "callbacks suppressed",
    "printk messages",
    "killing process",
    "VM_FAULT_OOM",
    "systemd-oomd",
    "earlyoom",
    "lowmemorykiller",
    "victim",
    "evict",
];

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
        let packed = Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(WORDS).build();
        let search = match packed {
            Some(packed) => Search::Packed(Box::new(packed)),
            None => {
                Search::Automaton(Box::new(AhoCorasick::new(WORDS).expect("the words are few and short")))
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
            "Memory cgroup stats for /a:",
            "Task in /a killed as a result of limit of /a",
            "SysRq : Show Memory",
            "sysrq: SysRq : Manual OOM execution",
            "a: page allocation stalls for 10050ms, order:0, mode:0x1",
            "Kernel panic - not syncing: System is deadlocked on memory",
            "Out of memory: OOM victim 5 (a) is already exiting. Skip killing the task",
            "OOM killed process 7 (a) score 1 vm:8kB, rss:8kB, swap:0kB",
        ] {
            assert!(scanner.find(line.as_bytes()).is_some(), "{line}");
        }
        for line in ["", "usb 1-1: new high-speed USB device", "sshd[1]: Accepted publickey for root"] {
            assert_eq!(scanner.find(line.as_bytes()), None, "{line}");
        }
    }
}
