//! The prefilter: which lines of a log may matter while no report is open.
//!
//! Noise must cost almost nothing, and there are hundreds of words to look for.  A search for many
//! words at once costs more with each word; this one hardly does.  Every eighth place of a block is
//! looked at: whichever way a word of fifteen letters lies, eight of its letters stand at one of
//! these places.

use std::sync::LazyLock;

use crate::kernel::words;

use memchr::memmem::Finder;

/// How far apart the places are that are looked at, and how many letters are looked at in each.
const STEP: usize = 8;
/// Bytes whose places are looked at together.
const TOGETHER: usize = 8 * STEP;
/// The table of known letters has two to the power of so many slots, of which few are taken.
const BITS: u32 = 17;
/// The mark of a slot that stands for letters of several kinds.
const ANY: u8 = 0xff;

/// What a word tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// An event may begin, or take a turn.
    Report,
    /// Other trouble.
    Trouble,
}

/// A word in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it begins.
    pub(crate) at: usize,
    pub(crate) topic: Topic,
}

/// Finds the next line that may matter.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// A mark in each slot that stands for letters of a word, and 0 in all others.
    marks: Box<[u8; 1 << BITS]>,
    /// The letters of words, in order.
    grams: Vec<Gram>,
}

/// Eight letters of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Gram {
    letters: u64,
    topic: Topic,
    word: &'static [u8],
    /// Where in the word they stand.
    offset: usize,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        let of = |topic: Topic, words: &'static [&'static str]| {
            words.iter().map(move |word| (topic, word.as_bytes()))
        };
        let words = of(Topic::Report, words::OF_REPORTS).chain(of(Topic::Trouble, words::OF_TROUBLE));
        let mut marks = Box::new([0; 1 << BITS]);
        let mut grams = Vec::new();
        for (topic, word) in words {
            for (offset, letters) in word.array_windows::<STEP>().take(STEP).enumerate() {
                let letters = u64::from_le_bytes(*letters);
                grams.push(Gram { letters, topic, word, offset });
                let (slot, mark) = slot_and_mark(letters);
                if let Some(taken) = marks.get_mut(slot) {
                    *taken = if *taken == 0 || *taken == mark { mark } else { ANY };
                }
            }
        }
        grams.sort_unstable();
        Self { marks, grams }
    }

    /// Returns the next word in a block of whole lines.
    pub(crate) fn find(&self, block: &[u8]) -> Option<Found> {
        let (groups, rest) = block.as_chunks::<TOGETHER>();
        for (index, group) in groups.iter().enumerate() {
            let found = self.find_among(block, group.as_chunks::<STEP>().0, index * TOGETHER);
            if found.is_some() {
                return found;
            }
        }
        // A whole word has one whole place, so what is left at the very end is of no use.
        self.find_among(block, rest.as_chunks::<STEP>().0, block.len() - rest.len())
    }

    /// Looks at up to eight places, of which the first is at `start`.
    #[inline]
    fn find_among(&self, block: &[u8], places: &[[u8; STEP]], start: usize) -> Option<Found> {
        // Each mark takes a byte of this number, the last one the lowest: most often, all are 0.
        let marks = places.iter().fold(0, |marks, place| marks << 8 | u64::from(self.mark(place)));
        if marks == 0 { None } else { self.look_closer(block, places, start, marks) }
    }

    fn mark(&self, place: &[u8; STEP]) -> u8 {
        let (slot, _) = slot_and_mark(u64::from_le_bytes(*place));
        self.marks.get(slot).copied().unwrap_or_default()
    }

    /// Looks at the places that have a mark.
    #[cold]
    fn look_closer(
        &self,
        block: &[u8],
        places: &[[u8; STEP]],
        start: usize,
        mut marks: u64,
    ) -> Option<Found> {
        while marks != 0 {
            // The highest mark is that of the first place that is left.
            let below = marks.ilog2() / 8;
            let taken = (marks >> (8 * below)) as u8;
            marks &= (1 << (8 * below)) - 1;
            let index = places.len().checked_sub(1 + below as usize)?;
            let letters = u64::from_le_bytes(*places.get(index)?);
            let (_, mark) = slot_and_mark(letters);
            if (taken == mark || taken == ANY)
                && let Some(found) = self.word_at(block, letters, start + index * STEP)
            {
                return Some(found);
            }
        }
        None
    }

    /// Returns the word that has these letters at this place.
    fn word_at(&self, block: &[u8], letters: u64, place: usize) -> Option<Found> {
        let first = self.grams.partition_point(|gram| gram.letters < letters);
        let mut same = self.grams.iter().skip(first).take_while(|gram| gram.letters == letters);
        same.find_map(|gram| {
            let at = place.checked_sub(gram.offset)?;
            block.get(at..)?.starts_with(gram.word).then_some(Found { at, topic: gram.topic })
        })
    }
}

