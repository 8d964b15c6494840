//! Assembles facts into reports, through cuts, foreign lines and reports that interleave.
//!
//! The only place that knows of several reports at once.  A fact goes to the newest report of its
//! stream (one host, and one task where the log names callers), unless an older one has the better
//! claim: the pid in its task table, the name in its head.

use std::collections::VecDeque;

use oomkit_core::{ident::Pid, units::SinceBoot};

use crate::draft::{Draft, Line, Stream};
use crate::hour::hour;
use crate::kernel::{
    Fact,
    context::{self, Trouble, boot::Boot},
    killers::UserKill,
    marker::Marker,
    stack::StackLine,
};
use crate::stage::{Stage, stage};
use crate::trouble::Collector;

/// Reports that are open at once, over all hosts and callers of a log.
const OPEN: usize = 64;
/// Reports that are complete and wait for lines of the reaper.
const WAITING: usize = 4;
/// The longest silence inside a report, in microseconds of the kernel's clock.
const SILENCE: u64 = 120_000_000;
/// How far the stamps of one boot may run backwards between processors, in microseconds.
const BACKWARDS: u64 = 10_000_000;
/// The longest silence inside a report without stamps, in lines.
const SILENT_LINES: u64 = 5_000;
/// The longest silence between the kills of one group, in microseconds: they are one loop.
const GROUP_SILENCE: u64 = 10_000_000;

/// Reports on their way out; boxed, since they are large and change hands several times.
pub(crate) type Drafts = Vec<Box<Draft>>;

/// The reports that are being read.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    open: Drafts,
    waiting: VecDeque<Box<Draft>>,
    suppressed: u64,
    /// Lines that were understood and belong to no report.
    pub(crate) loose_lines: u64,
    /// Reports that the kernel says it suppressed.
    pub(crate) reports_suppressed: u64,
    /// Messages that the log says were lost.
    pub(crate) messages_lost: u64,
    /// What else went wrong.
    pub(crate) trouble: Collector,
}

impl Assembler {
    /// Tells whether a report is open that more lines may belong to.
    pub(crate) fn active(&self) -> bool {
        self.open.iter().any(|draft| draft.wants_lines())
    }

    /// Returns the columns of the task table that is being read.
    pub(crate) fn columns(&self) -> Option<&crate::kernel::task::Columns> {
        self.open.iter().rev().find_map(|draft| draft.columns.as_ref())
    }

    /// Takes a line that is a fact by itself, or none.
    pub(crate) fn take(
        &mut self,
        fact: Fact,
        line: &Line<'_>,
        stream: &Stream,
        in_record: bool,
        out: &mut Drafts,
    ) {
        match fact {
            Fact::Unknown => self.unknown(line, stream, in_record),
            Fact::Trigger(_) | Fact::Failure(_) => self.head(fact, line, stream, out),
            Fact::Reaped(reaped) => self.reaped(reaped, line, stream),
            Fact::Marker(marker) => self.marker(marker, line, stream, out),
            fact => self.part(fact, line, stream, out),
        }
    }

    /// Takes what a user-space killer says; each kill is an event by itself.
    pub(crate) fn user_kill(&mut self, kill: UserKill, line: &Line<'_>, stream: &Stream, out: &mut Drafts) {
        let mut draft = self.draft(line, stream);
        draft.user_kill = Some(kill);
        draft.note_line(line);
        self.close(draft, out);
    }

    /// Ends all reports: the log is over, or nothing more has come for a while.
    pub(crate) fn finish(&mut self, out: &mut Drafts) {
        for draft in std::mem::take(&mut self.open) {
            self.close(draft, out);
        }
        out.extend(self.waiting.drain(..));
    }

    /// Hands out what is complete, and keeps what is still being written.
    pub(crate) fn flush(&mut self, out: &mut Drafts) {
        let (ended, open) = std::mem::take(&mut self.open).into_iter().partition(|draft| draft.ended());
        self.open = open;
        for draft in ended {
            self.close(draft, out);
        }
        out.extend(self.waiting.drain(..));
    }

    fn close(&mut self, draft: Box<Draft>, out: &mut Drafts) {
        if !draft.is_event() {
            return;
        }
        self.waiting.push_back(draft);
        while WAITING < self.waiting.len() {
            out.extend(self.waiting.pop_front());
        }
    }

