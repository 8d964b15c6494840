//! Assembling: a log, a history and limits become one incident.

use oomkit_audit::Report;
use oomkit_core::finding::Confidence;
use oomkit_decode::{Context, Event, report::EventKind};
use oomkit_snap::store::Store;

use crate::{
    blame,
    clocks::Stamp,
    episode::{Episode, is_kill},
    figure::{self, Figure},
    gap::{self, Known},
    growth,
    history::History,
    incident::{Apart, Change, Growth, Happened, Incident, Killed, Missing, NoGrowth},
    matching::Found,
    patch, risk, timeline,
    who::{Reached, Who, held},
};

/// What an incident is put together from; each but the events may be missing.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The events of the logs, in their order, [each once](crate::once).
    pub events: &'a [Event],
    /// Other trouble in the same logs.
    pub context: &'a [Context],
    /// The snapshots of the host.
    pub store: Option<&'a Store>,
    /// The limits that people wrote.
    pub written: Option<&'a Report>,
    /// The limits that the host enforces.
    pub live: Option<&'a Report>,
    /// The room above what was used, in percent.
    pub headroom_percent: u32,
    /// Whether the logs have older events than these.
    pub is_cut: bool,
}

/// How many rules of the decoder are listened to beside the limit.
const ADVICE: usize = 3;

/// Rules whose advice is the limit that is proposed here with more knowledge.
const ABOUT_THE_LIMIT: &[&str] = &["one-process", "kubernetes-class"];

/// Puts the newest incident of the logs together, and returns the event that it begins with.
///
/// `None` where the logs have no kill, no panic and no failed allocation. `reading` learns before each
/// snapshot how many are read, of how many.
#[must_use]
pub fn assemble<'a>(
    sources: &Sources<'a>,
    reading: &mut dyn FnMut(usize, usize),
) -> Option<(Incident, &'a Event)> {
    let episodes = Episode::split(sources.events);
    let hurt = |episode: &&Episode<'_>| episode.head().is_some_and(|head| is_kill(head.kind));
    let any = || Episode::newest(episodes.iter().filter(|episode| episode.head().is_some()));
    let episode = Episode::newest(episodes.iter().filter(hurt)).or_else(any)?;
    let head = episode.head()?;
    let others = episodes.iter().filter(hurt).filter(|other| !std::ptr::eq(*other, episode)).count();

    let stamp =
        Stamp { since_boot: head.since_boot_seconds, at: head.at, zone_assumed: head.at_zone_assumed };
    let history = sources.store.map(|store| History::read(store, stamp, head.host.as_deref(), reading));
    let mut who = Who::of(head);
    if let Some(Ok(history)) = &history {
        history.teach(&mut who);
    }
    let growth = match &history {
        None => Growth::Unknown { why: NoGrowth::NoStore },
        Some(Err(why)) => Growth::Unknown { why: why.clone() },
        Some(Ok(_)) if who.is_nobody() => Growth::Unknown { why: NoGrowth::NobodyToBlame },
        Some(Ok(history)) => growth::of(history, &who, Reached::path(head).as_deref()),
    };
    let history = history.and_then(Result::ok);
    let found: Vec<Found<'_>> = [sources.written, sources.live]
        .into_iter()
        .flatten()
        .filter_map(|report| Found::of(report, &who))
        .collect();
    let known = Known {
        event: head,
        who: &who,
        found: &found,
        workloads: workloads(sources),
        history: history.as_ref(),
    };
    let figure = figure(sources, &known, &growth);
    let incident = Incident {
        happened: Happened {
            earlier: others as u64,
            earlier_at_least: sources.is_cut,
            ..happened(head, episode)
        },
        blame: blame::of(head, growth::agreement(&growth)),
        later: blame::later(head, episode).into_iter().map(|(later, _)| later).collect(),
        gaps: gap::all(&known),
        at_risk: risk::all(head, &who, episode, sources.context, &found),
        changes: changes(&known, episode, &growth, figure),
        timeline: timeline::all(head, episode, sources.context, &growth),
        clock: history.as_ref().map(|history| history.join.clock),
        missing: missing(sources, &known, &growth, figure),
        growth,
    };
    Some((incident, head))
}

fn workloads(sources: &Sources<'_>) -> Option<u64> {
    let reports = [sources.written, sources.live];
    let count = |report: &Report| report.model.leaves().count() as u64;
    reports.iter().any(Option::is_some).then(|| reports.into_iter().flatten().map(count).sum())
}

fn happened(head: &Event, episode: &Episode<'_>) -> Happened {
    let victims = head.victims.iter().map(|victim| Killed {
        pid: victim.pid,
        comm: victim.comm.clone(),
        held_bytes: held(head, victim),
        workload: head.workload.as_ref().map(|workload| workload.describe()),
    });
    let is_same = |event: &&Event| {
        let names = || event.victims.iter().map(|victim| &victim.comm);
        head.victims.iter().any(|victim| names().any(|name| *name == victim.comm))
    };
    let machine = figure::machine(head);
    Happened {
        kind: head.kind,
        scope: head.scope,
        at: head.at,
        at_year_assumed: head.at_year_assumed,
        since_boot_seconds: head.since_boot_seconds,
        host: head.host.clone(),
        killer: head.killer.clone(),
        victims: victims.collect(),
        kills: episode.count(&[EventKind::OomKill, EventKind::UserspaceKill]),
        repeats: episode.kills().filter(is_same).count().saturating_sub(1) as u64,
        in_vain: episode.count(&[EventKind::OomNoVictim]),
        panicked: episode.panicked(),
        last_at: episode.kills().last().and_then(|event| event.at),
        earlier: 0,
        earlier_at_least: false,
        cgroup: Reached::path(head),
        limit_bytes: head.memcg.as_ref().and_then(|memcg| memcg.limit_bytes),
        machine_bytes: machine.map(|(size, _)| size),
        machine_inferred: machine.is_some_and(|(_, is_inferred)| is_inferred),
        stalled: head.failure.as_ref().is_some_and(|failure| failure.what.ends_with("stall")),
        crash_kernel: head.crash_kernel.is_some(),
        evidence: head.evidence.clone(),
    }
}

