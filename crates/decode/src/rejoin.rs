//! Joins lines that a mailer, a pager or a tracker has wrapped.
//!
//! A line without a stamp of its own that says nothing by itself is tried as the rest of the line
//! before it; it is joined only where both together say more than the first alone.

use oomkit_core::ident::Comm;

use crate::kernel::{self, Fact, stack::StackLine, task};

/// A line to which the next one may belong.
#[derive(Debug, Default)]
pub(crate) struct Open {
    pub(crate) text: Vec<u8>,
    pub(crate) fact: Fact,
    /// The physical lines that it fills.
    pub(crate) lines: u64,
    pub(crate) stamped: bool,
    /// Whether the line is as long as the longest ones around it, which a fixed width has cut.
    pub(crate) cut_at_edge: bool,
}

/// The longest line that joining may make; a record of the kernel has 1 KiB.
const LONGEST: usize = 4 << 10;
/// How many lines joining may make one of, for each of them is read together with all before it.
const MOST: u64 = 64;

/// Returns the joined line and what it says, where `next` is the rest of `held`.
pub(crate) fn join(
    held: &Open,
    next: &[u8],
    fact: &Fact,
    columns: Option<&task::Columns>,
) -> Option<(Vec<u8>, Fact)> {
    let begins_with_name = headless(fact) && held.text.trim_ascii_end().ends_with(b" invoked");
    let goes_on = matches!((&held.fact, fact), (Fact::Summary(_), Fact::SummaryPiece));
    let may_join = matches!(fact, Fact::Unknown) || begins_with_name || goes_on;
    let too_long = LONGEST < held.text.len() + next.len() || MOST <= held.lines;
    if !may_join || next.is_empty() || too_long || !open_ended(&held.fact) {
        return None;
    }
    if let Some(row) = name_goes_on(held, next, columns) {
        return Some((row, Fact::TaskRow));
    }
    let mut best: Option<(Vec<u8>, Fact)> = None;
    let mut best_weight = weight(&held.fact, &held.text, columns);
    for glue in glues(held) {
        let joined = [held.text.as_slice(), glue, next].concat();
        let fact = kernel::read(&joined);
        let weight = weight(&fact, &joined, columns);
        if best_weight < weight {
            best_weight = weight;
            best = Some((joined, fact));
        }
    }
    best
}

/// Returns the joined line, where a line break in a task's name has broken `held` from `next`.
pub(crate) fn join_name(held: &Open, next: &[u8], fact: &Fact) -> Option<(Vec<u8>, Fact)> {
    let before_a_head = matches!(held.fact, Fact::Unknown)
        && held.text.len() < Comm::LONGEST
        && matches!(fact, Fact::Trigger(_) | Fact::Failure(_) | Fact::Cpuset(_));
    let inside_a_line = matches!(fact, Fact::Unknown) && breaks_off_in_name(held);
    if !(before_a_head || inside_a_line) || MOST <= held.lines {
        return None;
    }
    let joined = [held.text.as_slice(), b"\n", next].concat();
    let whole = kernel::read(&joined);
    let says_more = weight(&held.fact, &held.text, None) < weight(&whole, &joined, None);
    (says_more && !matches!(whole, Fact::Unknown)).then_some((joined, whole))
}

fn breaks_off_in_name(held: &Open) -> bool {
    match &held.fact {
        Fact::Kill(kill) => kill.damaged,
        Fact::Summary(summary) => summary.cut,
        Fact::Stack(StackLine::Identification(read)) => read.release.is_none(),
        Fact::Unknown => kernel::victim::may_break_off(&held.text),
        _ => false,
    }
}

/// A name broken by a wrap leaves a row that is whole and a scrap that fits its name.
fn name_goes_on(held: &Open, next: &[u8], columns: Option<&task::Columns>) -> Option<Vec<u8>> {
    let row = task::read_row(&held.text, columns?)?;
    let name = row.comm.as_bytes();
    let fits = !name.is_empty() && name.len() + next.len() <= Comm::LONGEST;
    let scrap =
        next.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'/'));
    let wrapped = held.stamped && matches!(held.fact, Fact::TaskRow) && fits && scrap;
    wrapped.then(|| [held.text.as_slice(), next].concat())
}

/// A head whose name stands on the line before.
fn headless(fact: &Fact) -> bool {
    matches!(fact, Fact::Trigger(trigger) if trigger.comm.is_none())
}

