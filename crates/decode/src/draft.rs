//! Draft: the facts of one report as they were printed, while it is still being read.

use bstr::BString;
use oomkit_core::{
    ident::{Comm, Pid},
    place::LineNo,
    units::{KiB, Pages, SinceBoot},
};

use crate::hour::{Hour, hour};
use crate::kernel::{
    Fact, buddy, constraint, counters,
    killers::UserKill,
    marker::Marker,
    memcg, slab, slub, stack, task,
    totals::{HugePages, Total},
    trigger, victim, zone,
};
use crate::record::{Caller, WallStamp};
use crate::report::{Context, Lines, Part};
use crate::stage::{Stage, part, stage};

mod lists;

/// Rows of the task table that are kept; more are counted.
const ROWS_KEPT: usize = 65_536;
/// Lines of a call trace, or of registers, that are kept.
const TRACE_KEPT: usize = 256;
/// Lines that were not understood and are kept; more are counted.
const UNREAD_KEPT: usize = 64;
/// Lists that a report of any size cannot outgrow.
const LIST_KEPT: usize = 4096;
/// Statistics of all cgroups together: some forty words for each of a thousand.
const STATS_KEPT: usize = 65_536;
/// The longest row of a list; a record of the kernel has 1 KiB.
const LONGEST_ROW: usize = 4096;
/// Remarks on lines that are kept; the event shows no more.
const NOTES_KEPT: usize = 128;
/// The longest summary that its pieces may make; one record has 1 KiB.
const LONGEST_SUMMARY: usize = 4096;

/// Whose lines belong together: one host, and one task or processor where the log tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) host: Option<BString>,
    pub(crate) caller: Option<Caller>,
    /// Whether user space wrote the lines, and which program.
    pub(crate) writer: Option<BString>,
}

/// One line on its way into a draft.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) no: LineNo,
    /// The physical lines that it fills, from `no` on.
    pub(crate) lines: u64,
    /// The number that the kernel gave to the record, where the log has it.
    pub(crate) sequence: Option<u64>,
    pub(crate) since_boot: Option<SinceBoot>,
    pub(crate) wall: Option<&'a WallStamp<'static>>,
}

/// A cgroup's statistics, as they were printed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub(crate) path: Option<String>,
    pub(crate) stat: Vec<(String, u64)>,
}

/// Which list the next lines may belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum List {
    #[default]
    None,
    Stats,
    Slab,
    Sites,
}

/// The tail of Mem-Info.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) ram: Option<Pages>,
    pub(crate) reserved: Option<Pages>,
    pub(crate) highmem: Option<Pages>,
    pub(crate) cma_reserved: Option<Pages>,
    pub(crate) hwpoisoned: Option<Pages>,
    pub(crate) pagecache: Option<Pages>,
    pub(crate) swap_cache: Option<Pages>,
    pub(crate) swap_free: Option<KiB>,
    pub(crate) swap_total: Option<KiB>,
}