    fn unknown(&mut self, line: &Line<'_>, stream: &Stream, in_record: bool) {
        for draft in self.open.iter_mut().rev().filter(|draft| draft.stream == *stream) {
            if draft.list_row(line, in_record) {
                return;
            }
        }
        // A program's line between the kernel's is foreign, and not a part that was not understood.
        let newest = self.open.iter_mut().rev().find(|draft| draft.stream == *stream);
        if let Some(draft) = newest.filter(|draft| draft.wants_lines()) {
            draft.not_understood(line);
        }
    }

    fn head(&mut self, fact: Fact, line: &Line<'_>, stream: &Stream, out: &mut Drafts) {
        if let Some(newest) = self.newest(stream) {
            if newest.goes_on_with(&fact) && !far(newest, line) {
                newest.also_failed(line);
                return;
            }
            // A request by hand announces itself one line before.
            if newest.sysrq_kill && !newest.is_event() && !far(newest, line) {
                newest.absorb(fact, line);
                return;
            }
            if repeats_head(newest, &fact, line) {
                newest.note_line(line);
                return;
            }
        }
        self.close_stale(line, stream, out);
        self.begin(line, stream, out).absorb(fact, line);
    }

    /// Closes what the head of a new report ends; a report that has barely begun may go on beside it.
    fn close_stale(&mut self, line: &Line<'_>, stream: &Stream, out: &mut Drafts) {
        let mut kept_beside = false;
        let mut kept = Vec::with_capacity(self.open.len());
        let mut ended = Vec::new();
        for draft in std::mem::take(&mut self.open).into_iter().rev() {
            let beside = draft.stream == *stream
                && !kept_beside
                && draft.trigger.is_some()
                && draft.stage < Stage::Chosen
                && !draft.ended()
                && !far(&draft, line);
            if draft.stream != *stream || beside {
                kept_beside |= beside;
                kept.push(draft);
            } else {
                ended.push(draft);
            }
        }
        kept.reverse();
        self.open = kept;
        for draft in ended.into_iter().rev() {
            self.close(draft, out);
        }
    }

    fn begin(&mut self, line: &Line<'_>, stream: &Stream, out: &mut Drafts) -> &mut Draft {
        if OPEN <= self.open.len() {
            // A report that is still being written would lose its victim.
            let ended = self.open.iter().position(|draft| draft.ended()).unwrap_or(0);
            let draft = self.open.remove(ended);
            self.close(draft, out);
        }
        let mut draft = self.draft(line, stream);
        draft.suppressed = std::mem::take(&mut self.suppressed);
        self.open.push_mut(draft)
    }

    /// Makes a report that knows what stood before it.
    fn draft(&mut self, line: &Line<'_>, stream: &Stream) -> Box<Draft> {
        let mut draft = Box::new(Draft::new(stream.clone(), line));
        draft.before = self.trouble.before(stream.host.as_ref(), line);
        draft.crash_kernel = self.trouble.crash_kernel(stream.host.as_ref());
        draft
    }

    /// Takes a line of other trouble, which is no part of a report, wherever it stands.
    pub(crate) fn other_trouble(&mut self, trouble: Trouble, line: &Line<'_>, stream: &Stream) {
        self.trouble.take(trouble, stream.host.as_ref(), line);
        self.loose_lines += line.lines;
    }

    /// Takes a line of a boot, which says what kind of kernel runs from now on.
    pub(crate) fn boot(&mut self, boot: Boot, line: &Line<'_>, stream: &Stream) {
        self.trouble.boot(boot, stream.host.as_ref(), line.no, line.text);
        match context::read(line.text).filter(|_| boot == Boot::Begins) {
            Some(trouble) => self.other_trouble(trouble, line, stream),
            None => self.loose_lines += line.lines,
        }
    }

    fn newest(&mut self, stream: &Stream) -> Option<&mut Draft> {
        self.open.iter_mut().rev().map(Box::as_mut).find(|draft| draft.stream == *stream)
    }

