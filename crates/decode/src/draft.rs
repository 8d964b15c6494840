//! Draft: the facts of one report as they were printed, while it is still being read.

use bstr::BString;
use oomkit_core::{
    ident::{Comm, Pid},
    place::LineNo,
    units::{KiB, Pages, SinceBoot},
};

use crate::kernel::{
    Fact, buddy, constraint, counters,
    killers::UserKill,
    marker::Marker,
    memcg, slab, slub, stack, task,
    totals::{HugePages, Total},
    trigger, victim, zone,
};
use crate::record::{Caller, WallStamp};

/// Rows of the task table that are kept; more are counted.
const ROWS_KEPT: usize = 65_536;
/// Lines of a call trace, or of registers, that are kept.
const TRACE_KEPT: usize = 256;
/// Lines that were not understood and are kept; more are counted.
const UNREAD_KEPT: usize = 64;
/// Lists that a report of any size cannot outgrow.
const LIST_KEPT: usize = 4096;

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
    pub(crate) since_boot: Option<SinceBoot>,
    pub(crate) wall: Option<WallStamp<'static>>,
    pub(crate) last_since_boot: Option<SinceBoot>,
    pub(crate) trigger: Option<trigger::Trigger>,
    pub(crate) failure: Option<trigger::Failure>,
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
    /// Whether the last statistic came as part of one long record, which the kernel may have cut.
    pub(crate) stats_in_one_record: bool,
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
    pub(crate) group: Option<String>,
    pub(crate) exiting: Option<(Pid, Comm)>,
    pub(crate) reaped: Vec<(Pid, bool)>,
    pub(crate) nobody: bool,
    pub(crate) panic: Option<String>,
    pub(crate) sysrq_memory: bool,
    pub(crate) sysrq_kill: bool,
    pub(crate) suppressed: u64,
    pub(crate) user_kill: Option<UserKill>,
    pub(crate) evidence: Vec<(LineNo, String)>,
    pub(crate) unread: Vec<(LineNo, String)>,
    pub(crate) unread_lines: u64,
    pending_unread: Vec<(LineNo, String)>,
    pending_unread_lines: u64,
    pub(crate) notes: Vec<String>,
    pub(crate) stage: Stage,
    list: List,
    last_row_stamp: Stamp,
    /// Lines offered since the last one that was understood.
    pub(crate) idle_lines: u32,
}

/// How far a report has come; the kernel prints its parts in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    #[default]
    Head,
    Stack,
    Cgroup,
    MemInfo,
    Tasks,
    Chosen,
    Killed,
}