/// The facts of one report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) stream: Stream,
    pub(crate) first: LineNo,
    pub(crate) last: LineNo,
    pub(crate) lines_read: u64,
    counted: LineNo,
    last_sequence: Option<(u64, LineNo)>,
    pub(crate) since_boot: Option<SinceBoot>,
    pub(crate) wall: Option<WallStamp<'static>>,
    pub(crate) last_since_boot: Option<SinceBoot>,
    pub(crate) trigger: Option<trigger::Trigger>,
    pub(crate) failure: Option<trigger::Failure>,
    /// Allocations of kernel objects that failed while the report went on.
    pub(crate) also_failed: u64,
    pub(crate) slub_cache: Option<slub::Cache>,
    pub(crate) slub_nodes: Vec<slub::OnNode>,
    pub(crate) identification: Option<stack::Identification>,
    pub(crate) hardware: Option<String>,
    pub(crate) workqueue: Option<String>,
    pub(crate) trace: Vec<String>,
    pub(crate) registers: Vec<String>,
    pub(crate) cpuset: constraint::Cpuset,
    pub(crate) usages: Vec<memcg::Usage>,
    pub(crate) task_in: memcg::TaskIn,
    pub(crate) stats: Vec<Stats>,
    stats_kept: usize,
    pub(crate) protection: Option<memcg::Protection>,
    pub(crate) mem_info: bool,
    pub(crate) counters: Vec<(counters::Name, Pages)>,
    pub(crate) zones: Vec<(zone::Line, Vec<Pages>, LineNo)>,
    pub(crate) buddies: Vec<buddy::Buddy>,
    pub(crate) hugepages: Vec<HugePages>,
    pub(crate) totals: Totals,
    pub(crate) caches: Vec<slab::Cache>,
    pub(crate) sites: Vec<slab::Site>,
    pub(crate) columns: Option<task::Columns>,
    pub(crate) columns_guessed: bool,
    pub(crate) rows: Vec<(task::Row, LineNo)>,
    pub(crate) rows_seen: u64,
    pub(crate) summary: Option<constraint::Summary>,
    summary_text: Vec<u8>,
    pub(crate) selection: Option<victim::Selection>,
    pub(crate) kills: Vec<(victim::Kill, LineNo)>,
    pub(crate) kill_stamps: Vec<Option<SinceBoot>>,
    /// The hour of the last line, where the kernel's clock is missing.
    pub(crate) last_hour: Option<Hour>,
    pub(crate) free_pages: Option<KiB>,
    pub(crate) group: Option<String>,
    pub(crate) exiting: Option<(Pid, Comm)>,
    pub(crate) reaped: Vec<victim::Reaped>,
    pub(crate) nobody: bool,
    pub(crate) panic: Option<String>,
    pub(crate) sysrq_memory: bool,
    pub(crate) sysrq_kill: bool,
    pub(crate) suppressed: u64,
    pub(crate) user_kill: Option<UserKill>,
    /// The trouble shortly before the first line.
    pub(crate) before: Vec<Context>,
    /// The line that says that the kernel is a crash kernel.
    pub(crate) crash_kernel: Option<(LineNo, BString)>,
    pub(crate) evidence: Vec<(LineNo, String)>,
    pub(crate) unread: Vec<(LineNo, String)>,
    pub(crate) unread_lines: u64,
    pending_unread: Vec<(LineNo, String)>,
    pending_unread_lines: u64,
    pub(crate) notes: Vec<String>,
    /// The lines that were understood, as they were printed.
    pub(crate) lines: Lines,
    pub(crate) stage: Stage,
    list: List,
    last_row_stamp: Stamp,
    /// Lines offered since the last one that was understood.
    pub(crate) idle_lines: u32,
}

impl Draft {
    pub(crate) fn new(stream: Stream, line: &Line<'_>) -> Self {
        Self {
            stream,
            first: line.no,
            last: line.no,
            since_boot: line.since_boot,
            wall: line.wall.cloned(),
            ..Self::default()
        }
    }

    /// Tells whether the kernel has said who died, or that nobody could.
    pub(crate) fn ended(&self) -> bool {
        !self.kills.is_empty()
            || self.nobody
            || self.panic.is_some()
            || self.exiting.is_some()
            || self.user_kill.is_some()
    }

    /// Tells whether the draft holds what makes an event; a lone Mem-Info block does not.
    pub(crate) fn is_event(&self) -> bool {
        self.trigger.is_some()
            || self.failure.is_some()
            || self.ended()
            || self.summary.is_some()
            || self.selection.is_some()
            || self.sysrq_memory
    }

    /// Tells whether more lines are to come that need no word of their own to be found.
    pub(crate) fn wants_lines(&self) -> bool {
        !self.ended() && self.idle_lines < 512
    }