    fn part(&mut self, fact: Fact, line: &Line<'_>, stream: &Stream, out: &mut Drafts) {
        if let Some(index) = self.choose(&fact, line, stream) {
            self.note_mixture(index, stream);
            if let Some(draft) = self.open.get_mut(index) {
                if !repeats_part(draft, &fact, line) {
                    guess_columns(draft, &fact, line);
                    draft.absorb(fact, line);
                } else {
                    draft.repeat(line);
                }
            }
            return;
        }
        if !may_begin(&fact) {
            return self.unknown(line, stream, false);
        }
        // What is open has no claim on this line, so a report without its head begins.
        let kills = Stage::Tasks <= stage(&fact);
        let over = |draft: &Draft| draft.ended() || !draft.is_event() || kills && draft.kills_nobody();
        let ended: Vec<_> =
            self.open.extract_if(.., |draft| draft.stream == *stream && over(draft)).collect();
        for draft in ended {
            self.close(draft, out);
        }
        let draft = self.begin(line, stream, out);
        guess_columns(draft, &fact, line);
        draft.absorb(fact, line);
    }

    /// Two reports that go on at once in a log that names no callers may have got each other's lines.
    fn note_mixture(&mut self, index: usize, stream: &Stream) {
        let newer =
            self.open.iter_mut().skip(index + 1).find(|draft| draft.stream == *stream && !draft.ended());
        let Some(newer) = newer.filter(|_| stream.caller.is_none()) else { return };
        newer.lines.mix();
        if let Some(draft) = self.open.get_mut(index) {
            draft.lines.mix();
        }
    }

    /// Returns the report that a fact belongs to.
    fn choose(&self, fact: &Fact, line: &Line<'_>, stream: &Stream) -> Option<usize> {
        let of_stream = |draft: &Draft| draft.stream == *stream && !far(draft, line);
        let newest_first = || self.open.iter().enumerate().rev().filter(|(_, draft)| of_stream(draft));
        if let Some(pid) = chosen_pid(fact) {
            // Once its victim is dead, a table says nothing of whom the next kill belongs to; and
            // looking through it for each member of a group would take for ever.
            let claims = |draft: &Draft| !draft.ended() && fits(draft, fact, line) && knows(draft, pid);
            if let Some((index, _)) = newest_first().find(|(_, draft)| claims(draft)) {
                return Some(index);
            }
        }
        let (newest, of_newest) = newest_first().find(|(_, draft)| fits(draft, fact, line))?;
        // Where an older report has gone on since this one began, both run at once, and the older
        // one comes to each part first.
        let alive = |draft: &Draft| of_newest.first < draft.last && draft.first < of_newest.first;
        let older = newest_first().find(|(_, draft)| alive(draft) && fits(draft, fact, line));
        let takes = |draft: &Draft| !matches!(fact, Fact::TaskRow) || is_of_asking_task(draft, line);
        Some(match older {
            Some((older, draft)) if takes(draft) => older,
            _ => newest,
        })
    }

    fn reaped(&mut self, reaped: crate::kernel::victim::Reaped, line: &Line<'_>, stream: &Stream) {
        let killed = |draft: &&mut Box<Draft>| {
            draft.stream.host == stream.host
                && draft.stream.writer == stream.writer
                && draft.kills.iter().any(|(kill, _)| kill.pid == Some(reaped.pid))
        };
        let newest_first = self.open.iter_mut().rev().chain(self.waiting.iter_mut().rev());
        if let Some(draft) = newest_first.filter(|draft| !far(draft, line)).find(killed) {
            draft.absorb(Fact::Reaped(reaped), line);
            return;
        }
        let ended =
            |draft: &&mut Box<Draft>| draft.stream.host == stream.host && draft.ended() && !far(draft, line);
        if let Some(draft) = self.open.iter_mut().rev().find(ended) {
            draft.note(format!(
                "line {}: the reaper names {} (pid {}), whose kill is not in the log",
                line.no, reaped.comm, reaped.pid
            ));
            draft.note_line(line);
        } else {
            self.loose_lines += line.lines;
        }
    }