/// Returns the slot of eight letters, and their mark in it, which is never 0.
const fn slot_and_mark(letters: u64) -> (usize, u8) {
    let hash = letters.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((hash >> (u64::BITS - BITS)) as usize, (hash >> 32) as u8 | 1)
}

static ROW: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("| Asserted"));

/// Tells whether the head of an input holds the event log of a machine's controller, whose rows have
/// no long words and which is short enough to be read as a whole.
pub(crate) fn holds_controllers_log(head: &[u8]) -> bool {
    ROW.find(head).is_some()
}

static TAG: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("kernel"));

/// Tells whether one of some lines names the kernel as who wrote it, as syslog and the journal do.
pub(crate) fn holds_kernel_line(lines: &[u8]) -> bool {
    TAG.find_iter(lines).any(|at| {
        let before = at.checked_sub(1).and_then(|before| lines.get(before));
        let after = lines.get(at + "kernel".len()..).unwrap_or_default();
        match before {
            Some(b' ') => after.starts_with(b": "),
            Some(b'"') => after.starts_with(b"\""),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::context::specimens::{KERNEL, PROGRAMS};

    /// The fewest letters of a word that cannot lie between the places.
    const SHORTEST: usize = 2 * STEP - 1;

    /// Tells whether a line is found wherever in a block it stands.
    fn is_found(scanner: &Scanner, line: &str) -> bool {
        (0..STEP).all(|distance| scanner.find(format!("{}{line}", "x".repeat(distance)).as_bytes()).is_some())
    }

    #[test]
    fn every_line_that_may_begin_an_event_is_found() {
        let scanner = Scanner::new();
        for line in [
            "oom-killer: gfp_mask=0x201d2, order=0",
            "java invoked oom-killer: gfp_mask=0x0, order=0",
            "Out of Memory: Killed process 86 (portmap).",
            "Killed process 5138 (gnome-panel)",
            "No available memory (MPOL_BIND): kill process 3 (a) score 1 or a child",
            "Out of memory (oom_kill_allocating_task): Kill process 3 (a) score 0 or sacrifice child",
            "Memory cgroup out of memory: Kill process 3 (a) score 1703 or sacrifice child",
            "VM: killing process a",
            "memory: usage 1kB, limit 1kB, failcnt 1",
            "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
            "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom",
            "oom_reaper: reaped process 5 (a), now anon-rss:0kB, file-rss:4kB, shmem-rss:0kB",
            "Tasks in /a are going to be killed due to memory.oom.group set",
            "Kill process 3 (a) sharing same memory",
            "** 12 printk messages dropped **",
            "Missed 12 kernel messages",
            "oom_kill_process: 4 callbacks suppressed",
            "SysRq : Show Memory",
            "sysrq: Show Memory",
            "sysrq: SysRq : Manual OOM execution",
            "a: page allocation stalls for 10050ms, order:0, mode:0x1",
            "a: page allocation failure: order:0, mode:0xa20(GFP_ATOMIC), nodemask=(null)",
            "SLUB: Unable to allocate memory on CPU 3 (of node 0) on node -1, gfp=0x820(GFP_ATOMIC)",
            "Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF",
            "Out of memory and no killable processes...",
            "Out of memory: OOM victim 5 (a) is already exiting. Skip killing the task",
            "OOM killed process 7 (a) score 1 vm:8kB, rss:8kB, swap:0kB",
            "Kernel panic - not syncing: System is deadlocked on memory",
            "a: vmalloc error: size 4096, failed to allocate pages, mode:0xcc0(GFP_KERNEL)",
            "a: vmalloc: allocation failure: 4096 bytes",
            "active_anon:1 inactive_anon:2 isolated_anon:0",
            "Killed /a.slice/b.service due to memory pressure for /a.slice being 87.50% > 60.00%",
            "Killed /a.slice due to memory used (1) / total (2) and swap used (1) / total (2)",
            "sending SIGTERM to process 77 uid 1000 \"a\": oom_score 1200, VmRSS 12 MiB",
            "Sending SIGTERM to the victim",
            "oomd kill: 24.97 9.17 3.11 a.slice 999424 ruleset:[x y] detectorgroup:[mem] killer:by_size v2",
            "Kill 'a' (77), uid 10123, oom_score_adj 0 to free 4096kB rss, 8kB swap; reason: x",
            "lowmemorykiller: send sigkill to 77 (a), adj 529, size 12042",
            "eviction manager: pod web-0_default(0f6a) is evicted successfully",
        ] {
            assert!(is_found(&scanner, line), "{line}");
        }
    }

    #[test]
    fn every_line_of_trouble_is_found_or_announced() {
        let scanner = Scanner::new();
        let of_kernel = KERNEL.iter().map(|(line, ..)| (*line).to_owned());
        let of_programs = PROGRAMS.iter().map(|(program, line, ..)| format!("{program}: {line}"));
        let missed: Vec<String> =
            of_kernel.chain(of_programs).filter(|line| !is_found(&scanner, &format!(" {line}"))).collect();
        // These come right behind a line that is found: a panic, or `[ cut here ]`.  A controller's log
        // is read as a whole.
        assert_eq!(
            missed,
            [
                "Rebooting in 10 seconds..",
                "kernel BUG at fs/inode.c:512!",
                "WARNING: CPU: 1 PID: 13 at kernel/workqueue.c:2542 check+0x118/0x12c",
                "WARNING: at fs/super.c:81 grab_super+0x1/0x2()",
                "WARNING: mm/page_alloc.c:4240 at get_page+0x1/0x2, CPU#3: java/77",
                " 18a | 09/29/2016 | 19:19:10 | Unknown #0xcb |  | Asserted",
                "  2f | 04/03/26 | 07:05:09 PM UTC | Power Unit #0x01 | Power off/down | Deasserted",
            ]
        );
    }

    #[test]
    fn noise_is_passed_over() {
        let scanner = Scanner::new();
        for line in ["", "\n", "usb 1-1: new high-speed USB device", "sshd[1]: Accepted publickey for root"] {
            assert_eq!(scanner.find(line.repeat(20).as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_word_is_found_where_it_begins() {
        let scanner = Scanner::new();
        for distance in 0..200 {
            let block = format!("{}lowmemorykiller{}\n", "x".repeat(distance), "y".repeat(distance % 9));
            let found = Found { at: distance, topic: Topic::Report };
            assert_eq!(scanner.find(block.as_bytes()), Some(found));
            assert_eq!(scanner.find(block.replace("ller", "l").as_bytes()), None);
        }
    }

    #[test]
    fn no_word_can_be_missed() {
        for word in words::OF_REPORTS.iter().chain(words::OF_TROUBLE) {
            assert!(SHORTEST <= word.len(), "{word} has fewer than {SHORTEST} letters");
        }
    }

    #[test]
    fn the_kernels_lines_are_known_by_their_tag() {
        for (lines, holds) in [
            ("May 10 15:45:51 iota kernel: x", true),
            ("{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"x\"}", true),
            ("May 10 15:45:51 iota app[7]: the kernel is fine; kernels are", false),
        ] {
            assert_eq!(holds_kernel_line(lines.as_bytes()), holds, "{lines}");
        }
    }
}
