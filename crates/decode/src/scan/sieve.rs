//! The second prefilter: words of trouble outside of reports, of which there are far more than of reports.
//!
//! A search for many words at once costs more with each word.  This one does not: every eighth
//! place of a block is looked at, and whichever way a word of eleven letters lies, four of its
//! letters stand at one of these places.

/// How far apart the places are that are looked at.
const STEP: usize = 8;
/// How many letters are looked at in each place.
const GRAM: usize = 4;
/// The fewest letters of a word that cannot lie between the places.
const SHORTEST: usize = STEP + GRAM - 1;
/// Places that are looked at together.
const TOGETHER: usize = 8 * STEP;
/// Bits of the number that stands for four letters.
const BITS: u32 = 14;

/// Words of which each line of trouble has at least one, or one of [`SHORT_WORDS`].
///
/// Only the first eleven letters are searched for, so words begin where a log has rare letters.
const WORDS: &[&str] = &[
    // Tasks and processors that hang.
    "INFO: task ",
    "re hung task reports",
    "ockup - CPU#",
    "rd LOCKUP on cpu",
    "ected stall",
    "ected expedited stall",
    "kthread starved",
    "OOM is now expected",
    "queue lockup",
    " hogged CPU",
    // The kernel's own crashes.
    "Kernel panic - not sync",
    "to kill init!",
    "Rebooting in ",
    "nable to handle ",
    "NULL pointer deref",
    "ral protection ",
    "divide error: 0",
    "double fault",
    "nvalid opcode",
    "Oops: 0000 [",
    "Oops: 0001 [",
    "Oops: 0002 [",
    "Oops: 0003 [",
    "Oops: 0010 [",
    "Oops: 0011 [",
    "Oops: Kernel",
    "Internal error: ",
    "kernel BUG at ",
    "WARNING: CPU:",
    "WARNING: at ",
    "[ cut here ]-",
    "Linux version ",
    "ommand line: ",
    "crashkernel",
    "for elfcorehdr",
    // Programs that crash.
    "segfault at ",
    "segfault (11",
    "unhandled exception",
    "unhandled signal",
    "unhandled level",
    "unexpected fatal signal",
    "trap divide error ip:",
    "trap int3 ip:",
    "trap stack segment",
    "trap invalid opcode ip:",
    "dumped core.",
    "without generating a core",
    // Hardware.
    "[Hardware Error]: ",
    "Machine Check",
    "Machine check events",
    "hardware memory corruption",
    "hardware memory error",
    "dirty LRU page",
    "Memory failure: 0x",
    "oft offline: 0x",
    "oft offlining page",
    "Corrupted low memory",
    "NMI received for",
    "temperature above th",
    " | Asserted",
    "| Deasserted",
    // Disks and file systems.
    "error, dev ",
    " I/O error ",
    " I/O error,",
    "I/O Error Detected",
    "ecting I/O to",
    "Device offlined",
    "hostbyte=DID_",
    "Sense Key : ",
    "detected conn error",
    "ping timeout of",
    "recovery timed out",
    "iSCSI connection",
    "blocked FC remote port",
    "exception Emask",
    "hard resetting link",
    "failed command: ",
    " QID 4 timeout",
    "timeout, aborting",
    "timeout, reset con",
    "timeout, completion polled",
    "controller is down; will",
    "not ready; aborting",
    "after probe failure",
    " not responding, ",
    "Disk failure on",
    "Failing path",
    "SeekComplete",
    "active paths: 0",
    "unreadable (pending",
    "SMART self-check",
    "-fs error (device",
    "-fs warning (device",
    "ounting filesystem read-only",
    "Aborting journal",
    "updating journal superblock",
    "flushing file data",
    "ted aborted journal",
    "force_shutdown(",
    "ting down filesystem",
    "ctify the problem",
    "XFS internal error",
    "rnal error xfs_",
    "orruption of in-mem",
    "orruption detected",
    "tadata corruption",
    "returned an error",
    "memory allocation deadlock",
    "BTRFS error (",
    "BTRFS critical (",
    "BTRFS: error (",
    "forced readonly",
    "s been set read-only",
    "FAT-fs (sda1): error",
    // Memory, short of an OOM.
    "error on swap-device",
    "Bad swap fi",
    "Bad swap offset",
    "Bad rss-counter",
    "on freeing mm",
    "BUG: Bad page",
    "Out of puff",
    "hv_balloon: ",
    "xen:balloon",
    "xen_balloon",
    "vmw_balloon",
    "pids controller",
    "reached RLIMIT_",
    "exceed data ulimit",
    "__vm_enough_memory",
    // Programs in user space.
    "atchdog timeout",
    "led to start ",
    "to fully start up",
    "match for NameOwner",
    "dency failed for",
    "ed out waiting for",
    "ntered failed state",
    "Failed with result '",
    "code=killed, status=",
    "code=dumped, status=",
    "operation timed out.",
    "-sigterm' timed out",
    "-sigkill' timed out",
    "start' timed out",
    "OOM killer killed",
    "by the OOM killer",
    "ystem OOM encounter",
    "viction manager: ",
    "TaskOOM event",
    "topic=/tasks/oom",
    "OOM received",
    "OOM event received",
    "\"OOM Killed",
    "saving vmcore",
    "failed to load kdump",
    "No memory reserved for",
];

