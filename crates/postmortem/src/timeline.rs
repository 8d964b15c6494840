//! Timeline: what the log and the store tell, in one order.
//!
//! Everything is placed by how long before or after the first kill it was, since that is what all clocks
//! can say; the wall clock is shown beside it.

use oomkit_core::{place::Evidence, units::WallTime};
use oomkit_decode::{Context, Event, report::EventKind};

use crate::{
    episode::Episode,
    incident::{Growth, Moment, What},
    risk::after,
    who::held,
};

/// How many kills, and how many lines of other trouble, are kept.
const MOST: usize = 40;

/// How long before the first kill trouble still belongs to it, in microseconds.
const BEFORE: i64 = 6 * 3600 * 1_000_000;

/// How long after it.
const AFTER: i64 = 3600 * 1_000_000;

/// Puts everything in one order.
pub(crate) fn all(head: &Event, episode: &Episode<'_>, context: &[Context], growth: &Growth) -> Vec<Moment> {
    let mut moments: Vec<Moment> = episode.kills().flat_map(|event| kills(head, event)).take(MOST).collect();
    let mut trouble: Vec<Moment> = context.iter().filter_map(|context| troubled(head, context)).collect();
    // What lies nearest to the kill says most about it.
    trouble.sort_by_key(|moment| moment.after_microseconds.map(i64::unsigned_abs));
    trouble.truncate(MOST);
    moments.extend(trouble);
    moments.extend(steps(growth));
    moments.sort_by_key(|moment| moment.after_microseconds);
    moments
}

/// Returns what an event of the killer did, victim by victim; never empty.
pub(crate) fn kills(head: &Event, event: &Event) -> Vec<Moment> {
    let after = micros_between(head, event);
    let moment = |what, evidence| moment(after, event.at, what, evidence);
    if event.victims.is_empty() {
        let what = match (event.kind, &event.killer) {
            (EventKind::Panic, _) => What::Panicked,
            (EventKind::OomNoVictim, _) => What::NobodyToKill,
            (_, Some(killer)) => {
                What::KilledByProgram { killer: killer.name.clone(), target: killer.target.clone() }
            }
            _ => What::KillerRan,
        };
        return vec![moment(what, event.evidence.first().cloned())];
    }
    let killed = event.victims.iter().map(|victim| {
        let what =
            What::Killed { comm: victim.comm.clone(), pid: victim.pid, held_bytes: held(event, victim) };
        moment(what, Some(event.proof(victim.line)))
    });
    killed.collect()
}

fn moment(after: Option<i64>, at: Option<WallTime>, what: What, evidence: Option<Evidence>) -> Moment {
    let after_seconds = after.map(|micros| micros.div_euclid(1_000_000));
    Moment { after_seconds, after_microseconds: after, at, what, evidence }
}

/// Returns how long after the first kill an event was; the kernel's clock counts finer than most logs' own.
fn micros_between(head: &Event, event: &Event) -> Option<i64> {
    let micros = |at: WallTime| at.instant().as_microsecond();
    let wall = || head.at.zip(event.at).map(|(from, to)| micros(to) - micros(from));
    let of_boot = || {
        let (from, to) = head.since_boot_seconds.zip(event.since_boot_seconds)?;
        Some(i64::try_from(to.micros()).ok()? - i64::try_from(from.micros()).ok()?)
    };
    if std::ptr::eq(head, event) {
        return Some(0);
    }
    // Another boot begins to count anew, which the clocks of people show.
    let (wall, of_boot) = (wall(), of_boot());
    match (wall, of_boot) {
        (Some(wall), Some(of_boot)) if wall.abs_diff(of_boot) < 2_000_000 => Some(of_boot),
        (wall, of_boot) => wall.or(of_boot),
    }
}

fn troubled(head: &Event, context: &Context) -> Option<Moment> {
    let micros = after(head, context).filter(|micros| -BEFORE <= *micros && *micros <= AFTER)?;
    let what = What::Trouble { kind: context.kind, subject: context.subject.clone(), count: context.count };
    let evidence = Evidence { input: context.input, line: context.line, text: context.message.clone() };
    Some(moment(Some(micros), context.at, what, Some(evidence)))
}

fn steps(growth: &Growth) -> Vec<Moment> {
    let Growth::Seen(grown) = growth else { return Vec::new() };
    let moment = |step: &crate::incident::Step| {
        let what = What::Held { name: grown.name.clone(), held_bytes: step.held_bytes };
        let before = i64::try_from(step.before_seconds.micros()).ok();
        moment(before.map(|micros| -micros), step.at, what, None)
    };
    grown.steps.iter().map(moment).collect()
}