/// Some lines never go on, so nothing is joined to them.
fn open_ended(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Stack(StackLine::Frame | StackLine::Mark | StackLine::Register | StackLine::TraceStart)
            | Fact::MemInfo
            | Fact::TaskBanner
            | Fact::Marker(_)
    )
}

/// Most wraps eat the space at which they break; a line without spaces is broken inside a word, and
/// so is every line of a text that was cut at a fixed width.
fn glues(held: &Open) -> [&'static [u8]; 2] {
    let spaceless = matches!(held.fact, Fact::Summary(_) | Fact::SummaryPiece);
    if spaceless || held.cut_at_edge || held.text.ends_with(b" ") { [b"", b" "] } else { [b" ", b""] }
}

/// Returns how much a line says; only differences count.
fn weight(fact: &Fact, text: &[u8], columns: Option<&task::Columns>) -> usize {
    match fact {
        Fact::Unknown => 0,
        Fact::Trigger(trigger) => 2 + trigger_weight(trigger),
        Fact::Failure(failure) => 2 + trigger_weight(&failure.trigger),
        Fact::TaskHeader(header) => {
            let unknown =
                header.columns.iter().filter(|column| matches!(column, task::Column::Unknown(_))).count();
            1 + 2 * header.columns.len() + usize::from(header.complete)
                - unknown.min(header.columns.len()) * 2
        }
        Fact::TaskRow => 1 + columns.map_or(0, |columns| task::filled(text, columns)),
        // A pair is worth more than a damaged word costs, for a wrap may damage one and save many.
        Fact::Zone(zone) => {
            (1 + 4 * zone.counters.len()).saturating_sub(zone.damaged as usize).max(1)
                + usize::from(zone.all_unreclaimable.is_some())
        }
        Fact::Counters(counters) => 1 + counters.pages.len(),
        Fact::Buddy(buddy) => {
            let types = buddy.lists.iter().filter(|list| list.types.is_some()).count();
            1 + 2 * (2 * buddy.lists.len() + types + usize::from(buddy.total.is_some()))
                - usize::from(buddy.damaged)
        }
        Fact::Kill(kill) => {
            let sizes = [kill.total_vm, kill.anon_rss, kill.file_rss, kill.shmem_rss, kill.pgtables];
            let others = usize::from(kill.uid.is_some()) + usize::from(kill.oom_score_adj.is_some());
            2 + 2 * (sizes.iter().flatten().count() + others) - usize::from(kill.damaged)
        }
        Fact::Summary(summary) => {
            let texts = [
                &summary.constraint,
                &summary.cpuset,
                &summary.mems_allowed,
                &summary.oom_memcg,
                &summary.task_memcg,
            ];
            1 + texts.iter().filter(|text| text.is_some()).count()
                + usize::from(summary.global)
                + usize::from(summary.comm.is_some())
                + usize::from(summary.pid.is_some())
                + usize::from(!summary.cut)
        }
        Fact::Usage(usage) => {
            1 + usize::from(usage.usage.is_some())
                + usize::from(usage.limit.is_some())
                + usize::from(usage.failcnt.is_some())
        }
        Fact::Reaped(reaped) => {
            1 + [reaped.anon_rss, reaped.file_rss, reaped.shmem_rss].iter().flatten().count()
        }
        Fact::TaskIn(piece) => 1 + usize::from(piece.task.is_some()) + usize::from(piece.memcg.is_some()),
        Fact::StatsFor(head) => 1 + usize::from(head.path.is_some()) + head.stat.len(),
        Fact::Cpuset(piece) => 1 + usize::from(piece.mems_allowed.is_some()),
        Fact::Stack(StackLine::Identification(read)) => {
            1 + usize::from(read.taint.is_some()) + usize::from(read.release.is_some())
        }
        _ => 1,
    }
}

fn trigger_weight(trigger: &kernel::trigger::Trigger) -> usize {
    usize::from(trigger.comm.is_some())
        + usize::from(trigger.gfp_mask.is_some())
        + usize::from(trigger.gfp_flags.as_ref().is_some_and(|names| !names.contains(' ')))
        + usize::from(trigger.order.is_some())
        + usize::from(trigger.oom_score_adj.is_some() || trigger.oom_adj.is_some())
        + usize::from(trigger.mems_allowed.is_some())
}