/// Finds lines that may tell of trouble.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// Whether a word has four letters that this number stands for.
    known: Box<[u8; 1 << BITS]>,
    /// Four letters, a word that has them, and where in it; in order.
    grams: Vec<(u32, &'static [u8], usize)>,
}

impl Sieve {
    pub(crate) fn new() -> Self {
        let mut known = Box::new([0; 1 << BITS]);
        let mut grams = Vec::new();
        for word in WORDS.iter().map(|word| word.as_bytes()) {
            debug_assert!(SHORTEST <= word.len(), "{word:?} would be missed at times");
            for (offset, gram) in word.windows(GRAM).take(STEP).enumerate() {
                let Some(gram) = gram.first_chunk().map(|gram| u32::from_le_bytes(*gram)) else { continue };
                grams.push((gram, word, offset));
                if let Some(slot) = known.get_mut(slot(gram)) {
                    *slot = 1;
                }
            }
        }
        grams.sort_unstable();
        Self { known, grams }
    }

    /// Returns where in `block`, which ends with a line, the next word begins.
    pub(crate) fn find(&self, block: &[u8]) -> Option<usize> {
        let (groups, rest) = block.as_chunks::<TOGETHER>();
        for (index, group) in groups.iter().enumerate() {
            let mut any = 0;
            for place in group.as_chunks::<STEP>().0 {
                any |= self.may_be(first_gram(*place));
            }
            if any != 0
                && let Some(found) = self.find_at(block, group, index * TOGETHER)
            {
                return Some(found);
            }
        }
        self.find_at(block, rest, block.len() - rest.len())
    }

    /// Looks closer at a part of the block that begins at `start`.
    fn find_at(&self, block: &[u8], part: &[u8], start: usize) -> Option<usize> {
        let places = part.chunks(STEP).enumerate();
        places.filter_map(|(index, place)| Some((index, u32::from_le_bytes(*place.first_chunk()?)))).find_map(
            |(index, gram)| {
                if self.may_be(gram) == 0 {
                    return None;
                }
                self.word_at(block, gram, start + index * STEP)
            },
        )
    }

    /// Returns where a word begins that has `gram` at this place.
    fn word_at(&self, block: &[u8], gram: u32, place: usize) -> Option<usize> {
        let first = self.grams.partition_point(|(known, ..)| *known < gram);
        let mut same = self.grams.iter().skip(first).take_while(|(known, ..)| *known == gram);
        same.find_map(|(_, word, offset)| {
            let begin = place.checked_sub(*offset)?;
            block.get(begin..)?.starts_with(word).then_some(begin)
        })
    }

    fn may_be(&self, gram: u32) -> u8 {
        self.known.get(slot(gram)).copied().unwrap_or_default()
    }
}

/// Returns the four letters at a place; taking eight at once and dropping four is what processors like.
const fn first_gram(place: [u8; STEP]) -> u32 {
    (u64::from_le_bytes(place) & 0xffff_ffff) as u32
}

/// Returns the number that stands for four letters.
const fn slot(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use super::super::SHORT_WORDS;
    use crate::kernel::context::specimens::{KERNEL, PROGRAMS};

    fn finds(sieve: &Sieve, scanner: &super::super::Scanner, line: &str) -> bool {
        sieve.find(line.as_bytes()).is_some() || scanner.find(line.as_bytes()).is_some()
    }

    #[test]
    fn every_line_of_trouble_is_found_wherever_it_stands() {
        let (sieve, scanner) = (Sieve::new(), super::super::Scanner::new());
        let of_kernel = KERNEL.iter().map(|(line, ..)| match line.starts_with("WARNING: ") {
            // The line before a warning announces it.
            true => format!("------------[ cut here ]------------\n{line}"),
            false => (*line).to_owned(),
        });
        let of_programs = PROGRAMS.iter().map(|(program, line, ..)| format!("{program}: {line}"));
        let mut missed = Vec::new();
        for line in of_kernel.chain(of_programs) {
            let all = (0..STEP).all(|distance| {
                let text = format!("{}{line}\n{}", "x".repeat(distance), "y".repeat(70));
                finds(&sieve, &scanner, &text)
            });
            if !all {
                missed.push(line);
            }
        }
        assert_eq!(missed, Vec::<String>::new());
    }

    #[test]
    fn a_word_is_found_where_it_begins() {
        let sieve = Sieve::new();
        for distance in 0..200 {
            let block = format!("{}segfault at 7 {}\n", "x".repeat(distance), "y".repeat(distance % 7));
            assert_eq!(sieve.find(block.as_bytes()), Some(distance));
        }
        for harmless in ["", "\n", "segfault", "segfault of", &"usb 1-1: new device\n".repeat(20)] {
            assert_eq!(sieve.find(harmless.as_bytes()), None, "{harmless}");
        }
    }

    #[test]
    fn no_word_can_be_missed() {
        for word in WORDS {
            assert!(SHORTEST <= word.len(), "{word} has fewer than {SHORTEST} letters");
        }
        assert!(SHORT_WORDS.iter().all(|word| word.len() < SHORTEST));
    }
}