    fn marker(&mut self, marker: Marker, line: &Line<'_>, stream: &Stream, out: &mut Drafts) {
        match &marker {
            Marker::Boot => {
                let ended: Vec<_> =
                    self.open.extract_if(.., |draft| draft.stream.host == stream.host).collect();
                for draft in ended {
                    self.close(draft, out);
                }
                return;
            }
            Marker::ReportsSuppressed(count) => {
                self.reports_suppressed = self.reports_suppressed.saturating_add(*count);
                self.suppressed = self.suppressed.saturating_add(*count);
                self.loose_lines += line.lines;
                return;
            }
            Marker::MessagesLost(count) => {
                self.messages_lost = self.messages_lost.saturating_add(*count);
            }
            Marker::SysRqMemory | Marker::SysRqKill => {
                self.close_stale(line, stream, out);
                self.begin(line, stream, out).absorb(Fact::Marker(marker), line);
                return;
            }
            _ => {}
        }
        let begins = matches!(marker, Marker::NobodyToKill | Marker::OomPanic(_));
        let of_other_trouble = matches!(marker, Marker::OtherPanic(_));
        let fact = Fact::Marker(marker);
        if begins {
            return self.part(fact, line, stream, out);
        }
        let newest = self.newest(stream).filter(|draft| draft.wants_lines() && !far(draft, line));
        match newest {
            Some(draft) => draft.absorb(fact, line),
            None => match context::read(line.text).filter(|_| of_other_trouble) {
                Some(trouble) => self.other_trouble(trouble, line, stream),
                None => self.loose_lines += line.lines,
            },
        }
    }
}

/// Tells whether a line is too far from a report to belong to it.
fn far(draft: &Draft, line: &Line<'_>) -> bool {
    match (draft.last_since_boot, line.since_boot) {
        (Some(last), Some(now)) => silence(last, now),
        _ => {
            let hours_apart =
                draft.last_hour.zip(line.wall.and_then(hour)).is_some_and(|(last, now)| last.far(now));
            hours_apart || SILENT_LINES < line.no.get().saturating_sub(draft.last.get())
        }
    }
}

fn silence(last: SinceBoot, now: SinceBoot) -> bool {
    let allowed = if last <= now { SILENCE } else { BACKWARDS };
    allowed < last.distance_micros(now)
}

fn chosen_pid(fact: &Fact) -> Option<Pid> {
    match fact {
        Fact::Kill(kill) => kill.pid,
        Fact::Selection(selection) => Some(selection.pid),
        Fact::Summary(summary) => summary.pid,
        Fact::Exiting(pid, _) => Some(*pid),
        _ => None,
    }
}

/// Tells whether a row is that of the task whose request began the report.
fn is_of_asking_task(draft: &Draft, line: &Line<'_>) -> bool {
    let row = draft.columns.as_ref().and_then(|columns| crate::kernel::task::read_row(line.text, columns));
    let asking = draft.trigger.as_ref().and_then(|trigger| trigger.comm.as_ref());
    row.is_some_and(|row| asking == Some(&row.comm))
}

/// Tells whether a report has named a process before.
fn knows(draft: &Draft, pid: Pid) -> bool {
    draft.summary.as_ref().is_some_and(|summary| summary.pid == Some(pid))
        || draft.selection.as_ref().is_some_and(|selection| selection.pid == pid)
        || draft.rows.iter().any(|(row, _)| row.pid == pid || row.tgid == Some(pid))
}

/// Tells whether a report can go on with a fact.
fn fits(draft: &Draft, fact: &Fact, line: &Line<'_>) -> bool {
    if draft.ended() {
        return goes_on_after_end(draft, fact, line);
    }
    if draft.kills_nobody() && Stage::Tasks <= stage(fact) {
        return false;
    }
    match fact {
        Fact::Stack(StackLine::Identification(identification)) => {
            let same = |trigger: &crate::kernel::trigger::Trigger| {
                trigger.comm.as_ref().is_none_or(|comm| {
                    identification.comm.as_bytes().starts_with(comm.as_bytes())
                        || comm.as_bytes().starts_with(identification.comm.as_bytes())
                })
            };
            draft.identification.is_none()
                && draft.stage <= Stage::Stack
                && draft.trigger.as_ref().is_none_or(same)
        }
        Fact::Stack(_) => draft.stage <= Stage::Stack,
        Fact::SlubCache(_) | Fact::SlubNode(_) => draft.trigger.is_some(),
        Fact::Cpuset(_) => draft.trigger.is_some() && draft.stage <= Stage::Stack,
        Fact::TaskIn(piece) => {
            let new = piece.memcg.is_none() || draft.task_in.memcg.is_none();
            draft.stage <= Stage::MemInfo && new
        }
        Fact::MemInfo => !draft.mem_info && draft.stage <= Stage::MemInfo,
        Fact::Counters(new) => {
            let known =
                new.pages.first().is_some_and(|(name, _)| draft.counters.iter().any(|(old, _)| old == name));
            draft.stage <= Stage::MemInfo && !known
        }
        Fact::Usage(usage) => {
            draft.stage <= Stage::MemInfo && !draft.usages.iter().any(|old| old.counter == usage.counter)
        }
        Fact::TaskHeader(_) => draft.columns.is_none() && draft.stage <= Stage::Tasks,
        Fact::Summary(_) => draft.summary.is_none(),
        Fact::SummaryPiece => draft.takes_summary_pieces(),
        Fact::Selection(_) => draft.selection.is_none(),
        // The kill line of the one who was chosen may be lost before those of its group.
        Fact::Kill(kill) if draft.group.is_some() => of_group(draft, kill, line),
        fact => draft.stage <= Stage::Chosen && (stage(fact) >= draft.stage || draft.stage <= Stage::Tasks),
    }
}

