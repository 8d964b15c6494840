//! The printed lines of an event, kept so that each conclusion can show what it rests on.

use std::ops::Range;

use oomkit_core::place::LineNo;

/// The most text that is kept of one event.
const KEPT: usize = 2 << 20;

/// Which part of a report a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The head: who asked for what.
    Head,
    /// The processor line, the call trace and the registers.
    Stack,
    /// The cgroup's counters and limits.
    Cgroup,
    /// The cgroup's statistics.
    Stat,
    /// The machine's counters.
    Counters,
    /// The counters of a node or a zone, with what belongs to it.
    Zone,
    /// The free lists of a zone.
    FreeList,
    /// A pool of huge pages.
    HugePages,
    /// Totals: page cache, RAM, swap.
    Total,
    /// The list of slab caches.
    Slab,
    /// The list of allocation sites.
    Sites,
    /// The task table.
    Tasks,
    /// Who was chosen, and under which constraint.
    Choice,
    /// Who was killed.
    Kill,
    /// A short line that turns a report.
    Marker,
}

/// The lines of an event as they were printed, without their wrapping.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    text: Vec<u8>,
    index: Vec<Entry>,
    left_out: u64,
    lost: u64,
    lost_before: Option<LineNo>,
    lost_rows: bool,
    mixed: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    no: LineNo,
    end: u32,
    part: Part,
}

impl Lines {
    /// Keeps a line, while there is room.
    pub(crate) fn push(&mut self, no: LineNo, part: Part, text: &[u8]) {
        let end = self.text.len() + text.len();
        let Some(end_index) = u32::try_from(end).ok().filter(|_| end <= KEPT) else {
            self.left_out += 1;
            return;
        };
        self.text.extend_from_slice(text);
        self.index.push(Entry { no, end: end_index, part });
    }

    /// Returns how many lines were too many to be kept.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Notes that messages between the lines were lost, before this line or where it says so.
    pub(crate) fn lose(&mut self, at: LineNo, count: u64) {
        self.lost = self.lost.saturating_add(count);
        if self.lost_before.is_none() {
            self.lost_before = Some(at);
        }
        // A loss before the header takes no row.
        let last = self.index.last();
        self.lost_rows |= last.is_some_and(|entry| matches!(entry.part, Part::Tasks));
    }

    /// Notes that lines of another report may be among these, or the other way round.
    pub(crate) const fn mix(&mut self) {
        self.mixed = true;
    }

    /// Returns how many messages between the lines were lost, and where the first of them were.
    #[must_use]
    pub fn lost(&self) -> Option<(u64, LineNo)> {
        self.lost_before.map(|at| (self.lost, at))
    }

    /// Tells whether messages were lost behind the beginning of the task table and before its end.
    #[must_use]
    pub const fn lost_rows(&self) -> bool {
        self.lost_rows
    }

    /// Tells whether lines of another report may be among these, or the other way round.
    #[must_use]
    pub const fn are_mixed(&self) -> bool {
        self.mixed
    }

    /// Returns the lines in the order of the log.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (LineNo, Part, &[u8])> {
        (0..self.index.len()).filter_map(|at| {
            let entry = self.index.get(at)?;
            Some((entry.no, entry.part, self.text.get(self.range(at)?)?))
        })
    }

    /// Returns a line by its number.
    #[must_use]
    pub fn get(&self, no: LineNo) -> Option<&[u8]> {
        // Lines come in order, but for the few that another processor printed in between.
        let guess = self.index.partition_point(|entry| entry.no < no);
        let found = match self.index.get(guess) {
            Some(entry) if entry.no == no => Some(guess),
            _ => self.index.iter().position(|entry| entry.no == no),
        };
        self.text.get(self.range(found?)?)
    }

    /// Returns the first line of a part that holds a word, such as `shmem:`.
    #[must_use]
    pub fn find(&self, part: Part, word: &str) -> Option<LineNo> {
        let found = self.iter().find(|(_, of, text)| *of == part && holds(text, word.as_bytes()));
        found.map(|(no, ..)| no)
    }

    /// Writes every line anew.
    pub(crate) fn rewrite(&mut self, mut anew: impl FnMut(&[u8]) -> Vec<u8>) {
        let mut written = Self { text: Vec::new(), index: Vec::new(), ..*self };
        for (no, part, text) in self.iter() {
            written.push(no, part, &anew(text));
        }
        *self = written;
    }

    fn range(&self, at: usize) -> Option<Range<usize>> {
        let start = match at.checked_sub(1) {
            Some(before) => self.index.get(before)?.end as usize,
            None => 0,
        };
        Some(start..self.index.get(at)?.end as usize)
    }
}

/// Tells whether a word stands in a text, and not as the end of a longer one.
fn holds(text: &[u8], word: &[u8]) -> bool {
    if word.is_empty() {
        return true;
    }
    memchr::memmem::find_iter(text, word).any(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_number_and_by_word() {
        let mut lines = Lines::default();
        lines.push(LineNo::new(7), Part::Counters, b"active_anon:1 shmem:2");
        lines.push(LineNo::new(9), Part::Counters, b"anon:3");
        lines.push(LineNo::new(8), Part::Zone, b"Node 0 shmem:4kB");
        assert_eq!(lines.get(LineNo::new(8)), Some(&b"Node 0 shmem:4kB"[..]));
        assert_eq!(lines.get(LineNo::new(10)), None);
        assert_eq!(lines.find(Part::Zone, "shmem:"), Some(LineNo::new(8)));
        assert_eq!(lines.find(Part::Counters, "anon:"), Some(LineNo::new(9)));
        assert_eq!(lines.find(Part::Kill, "shmem:"), None);
    }

    #[test]
    fn endless_reports_do_not_fill_the_memory() {
        let mut lines = Lines::default();
        for no in 0..5 {
            lines.push(LineNo::new(no), Part::Tasks, &vec![b'a'; KEPT / 4 + 1]);
        }
        assert_eq!((lines.iter().count(), lines.left_out()), (3, 2));
    }
}