/// Returns the part of a report that a fact belongs to.
pub(crate) fn stage(fact: &Fact) -> Stage {
    match fact {
        Fact::Unknown
        | Fact::Trigger(_)
        | Fact::Failure(_)
        | Fact::SlubCache(_)
        | Fact::SlubNode(_)
        | Fact::Cpuset(_) => Stage::Head,
        Fact::Stack(_) => Stage::Stack,
        Fact::Usage(_) | Fact::TaskIn(_) | Fact::StatsFor(_) => Stage::Cgroup,
        Fact::MemInfo
        | Fact::Counters(_)
        | Fact::FreePages(_)
        | Fact::Zone(_)
        | Fact::LowmemReserve(_)
        | Fact::Buddy(_)
        | Fact::HugePages(_)
        | Fact::Total(_)
        | Fact::SlabHead
        | Fact::SitesHead
        | Fact::Protection(_) => Stage::MemInfo,
        Fact::TaskBanner | Fact::TaskHeader(_) | Fact::TaskRow => Stage::Tasks,
        Fact::Summary(_) | Fact::SummaryPiece | Fact::Selection(_) => Stage::Chosen,
        Fact::Marker(Marker::NobodyToKill | Marker::OomPanic(_)) => Stage::Killed,
        Fact::Marker(_) => Stage::Head,
        Fact::Kill(_) | Fact::Group(_) | Fact::Exiting(..) | Fact::Reaped(_) => Stage::Killed,
    }
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

    /// Takes a fact in; facts that do not fit have been sent elsewhere before.
    pub(crate) fn absorb(&mut self, fact: Fact, line: &Line<'_>) {
        self.stage = self.stage.max(stage(&fact));
        self.count(line);
        if !matches!(fact, Fact::TaskRow) {
            self.list = List::None;
        }
        match fact {
            Fact::Trigger(trigger) => self.head(*trigger, line),
            Fact::Failure(failure) => {
                self.head(failure.trigger.clone(), line);
                self.failure = Some(*failure);
            }
            Fact::SlubCache(cache) => self.slub_cache = Some(*cache),
            Fact::SlubNode(node) if self.slub_nodes.len() < LIST_KEPT => self.slub_nodes.push(node),
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

    /// Counts a line that says nothing new, and keeps it as evidence.
    pub(crate) fn note_line(&mut self, line: &Line<'_>) {
        self.count(line);
        self.prove(line);
    }

    /// Counts a line that came a second time.
    pub(crate) fn repeat(&mut self, line: &Line<'_>) {
        self.count(line);
    }

    /// Counts the line as understood, once, and keeps what was not understood before it.
    fn count(&mut self, line: &Line<'_>) {
        self.idle_lines = 0;
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
        if 0 < self.pending_unread_lines {
            self.unread_lines += self.pending_unread_lines;
            self.pending_unread_lines = 0;
            let room = UNREAD_KEPT.saturating_sub(self.unread.len());
            self.unread.extend(self.pending_unread.drain(..).take(room));
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
            self.notes.push(format!("line {}: other output stood before the kernel's words", line.no));
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
                let stat = head.stat.into_iter().map(|(key, size)| (key, size.get())).collect();
                self.stats.push(Stats { path: head.path, stat });
                self.list = List::Stats;
            }
            Fact::Protection(protection) => self.protection = Some(protection),
            _ => {}
        }
    }

    fn mem_info(&mut self, fact: Fact, line: &Line<'_>) {
        match fact {
            Fact::MemInfo => self.mem_info = true,
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
        self.notes.push(format!("line {} is damaged; what could be read of it was used", line.no));
        self.prove(line);
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
            Total::FreeSwap(None) => self.notes.push("free swap is printed as a negative number".into()),
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
                self.summary_text.extend_from_slice(line.text.trim_ascii_end());
                if let Some(whole) = constraint::read(&self.summary_text) {
                    self.summary = Some(whole);
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
                    self.notes
                        .push(format!("line {} is damaged; what could be read of it was used", line.no));
                }
                self.prove(line);
                self.kills.push((*kill, line.no));
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
                    self.notes.push(format!(
                        "line {}: the reaper could not take the memory of pid {} back",
                        line.no, reaped.pid
                    ));
                }
                self.reaped.push((reaped.pid, reaped.done));
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
            Marker::CompactionDisabled => self.notes.push("this kernel cannot compact memory".into()),
            Marker::FaultLeaked => self.notes.push(format!(
                "line {}: a page fault came back without memory; the allocator itself had not failed",
                line.no
            )),
            Marker::MessagesLost(count) => {
                self.notes.push(format!("line {}: {count} kernel messages were lost here", line.no));
                return;
            }
            Marker::SysRqIgnored | Marker::OtherPanic(_) | Marker::Boot | Marker::Noise => {}
        }
        self.prove(line);
    }

    /// Offers a line that is no fact by itself to the list that is being read.
    pub(crate) fn list_row(&mut self, line: &Line<'_>, in_record: bool) -> bool {
        let taken = match self.list {
            List::None => self.name_goes_on(line, in_record),
            List::Stats => self.stat(line, in_record),
            List::Slab => match slab::read_cache(line.text) {
                Some(cache) if self.caches.len() < LIST_KEPT => {
                    self.caches.push(cache);
                    true
                }
                cache => cache.is_some(),
            },
            List::Sites => match slab::read_site(line.text) {
                Some(site) if self.sites.len() < LIST_KEPT => {
                    self.sites.push(site);
                    true
                }
                site => site.is_some(),
            },
        };
        if taken {
            self.count(line);
        }
        taken
    }

    fn stat(&mut self, line: &Line<'_>, in_record: bool) -> bool {
        let Some(stats) = self.stats.last_mut() else { return false };
        if let Some((key, value)) = memcg::read_stat(line.text) {
            if stats.stat.len() < LIST_KEPT {
                stats.stat.push((crate::kernel::fields::owned(key), value));
            }
            self.stats_in_one_record |= in_record;
            return true;
        }
        match memcg::read_inline(line.text) {
            Some(more) => {
                stats.stat.extend(more.into_iter().map(|(key, size)| (key, size.get())).take(LIST_KEPT));
                true
            }
            None => false,
        }
    }

    /// A line break in a name breaks its row in two; the rest has the stamp of the row.
    fn name_goes_on(&mut self, line: &Line<'_>, in_record: bool) -> bool {
        let Some((row, no)) = self.rows.last_mut() else { return false };
        let same_stamp = self.last_row_stamp != Stamp::default() && self.last_row_stamp == stamp(line);
        let length = row.comm.as_bytes().len() + 1 + line.text.len();
        let next = line.no.get() <= no.get() + 1;
        if self.stage != Stage::Tasks || !(same_stamp || in_record) || Comm::LONGEST < length || !next {
            return false;
        }
        let mut name = row.comm.as_bytes().to_vec();
        name.push(b'\n');
        name.extend_from_slice(line.text);
        row.comm = Comm::new(&name);
        true
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