    /// Tells whether the summary breaks off, so that pieces of it may follow.
    pub(crate) fn takes_summary_pieces(&self) -> bool {
        self.summary.as_ref().is_some_and(|summary| summary.cut) && self.summary_text.len() < LONGEST_SUMMARY
    }

    /// Tells whether the report is of a kind that shows memory and kills nobody.
    pub(crate) fn kills_nobody(&self) -> bool {
        self.failure.is_some() || self.sysrq_memory
    }

    /// Tells whether a failure is one of a burst, or comes with the trouble that is being read.
    pub(crate) fn goes_on_with(&self, fact: &Fact) -> bool {
        let of_objects = matches!(fact, Fact::Failure(failure) if failure.of_objects);
        of_objects && self.trigger.is_some() && !self.ended()
    }

    /// Counts a further allocation of objects that failed meanwhile.
    pub(crate) fn also_failed(&mut self, line: &Line<'_>) {
        self.also_failed += 1;
        self.count(line);
    }

    /// Tells whether the details of failed objects are those of this report, and not of a later one.
    fn first_of_objects(&self) -> bool {
        self.also_failed == 0 && self.failure.as_ref().is_some_and(|failure| failure.of_objects)
    }

    /// Takes a fact in; facts that do not fit have been sent elsewhere before.
    pub(crate) fn absorb(&mut self, fact: Fact, line: &Line<'_>) {
        self.stage = self.stage.max(stage(&fact));
        self.count(line);
        self.lines.push(line.no, part(&fact), line.text);
        if !matches!(fact, Fact::TaskRow) {
            self.list = List::None;
        }
        match fact {
            Fact::Trigger(trigger) => self.head(*trigger, line),
            Fact::Failure(failure) => {
                self.head(failure.trigger.clone(), line);
                self.failure = Some(*failure);
            }
            Fact::SlubCache(cache) if self.first_of_objects() => self.slub_cache = Some(*cache),
            Fact::SlubNode(node) if self.first_of_objects() && self.slub_nodes.len() < LIST_KEPT => {
                self.slub_nodes.push(node);
            }
            Fact::SlubCache(_) | Fact::SlubNode(_) => {}
            Fact::Cpuset(piece) => {
                self.cpuset.cpuset = piece.cpuset.or(self.cpuset.cpuset.take());
                self.cpuset.mems_allowed = piece.mems_allowed.or(self.cpuset.mems_allowed.take());
            }
            Fact::Stack(stack) => self.stack(stack, line),
            Fact::Usage(_) | Fact::TaskIn(_) | Fact::StatsFor(_) | Fact::Protection(_) => {
                self.cgroup(fact, line)
            }
            Fact::TaskBanner | Fact::TaskHeader(_) | Fact::TaskRow => self.tasks(fact, line),
            Fact::Summary(_) | Fact::SummaryPiece | Fact::Selection(_) => self.chosen(fact, line),
            Fact::Kill(_) | Fact::Group(_) | Fact::Exiting(..) | Fact::Reaped(_) => self.killed(fact, line),
            Fact::Marker(marker) => self.marker(marker, line),
            fact => self.mem_info(fact, line),
        }
    }

