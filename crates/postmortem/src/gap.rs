//! Gap: why nothing stopped it.

use oomkit_core::{finding::Confidence, limit::Limit, place::Evidence, units::Bytes};
use oomkit_decode::{Event, report::Scope};
use oomkit_snap::snapshot::Cgroup;

use crate::{
    history::History,
    incident::{Gap, GapWhy},
    matching::Found,
    who::{Shared, Who},
};

/// What is known about the limits of the one to blame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// What happened.
    pub(crate) event: &'a Event,
    /// Who is to blame.
    pub(crate) who: &'a Who,
    /// Its workload in manifests and on a host, where it was recognised.
    pub(crate) found: &'a [Found<'a>],
    /// How many workloads were looked at; `None` where none were given.
    pub(crate) workloads: Option<u64>,
    /// What was there before.
    pub(crate) history: Option<&'a History>,
}

/// Says why nothing stopped it, the surest reason first.
pub(crate) fn all(known: &Known<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if known.event.scope == Scope::Memcg {
        gaps.push(reached(known.event));
    }
    gaps.extend(known.found.iter().filter_map(|found| written(known, found)));
    if known.event.scope != Scope::Memcg {
        gaps.extend(known.history.and_then(|history| seen(known, history)));
        let is_told = gaps.iter().any(|gap| gap.confidence != Confidence::Low);
        gaps.extend((!is_told).then(|| by_class(known)).flatten());
    }
    // Of equally sure ones the first stands: it has a place where something can be written.
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.confidence));
    if known.found.is_empty()
        && let Some(workloads) = known.workloads
    {
        gaps.push(plain(GapWhy::NotRecognised { workloads }, Confidence::High));
    }
    if gaps.is_empty() {
        gaps.push(plain(GapWhy::Unknown, Confidence::High));
    }
    gaps
}

const fn plain(why: GapWhy, confidence: Confidence) -> Gap {
    Gap { why, confidence, written: None, evidence: Vec::new() }
}

/// Says whose limit was reached.
fn reached(event: &Event) -> Gap {
    let memcg = event.memcg.as_ref();
    let limit_bytes = memcg.and_then(|memcg| memcg.limit_bytes).and_then(Limit::size);
    let why = match Shared::of(event) {
        Some(Shared { cgroup, limit }) => GapWhy::ParentLimitReached { cgroup, limit_bytes: limit },
        None => {
            let cgroup = memcg.and_then(|memcg| memcg.path.clone());
            GapWhy::LimitReached { cgroup, limit_bytes }
        }
    };
    let confidence = if event.scope_inferred { Confidence::Medium } else { Confidence::High };
    Gap { evidence: event.evidence.clone(), ..plain(why, confidence) }
}

/// Says what the manifest or the host sets.
fn written(known: &Known<'_>, found: &Found<'_>) -> Option<Gap> {
    let model = &found.report.model;
    let scope = found.scope.path.clone();
    let held_bytes = known.who.held;
    let why = match model.ceiling(found.scope) {
        None if model.may_be_limited(found.scope) || found.scope.is_partial => return None,
        None => GapWhy::NoLimit { scope },
        // The log itself tells of the limit that was reached.
        Some(_) if known.event.scope == Scope::Memcg => return None,
        Some(ceiling) => {
            let (limit_bytes, held_bytes) = (ceiling.size?, held_bytes?);
            if limit_bytes < held_bytes {
                GapWhy::NotInForce { scope, limit_bytes, held_bytes }
            } else {
                GapWhy::LimitAbove { scope, limit_bytes, held_bytes }
            }
        }
    };
    Some(Gap { written: found.written(), ..plain(why, found.confidence()) })
}

/// Says which limit was in force when it was last seen.
fn seen(known: &Known<'_>, history: &History) -> Option<Gap> {
    let cgroups = history.last.cgroups.as_ref()?;
    let path = history.process(known.who)?.cgroup.as_ref()?.as_bytes();
    let holds = |cgroup: &&Cgroup| {
        let above = cgroup.path.as_bytes();
        above == b"/"
            || path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    };
    let own: Vec<&Cgroup> = cgroups.iter().filter(holds).collect();
    let innermost = own.iter().max_by_key(|cgroup| cgroup.path.as_bytes().len())?;
    // The root has no limit file, so only what lies below it can be unknown.
    let below = own.iter().filter(|cgroup| cgroup.path.as_bytes() != b"/");
    let limits: Option<Vec<Limit>> = below.map(|cgroup| cgroup.limit_bytes).collect();
    let least: Option<Bytes> = limits?.into_iter().filter_map(Limit::size).min();
    let scope = innermost.path.to_string();
    let why = match (least, known.who.held) {
        (None, _) => GapWhy::NoLimitSeen { cgroup: scope },
        (Some(limit_bytes), Some(held_bytes)) if held_bytes <= limit_bytes => {
            GapWhy::LimitAbove { scope, limit_bytes, held_bytes }
        }
        // It moved, or the limit was taken away since.
        (Some(_), _) => return None,
    };
    Some(plain(why, Confidence::High))
}

/// Says what the adjustment of the score stands for.
fn by_class(known: &Known<'_>) -> Option<Gap> {
    let evidence: Vec<Evidence> =
        known.event.findings.iter().find(|finding| finding.name == "kubernetes-class")?.evidence.clone();
    known.who.is_best_effort().then(|| Gap { evidence, ..plain(GapWhy::NoLimitByClass, Confidence::Medium) })
}
