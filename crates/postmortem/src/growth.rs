//! Growth: what the one to blame held over time, and who else grew.

use oomkit_core::{
    cgroup::lies_in,
    units::{ByteDelta, Bytes},
};
use oomkit_snap::trend::{self, Point, Tracked, Trend, Verdict};

use crate::{
    history::History,
    incident::{Agreement, Grower, Grown, Growth, NoGrowth, Step, Subject},
    who::Who,
};

/// How many moments are shown.
const STEPS: usize = 12;

/// How many others are named.
const OTHERS: usize = 3;

/// What grew by less is not worth a word, in hundredths of what the one to blame grew by.
const WORTH: i64 = 10;

/// Says what somebody held over time, and who else grew `within` the control group that was full, if one was.
pub(crate) fn of(history: &History, who: &Who, within: Option<&str>) -> Growth {
    let Some((subject, tracked)) = tracked(history, who) else { return not_seen(history) };
    let points: Vec<Point> = tracked.pieces.iter().flatten().copied().collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return not_seen(history) };
    Growth::Seen(Grown {
        name: if subject == Subject::Cgroup { None } else { who.name() }
            .unwrap_or_else(|| name(&tracked.subject)),
        // A control group has more than the one that is to blame, and so have all of its name.
        at_kill_bytes: who.held.filter(|_| match subject {
            Subject::Process => true,
            Subject::Name => who.pid.is_none(),
            Subject::Cgroup => false,
        }),
        subject,
        trend: tracked.trend,
        first: *first,
        last: *last,
        peak_bytes: points.iter().map(|point| point.size).max().unwrap_or_default(),
        usual_bytes: usual(&points),
        steps: steps(history, &points),
        last_seen_seconds: history.join.at.since(last.at),
        snapshots: history.snapshots,
        damaged: history.damaged,
        others: others(history, tracked, last.size.minus(first.size), within),
    })
}

fn not_seen(history: &History) -> Growth {
    let why = NoGrowth::NotSeen {
        snapshots: history.snapshots,
        damaged: history.damaged,
        last_seconds: history.last_seen(),
    };
    Growth::Unknown { why }
}

/// Finds what to look at: the process itself, else all of its name, else its control group.
fn tracked<'a>(history: &'a History, who: &Who) -> Option<(Subject, &'a Tracked)> {
    let all =
        || history.tracked.iter().filter(|tracked| 1 < tracked.pieces.iter().map(Vec::len).sum::<usize>());
    let last =
        |tracked: &&Tracked| tracked.pieces.last().and_then(|piece| piece.last()).map(|point| point.at);
    let process = all()
        .filter(|tracked| match (&tracked.subject, history.process(who)) {
            (trend::Subject::Process(id), Some(process)) => {
                id.pid == process.pid && id.start_ticks == process.start_ticks
            }
            _ => false,
        })
        .max_by_key(last);
    let of_name = || {
        let comm = who.comm.as_ref()?;
        let is_it =
            |tracked: &&Tracked| matches!(&tracked.subject, trend::Subject::Name(name, _) if name == comm);
        all()
            .filter(is_it)
            .max_by_key(|tracked| tracked.pieces.iter().flatten().map(|point| point.size).max())
    };
    let of_cgroup = || {
        let path = who.cgroup.as_deref()?;
        all().find(
            |tracked| matches!(&tracked.subject, trend::Subject::Cgroup(name, _) if name.as_bytes() == path.as_bytes()),
        )
    };
    // A group of processes is to blame as a group.
    process
        .filter(|_| who.pid.is_some())
        .map(|tracked| (Subject::Process, tracked))
        .or_else(|| Some((Subject::Name, of_name()?)))
        .or_else(|| Some((Subject::Cgroup, of_cgroup()?)))
}

/// Returns how something that was tracked is called.
pub(crate) fn name(subject: &trend::Subject) -> String {
    match subject {
        trend::Subject::Machine => String::new(),
        trend::Subject::Cgroup(path, _) => path.to_string(),
        trend::Subject::Name(comm, _) => comm.to_string(),
        trend::Subject::Process(id) => id.pid.to_string(),
    }
}

