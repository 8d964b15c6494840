//! Risk: who else was hit, or would have been next.

use std::cmp::Reverse;

use oomkit_audit::rules;
use oomkit_core::{
    ident::{Pid, visible},
    units::WallTime,
};
use oomkit_decode::{
    Context, ContextKind, Event,
    report::{Scope, Victim},
};

use crate::{
    episode::Episode,
    incident::{Risk, RiskWhy},
    matching::Found,
    who::Who,
};

/// How many are named of each kind.
const MOST: usize = 5;

/// How far from the kill a failure still belongs to it, in microseconds.
const NEAR: u64 = 3600 * 1_000_000;

/// The rule of the auditor that finds what others lean on beside what has no limit.
const NEIGHBOUR: &str = "OKA043";

/// Names everybody who was hit, then everybody who would have been.
pub(crate) fn all(
    head: &Event,
    who: &Who,
    episode: &Episode<'_>,
    context: &[Context],
    found: &[Found<'_>],
) -> Vec<Risk> {
    let mut risks = killed_too(head, who, episode);
    risks.extend(failed(head, who, context));
    risks.extend(found.iter().flat_map(beside));
    if head.scope == Scope::Global {
        let killed: Vec<Pid> =
            episode.kills().flat_map(|event| &event.victims).map(|victim| victim.pid).collect();
        risks.extend(next(head, &killed));
    }
    risks
}

/// Names who was killed beside the one that the story begins with and the one that is to blame.
fn killed_too(head: &Event, who: &Who, episode: &Episode<'_>) -> Vec<Risk> {
    let first = head.victims.first();
    let is_meant = |victim: &&Victim| {
        let is_first = first.is_some_and(|first| first.pid == victim.pid && first.comm == victim.comm);
        is_first || who.comm.as_ref() == Some(&victim.comm)
    };
    let mut risks: Vec<Risk> = Vec::new();
    for event in episode.kills() {
        for victim in event.victims.iter().filter(|victim| !is_meant(victim)) {
            let name = victim.comm.to_string();
            if risks.iter().any(|risk| risk.name == name) {
                continue;
            }
            risks.push(Risk {
                critical: critical(&name),
                name,
                why: RiskWhy::KilledToo { pid: victim.pid, at: event.at },
                evidence: Some(event.proof(victim.line)),
            });
        }
    }
    risks.truncate(MOST);
    risks
}

/// Names the services that failed around the kill, but for the one that the story is about.
fn failed(head: &Event, who: &Who, context: &[Context]) -> Vec<Risk> {
    let units = [&who.workload, &head.workload].map(|workload| workload.as_ref()?.unit.as_deref());
    let is_other = |context: &&Context| !units.contains(&context.subject.as_deref());
    let near = context.iter().filter(|context| is_failure(context.kind) && is_near(head, context));
    let near = near.filter(is_other);
    let mut risks: Vec<Risk> = near
        .filter_map(|context| {
            let name = visible(context.subject.as_ref()?.as_bytes()).into_owned();
            Some(Risk {
                critical: critical(&name),
                name,
                why: RiskWhy::Failed { kind: context.kind },
                evidence: Some(oomkit_core::place::Evidence {
                    input: context.input,
                    line: context.line,
                    text: context.message.clone(),
                }),
            })
        })
        .collect();
    risks.dedup_by(|one, other| one.name == other.name);
    risks.truncate(MOST);
    risks
}

const fn is_failure(kind: ContextKind) -> bool {
    matches!(
        kind,
        ContextKind::UnitOomKill
            | ContextKind::UnitOomdKill
            | ContextKind::UnitKilled
            | ContextKind::UnitCrashed
            | ContextKind::UnitWatchdog
            | ContextKind::UnitTimeout
            | ContextKind::UnitStartFailed
            | ContextKind::UnitDependencyFailed
            | ContextKind::UnitFailed
            | ContextKind::ContainerOom
    )
}

/// Tells whether trouble lies within an hour of an event, on a clock that both have.
pub(crate) fn is_near(head: &Event, context: &Context) -> bool {
    after(head, context).is_some_and(|micros| micros.unsigned_abs() <= NEAR)
}

/// Returns how long after an event trouble began, in microseconds.
pub(crate) fn after(head: &Event, context: &Context) -> Option<i64> {
    let micros = |at: WallTime| at.instant().as_microsecond();
    let of_boot = || {
        let (from, to) = head.since_boot_seconds.zip(context.since_boot_seconds)?;
        let is_same = head.input == context.input;
        let (from, to) = (i64::try_from(from.micros()).ok()?, i64::try_from(to.micros()).ok()?);
        is_same.then(|| to.checked_sub(from)).flatten()
    };
    match head.at.zip(context.at) {
        Some((from, to)) => micros(to).checked_sub(micros(from)),
        None => of_boot(),
    }
}

/// Names what others lean on and what may share the machine with a workload without a limit.
fn beside(found: &Found<'_>) -> Vec<Risk> {
    let model = &found.report.model;
    let findings = found.report.findings.iter().filter(|finding| finding.code == NEIGHBOUR);
    let about = findings.filter(|finding| finding.evidence.iter().any(|place| place.scope == Some(found.id)));
    let others = about.flat_map(|finding| &finding.evidence).filter(|place| place.scope != Some(found.id));
    let mut risks: Vec<Risk> = others
        .filter_map(|place| {
            let scope = model.scope(place.scope?)?;
            let file = model.file(place.file)?.name.clone();
            Some(Risk {
                name: scope.path.clone(),
                critical: critical(&scope.name),
                why: RiskWhy::Beside { file, line: place.line() },
                evidence: None,
            })
        })
        .collect();
    risks.dedup_by(|one, other| one.name == other.name);
    risks.truncate(MOST);
    risks
}

/// Names the next in the kernel's order, and what others lean on wherever it stands; who was killed in the
/// end is told elsewhere.
fn next(head: &Event, killed: &[Pid]) -> Vec<Risk> {
    // Of a table that is cut, nobody knows who is next.
    if head.task_table.lacks_rows() {
        return Vec::new();
    }
    let is_victim = |pid| killed.contains(&pid);
    let mut order: Vec<_> = head
        .tasks
        .iter()
        .filter(|task| !is_victim(task.pid) && !task.tgid.is_some_and(is_victim))
        .filter_map(|task| Some((task.badness?, task)))
        .collect();
    order.sort_by_key(|(badness, task)| (Reverse(*badness), task.pid));
    let ranked = (1_u32..).zip(order);
    let risk = |(rank, (_, task)): (u32, (i64, &oomkit_decode::report::Task))| {
        let name = task.comm.to_string();
        Risk {
            critical: critical(&name),
            name,
            why: RiskWhy::Next { rank, pid: task.pid, held_bytes: task.rss_anon_bytes.or(task.rss_bytes) },
            evidence: Some(head.proof(task.line)),
        }
    };
    let named: Vec<Risk> = ranked.map(risk).collect();
    let is_first = |at: usize| at < 3;
    let wanted = named.into_iter().enumerate().filter(|(at, risk)| is_first(*at) || risk.critical.is_some());
    wanted.map(|(_, risk)| risk).take(MOST).collect()
}

fn critical(name: &str) -> Option<String> {
    rules::critical(name).map(str::to_owned)
}