    /// Keeps a remark on a line; of endless ones the first tell enough.
    pub(crate) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES_KEPT {
            self.notes.push(note);
        }
    }

    /// Counts a line that says nothing new, and keeps it as evidence.
    pub(crate) fn note_line(&mut self, line: &Line<'_>) {
        self.count(line);
        self.lines.push(line.no, Part::Marker, line.text);
        self.prove(line);
    }

    /// Counts a line that came a second time.
    pub(crate) fn repeat(&mut self, line: &Line<'_>) {
        self.count(line);
    }

    /// Counts the line as understood, once, and keeps what was not understood before it.
    fn count(&mut self, line: &Line<'_>) {
        self.idle_lines = 0;
        self.miss(line);
        let end = LineNo::new(line.no.get() + line.lines.saturating_sub(1));
        if self.counted < end {
            let from = self.counted.get().max(line.no.get() - 1);
            self.lines_read += end.get() - from;
            self.counted = end;
        }
        self.last = self.last.max(end);
        self.last_since_boot = line.since_boot.or(self.last_since_boot);
        self.since_boot = self.since_boot.or(line.since_boot);
        if self.wall.is_none() {
            self.wall = line.wall.cloned();
        }
        if line.since_boot.is_none() {
            self.last_hour = line.wall.and_then(hour).or(self.last_hour);
        }
        if 0 < self.pending_unread_lines {
            self.unread_lines += self.pending_unread_lines;
            self.pending_unread_lines = 0;
            let room = UNREAD_KEPT.saturating_sub(self.unread.len());
            self.unread.extend(self.pending_unread.drain(..).take(room));
        }
    }

    /// Notices records that are missing: numbers that go on faster than the lines do.
    fn miss(&mut self, line: &Line<'_>) {
        let Some(sequence) = line.sequence else { return };
        if let Some((last, no)) = self.last_sequence.replace((sequence, line.no))
            && let (Some(records), Some(lines)) =
                (sequence.checked_sub(last), line.no.get().checked_sub(no.get()))
            && lines < records
        {
            self.lines.lose(line.no, records - lines);
        }
    }

    /// Keeps a line that nothing is known about, until the report goes on after it.
    pub(crate) fn not_understood(&mut self, line: &Line<'_>) {
        self.idle_lines += 1;
        if line.text.trim_ascii().is_empty() {
            return;
        }
        self.pending_unread_lines += 1;
        if self.pending_unread.len() < UNREAD_KEPT {
            self.pending_unread.push((line.no, shown(line.text)));
        }
    }

    fn head(&mut self, trigger: trigger::Trigger, line: &Line<'_>) {
        if trigger.glued {
            self.note(format!("line {}: other output stood before the kernel's words", line.no));
        }
        self.cpuset.cpuset = trigger.cpuset.clone().or(self.cpuset.cpuset.take());
        self.cpuset.mems_allowed = trigger.mems_allowed.clone().or(self.cpuset.mems_allowed.take());
        self.trigger = Some(trigger);
        self.prove(line);
    }

    /// Keeps the line as evidence.
    fn prove(&mut self, line: &Line<'_>) {
        if self.evidence.len() < LIST_KEPT {
            self.evidence.push((line.no, shown(line.text)));
        }
    }

    fn stack(&mut self, stack: stack::StackLine, line: &Line<'_>) {
        match stack {
            stack::StackLine::Identification(identification) if self.identification.is_none() => {
                self.identification = Some(identification);
            }
            stack::StackLine::Hardware(hardware) => self.hardware = Some(hardware),
            stack::StackLine::Workqueue(workqueue) => self.workqueue = Some(workqueue),
            stack::StackLine::Frame if self.trace.len() < TRACE_KEPT => {
                self.trace.push(shown(line.text.trim_ascii()));
            }
            stack::StackLine::Register if self.registers.len() < TRACE_KEPT => {
                self.registers.push(shown(line.text.trim_ascii()));
            }
            _ => {}
        }
    }

    fn cgroup(&mut self, fact: Fact, line: &Line<'_>) {
        match fact {
            Fact::Usage(usage) => {
                if usage.counter == memcg::Counter::Memory {
                    self.prove(line);
                }
                self.usages.push(usage);
            }
            Fact::TaskIn(piece) => {
                self.prove(line);
                self.task_in.task = piece.task.or(self.task_in.task.take());
                self.task_in.memcg = piece.memcg.or(self.task_in.memcg.take());
            }
            Fact::StatsFor(head) if self.stats.len() < LIST_KEPT => {
                self.stats.push(Stats { path: head.path, stat: Vec::new() });
                self.more_stats(head.stat.into_iter().map(|(key, size)| (key, size.get())));
                self.list = List::Stats;
            }
            Fact::Protection(protection) => self.protection = Some(protection),
            _ => {}
        }
    }

    fn mem_info(&mut self, fact: Fact, line: &Line<'_>) {
        match fact {
            Fact::MemInfo => self.mem_info = true,
            Fact::FreePages(size) => self.free_pages = Some(size),
            Fact::Counters(counters) => {
                if counters.damage {
                    self.damaged(line);
                }
                let room = LIST_KEPT.saturating_sub(self.counters.len());
                self.counters.extend(counters.pages.into_iter().take(room));
            }
            Fact::Zone(zone) if self.zones.len() < LIST_KEPT => {
                if 0 < zone.damaged {
                    self.damaged(line);
                }
                self.zones.push((*zone, Vec::new(), line.no));
            }
            Fact::LowmemReserve(reserves) => {
                if let Some((_, slot, _)) = self.zones.last_mut() {
                    *slot = reserves;
                }
            }
            Fact::Buddy(buddy) if self.buddies.len() < LIST_KEPT => {
                if buddy.damaged {
                    self.damaged(line);
                }
                self.buddies.push(*buddy);
            }
            Fact::HugePages(pool) if self.hugepages.len() < LIST_KEPT => self.hugepages.push(pool),
            Fact::Total(total) => self.total(total),
            Fact::SlabHead => self.list = List::Slab,
            Fact::SitesHead => self.list = List::Sites,
            _ => {}
        }
    }

    fn damaged(&mut self, line: &Line<'_>) {
        self.note_damage(line);
        self.prove(line);
    }

    fn note_damage(&mut self, line: &Line<'_>) {
        self.note(format!("line {} is damaged; what could be read of it was used", line.no));
    }

    fn total(&mut self, total: Total) {
        let totals = &mut self.totals;
        match total {
            Total::Ram(pages) => totals.ram = Some(pages),
            Total::Reserved(pages) => totals.reserved = Some(pages),
            Total::HighMem(pages) => totals.highmem = Some(pages),
            Total::CmaReserved(pages) => totals.cma_reserved = Some(pages),
            Total::HwPoisoned(pages) => totals.hwpoisoned = Some(pages),
            Total::PageCache(pages) => totals.pagecache = Some(pages),
            Total::SwapCache(pages) => totals.swap_cache = Some(pages),
            Total::FreeSwap(Some(size)) => totals.swap_free = Some(size),
            Total::FreeSwap(None) => self.note("free swap is printed as a negative number".into()),
            Total::TotalSwap(size) => totals.swap_total = Some(size),
            Total::Other => {}
        }
    }

    fn tasks(&mut self, fact: Fact, line: &Line<'_>) {
        match fact {
            Fact::TaskHeader(columns) => self.columns = Some(columns),
            Fact::TaskRow => {
                let row = self.columns.as_ref().and_then(|columns| task::read_row(line.text, columns));
                self.rows_seen += 1;
                self.last_row_stamp = stamp(line);
                match row {
                    Some(row) if self.rows.len() < ROWS_KEPT => self.rows.push((row, line.no)),
                    Some(_) => {}
                    None => self.damaged(line),
                }
            }
            _ => {}
        }
    }

    fn chosen(&mut self, fact: Fact, line: &Line<'_>) {
        match fact {
            Fact::Summary(summary) => {
                self.summary_text = line.text.to_vec();
                self.summary = Some(*summary);
                self.prove(line);
            }
            Fact::SummaryPiece => {
                let piece = line.text.trim_ascii_end();
                if self.summary_text.len() + piece.len() <= LONGEST_SUMMARY {
                    self.summary_text.extend_from_slice(piece);
                    if let Some(whole) = constraint::read(&self.summary_text) {
                        self.summary = Some(whole);
                    }
                }
                self.prove(line);
            }
            Fact::Selection(selection) => {
                self.selection = Some(selection);
                self.prove(line);
            }
            _ => {}
        }
    }

    fn killed(&mut self, fact: Fact, line: &Line<'_>) {
        match fact {
            Fact::Kill(kill) if self.kills.len() < LIST_KEPT => {
                if kill.damaged {
                    self.note_damage(line);
                }
                self.prove(line);
                self.kills.push((*kill, line.no));
                self.kill_stamps.push(line.since_boot);
            }
            Fact::Group(path) => {
                self.group = Some(path);
                self.prove(line);
            }
            Fact::Exiting(pid, comm) => {
                self.exiting = Some((pid, comm));
                self.prove(line);
            }
            Fact::Reaped(reaped) if self.reaped.len() < LIST_KEPT => {
                if !reaped.done {
                    self.note(format!(
                        "line {}: the reaper could not take the memory of pid {} back",
                        line.no, reaped.pid
                    ));
                }
                self.reaped.push(reaped);
            }
            _ => {}
        }
    }

    fn marker(&mut self, marker: Marker, line: &Line<'_>) {
        match marker {
            Marker::NobodyToKill => self.nobody = true,
            Marker::OomPanic(text) => self.panic = Some(text),
            Marker::SysRqMemory => self.sysrq_memory = true,
            Marker::SysRqKill => self.sysrq_kill = true,
            Marker::ReportsSuppressed(count) | Marker::FailuresSuppressed(count) => {
                self.suppressed = self.suppressed.saturating_add(count);
            }
            Marker::CompactionDisabled => self.note("this kernel cannot compact memory".into()),
            Marker::FaultLeaked => self.note(format!(
                "line {}: a page fault came back without memory; the allocator itself had not failed",
                line.no
            )),
            Marker::MessagesLost(count) => return self.lines.lose(line.no, count),
            Marker::SysRqIgnored | Marker::OtherPanic(_) | Marker::Boot | Marker::Noise => {}
        }
        self.prove(line);
    }
}