/// Returns what was usual before it grew; `None` where it was growing from the start.
fn usual(points: &[Point]) -> Option<Bytes> {
    let (before, _) = points.split_at_checked(points.len() / 2)?;
    let is_calm = matches!(Trend::of(&[before.to_vec()]).verdict, Verdict::Level | Verdict::Settled { .. });
    let mut sizes: Vec<Bytes> = before.iter().map(|point| point.size).collect();
    sizes.sort_unstable();
    is_calm.then(|| sizes.get(sizes.len() / 2).copied()).flatten()
}

fn steps(history: &History, points: &[Point]) -> Vec<Step> {
    let last = points.len().saturating_sub(1);
    let count = STEPS.min(points.len());
    let at = |step: usize| points.get(last * step / count.saturating_sub(1).max(1));
    let step = |point: &Point| Step {
        before_seconds: history.join.at.since(point.at),
        at: history.wall(point.at),
        held_bytes: point.size,
    };
    (0..count).filter_map(at).map(step).collect()
}

/// Returns who else grew, by name, the most first.
///
/// What grew outside of a control group that was full did not fill it.
fn others(history: &History, mine: &Tracked, my_growth: ByteDelta, within: Option<&str>) -> Vec<Grower> {
    let is_within = |comm: &oomkit_core::ident::Comm| {
        within.is_none_or(|group| {
            let mut named = history.last.processes.iter().flatten().filter(|process| process.comm == *comm);
            named.any(|process| {
                process.cgroup.as_ref().is_some_and(|path| lies_in(path.as_bytes(), group.as_bytes()))
            })
        })
    };
    let is_mine = |comm: &oomkit_core::ident::Comm| match &mine.subject {
        trend::Subject::Name(name, _) => name == comm,
        trend::Subject::Process(id) => {
            let process = history.last.processes.iter().flatten().find(|process| process.pid == id.pid);
            process.is_some_and(|process| process.comm == *comm)
        }
        _ => false,
    };
    let mut growers: Vec<Grower> = history
        .tracked
        .iter()
        .filter_map(|tracked| {
            let trend::Subject::Name(comm, _) = &tracked.subject else { return None };
            let points = || tracked.pieces.iter().flatten();
            let by_bytes = points().last()?.size.minus(points().next()?.size);
            (!is_mine(comm) && is_within(comm)).then(|| Grower { name: comm.to_string(), by_bytes })
        })
        .filter(|grower| my_growth.get().max(1 << 20) / 100 * WORTH < grower.by_bytes.get())
        .collect();
    growers.sort_by_key(|grower| std::cmp::Reverse(grower.by_bytes));
    growers.truncate(OTHERS);
    growers
}

/// Says whether the history agrees that it was this one.
pub(crate) fn agreement(growth: &Growth) -> Agreement {
    let Growth::Seen(grown) = growth else { return Agreement::Nothing };
    let by = grown.last.size.minus(grown.first.size);
    match grown.others.first() {
        Some(other) if by < other.by_bytes => {
            Agreement::OtherGrewMore { name: other.name.clone(), by_bytes: other.by_bytes }
        }
        _ if grew(grown) => Agreement::Agrees,
        _ => Agreement::NobodyGrew,
    }
}

/// Tells whether it grew by enough to be seen.
fn grew(grown: &Grown) -> bool {
    let by = grown.last.size.minus(grown.first.size).get();
    let is_much = i64::try_from(grown.peak_bytes.get()).is_ok_and(|peak| peak / 10 < by);
    is_much || leak(grown).is_some()
}

/// Returns how much it grows in an hour, where it keeps growing.
pub(crate) const fn leak(grown: &Grown) -> Option<ByteDelta> {
    match grown.trend.verdict {
        Verdict::Grows(rate) | Verdict::GrowsInRounds(rate) => Some(rate.per_hour_bytes),
        _ => None,
    }
}