/// After the kill: only more of the same kill, and a panic.
fn goes_on_after_end(draft: &Draft, fact: &Fact, line: &Line<'_>) -> bool {
    match fact {
        Fact::Kill(kill) => kill.sharing || of_group(draft, kill, line) || same_kill(draft, kill, line),
        Fact::Group(path) => draft.group.as_ref().is_none_or(|group| group == path),
        Fact::Summary(summary) => {
            let same = |old: &crate::kernel::constraint::Summary| {
                old == summary.as_ref() && line.since_boot == draft.last_since_boot
            };
            draft.summary.as_ref().is_some_and(same)
        }
        Fact::Marker(Marker::OomPanic(_)) => draft.panic.is_none(),
        Fact::Marker(Marker::NobodyToKill) => draft.panic.is_some() && !draft.nobody,
        _ => false,
    }
}

/// A member of the group that is being killed: the kernel kills them in one go, for one reason.
fn of_group(draft: &Draft, kill: &crate::kernel::victim::Kill, line: &Line<'_>) -> bool {
    let soon = draft
        .last_since_boot
        .zip(line.since_boot)
        .is_none_or(|(last, now)| last.distance_micros(now) <= GROUP_SILENCE);
    let same_reason = draft.kills.first().is_none_or(|(first, _)| first.prefix == kill.prefix);
    draft.group.is_some() && soon && same_reason
}

/// The same line once more: through a second console, or through a log daemon on the same port.
fn same_kill(draft: &Draft, kill: &crate::kernel::victim::Kill, line: &Line<'_>) -> bool {
    let stamps = draft.kill_stamps.iter();
    let same = |((old, _), stamp): (&(crate::kernel::victim::Kill, _), &Option<SinceBoot>)| {
        old == kill && *stamp == line.since_boot
    };
    line.since_boot.is_some() && draft.kills.iter().zip(stamps).any(same)
}

fn repeats_head(draft: &Draft, fact: &Fact, line: &Line<'_>) -> bool {
    let same = match fact {
        Fact::Trigger(trigger) => draft.trigger.as_ref() == Some(trigger),
        Fact::Failure(failure) => draft.trigger.as_ref() == Some(&failure.trigger),
        _ => false,
    };
    same && line.since_boot.is_some() && line.since_boot == draft.since_boot && draft.stage <= Stage::Head
}

/// A line that came twice with the same stamp says nothing new.
fn repeats_part(draft: &Draft, fact: &Fact, line: &Line<'_>) -> bool {
    match fact {
        Fact::Kill(kill) => same_kill(draft, kill, line),
        Fact::Summary(summary) => draft.summary.as_ref() == Some(summary),
        _ => false,
    }
}

/// Where the header of the table is lost, its first row tells the columns.
fn guess_columns(draft: &mut Draft, fact: &Fact, line: &Line<'_>) {
    if matches!(fact, Fact::TaskRow) && draft.columns.is_none() {
        draft.columns = crate::kernel::task::Columns::guess(line.text);
        draft.columns_guessed = draft.columns.is_some();
    }
}

/// Tells whether a report whose head is lost may begin with a fact.
fn may_begin(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Unknown
            | Fact::Stack(_)
            | Fact::Cpuset(_)
            | Fact::SlubCache(_)
            | Fact::SlubNode(_)
            | Fact::SummaryPiece
            | Fact::SlabHead
            | Fact::SitesHead
            | Fact::Total(crate::kernel::totals::Total::Other)
    )
}