/// What tells whether two lines have one stamp: the kernel's clock, or else a digest of people's.
type Stamp = (Option<SinceBoot>, Option<u64>);

fn stamp(line: &Line<'_>) -> Stamp {
    use std::hash::{Hash as _, Hasher as _};
    let digest = |wall: &WallStamp<'_>| {
        let mut hasher = std::hash::DefaultHasher::new();
        wall.hash(&mut hasher);
        hasher.finish()
    };
    let wall = if line.since_boot.is_some() { None } else { line.wall.map(digest) };
    (line.since_boot, wall)
}

/// Returns a line as it may be kept: as text, and not endless.
pub(crate) fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 4096;
    match text.get(..LONGEST) {
        Some(start) => format!("{}…", oomkit_core::ident::text(start)),
        None => oomkit_core::ident::text(text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &[u8], no: u64) -> Line<'_> {
        Line { text, no: LineNo::new(no), lines: 1, sequence: None, since_boot: None, wall: None }
    }

    #[test]
    fn endless_lines_of_one_kind_do_not_fill_the_memory() {
        let mut draft = Draft::new(Stream::default(), &line(b"", 1));
        let head = b"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null)";
        let piece = b",cpuset=aaaaaaaaaaaaaaaaaaaaaaaa";
        for no in 1..4000 {
            draft.note(format!("line {no}: a remark"));
            let text = if no == 1 { &head[..] } else { &piece[..] };
            draft.absorb(crate::kernel::read(text), &line(text, no));
        }
        assert_eq!(draft.notes.len(), NOTES_KEPT);
        assert!(draft.summary_text.len() <= LONGEST_SUMMARY);
        draft.absorb(Fact::StatsFor(memcg::StatsFor::default()), &line(b"", 4000));
        for no in 4001..80_000 {
            assert!(draft.list_row(&line(b"anon 1", no), false));
        }
        assert_eq!(draft.stats.iter().map(|stats| stats.stat.len()).sum::<usize>(), STATS_KEPT);
    }
}