/// Says what to change: the limit, what it cannot cure, and what the decoder advises beside it.
fn changes(known: &Known<'_>, episode: &Episode<'_>, growth: &Growth, figure: Option<Figure>) -> Vec<Change> {
    let mut changes = Vec::new();
    changes.extend(figure.map(|figure| limit(known, figure)));
    if let Growth::Seen(grown) = growth
        && let Some(per_hour_bytes) = growth::leak(grown)
    {
        let name = known.who.name().unwrap_or_else(|| grown.name.clone());
        changes.push(Change::Leak { name, per_hour_bytes });
    }
    let is_limit = matches!(changes.first(), Some(Change::Limit { .. }));
    let mut advice: Vec<Change> = Vec::new();
    for finding in &known.event.findings {
        let Some(text) = &finding.remedy else { continue };
        let is_told = is_limit && ABOUT_THE_LIMIT.contains(&finding.name);
        let is_double =
            advice.iter().any(|change| matches!(change, Change::Advice { text: other, .. } if other == text));
        if !is_told && !is_double {
            advice.push(Change::Advice { code: finding.code.into(), text: text.clone() });
        }
    }
    advice.truncate(ADVICE);
    changes.extend(advice);
    // What a later kill came from is not cured by what helps against the first one's cause.
    for finding in blame::later(known.event, episode).into_iter().map(|(_, finding)| finding) {
        let told = |change: &Change| matches!(change, Change::Advice { text, .. } if finding.remedy.as_ref() == Some(text));
        if let Some(text) = finding.remedy.clone().filter(|_| !changes.iter().any(told)) {
            changes.push(Change::Advice { code: finding.code.into(), text });
        }
    }
    changes
}

/// Says which workload of those that were recognised a limit would be written for; the written one is where a
/// change lasts.
fn sure<'f, 'a>(known: &'f Known<'a>) -> Option<&'f Found<'a>> {
    let fit = known.found.iter().filter(|found| found.others == 0 && !found.sets_another(known.who));
    fit.rev().max_by_key(|found| found.confidence())
}

fn figure(sources: &Sources<'_>, known: &Known<'_>, growth: &Growth) -> Option<Figure> {
    // Without anybody to blame there is nobody to limit.
    known.event.culprit.as_ref()?;
    known.who.comm.as_ref()?;
    figure::limit(known, sure(known), growth, sources.headroom_percent)
}

fn limit(known: &Known<'_>, figure: Figure) -> Change {
    let sure = sure(known);
    let proposal =
        sure.map(|found| patch::of_scope(found, figure)).or_else(|| patch::of_who(known.who, figure));
    let (spelled, patch) =
        proposal.map_or((String::new(), None), |proposal| (proposal.spelled, proposal.patch));
    Change::Limit {
        scope: sure
            .map(|found| found.scope.path.clone())
            .or_else(|| known.who.workload.as_ref().map(|workload| workload.describe())),
        name: known.who.name(),
        confidence: sure.map_or(Confidence::High, Found::confidence),
        limit_bytes: figure.limit,
        basis: figure.basis,
        spelled,
        patch,
    }
}

fn missing(
    sources: &Sources<'_>,
    known: &Known<'_>,
    growth: &Growth,
    figure: Option<Figure>,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    let is_blamed = known.event.culprit.is_some() && known.who.comm.is_some();
    if figure.is_none() && is_blamed && matches!(Reached::of(known.event), Some(Reached::Shared(_))) {
        missing.push(Missing::Shares);
    }
    match growth {
        Growth::Unknown { why: NoGrowth::NoStore } => missing.push(Missing::Store),
        Growth::Unknown { why: NoGrowth::Apart { because: Apart::NoTime } } => missing.push(Missing::Time),
        Growth::Unknown { why: NoGrowth::NobodyToBlame } | Growth::Seen(_) => {}
        Growth::Unknown { .. } => missing.push(Missing::SnapshotsOfThatTime),
    }
    if sources.written.is_none() && !known.who.is_nobody() {
        missing.push(Missing::Manifests);
    }
    let has_ids = |workload: &oomkit_core::workload::Workload| {
        workload.pod_uid.is_some() && workload.pod.is_none()
            || workload.container_id.is_some() && workload.container.is_none()
    };
    if known.who.workload.as_ref().is_some_and(has_ids) {
        missing.push(Missing::Names);
    }
    if known.event.tasks.is_empty() && is_kill(known.event.kind) {
        missing.push(Missing::TaskTable);
    }
    if known.event.task_table.lacks_rows() {
        missing.push(Missing::TaskRows);
    }
    missing
}
