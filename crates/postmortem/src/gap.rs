//! Gap: why nothing stopped it.

use oomkit_core::{cgroup::lies_in, finding::Confidence, limit::Limit, place::Evidence, units::Bytes};
use oomkit_decode::{Event, report::Scope};
use oomkit_snap::snapshot::Cgroup;

use crate::{
    history::History,
    incident::{Gap, GapWhy},
    matching::{Found, is_same},
    who::{Reached, Shared, Who},
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

/// Says why nothing stopped it, the surest reason first; nothing where nobody is to blame.
pub(crate) fn all(known: &Known<'_>) -> Vec<Gap> {
    // What nobody did, no limit of anybody would have stopped.
    if known.who.is_nobody() && known.event.scope != Scope::Memcg {
        return Vec::new();
    }
    let mut gaps: Vec<Gap> = known.found.iter().filter_map(|found| written(known, found)).collect();
    if known.event.scope != Scope::Memcg {
        gaps.extend(known.history.and_then(|history| seen(known, history)));
        let is_told = gaps.iter().any(|gap| gap.confidence != Confidence::Low);
        gaps.extend((!is_told).then(|| by_class(known)).flatten());
    }
    // Of equally sure ones the first stands: it has a place where something can be written.
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.confidence));
    gaps.splice(0..0, reached(known.event));
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

/// Says whose limit was reached, if one was.
fn reached(event: &Event) -> Option<Gap> {
    let (cgroup, limit_bytes) = (Reached::path(event), Reached::limit(event));
    let why = match Reached::of(event)? {
        Reached::Own => GapWhy::LimitReached { cgroup, limit_bytes },
        Reached::Shared(Shared { cgroup, limit }) => {
            GapWhy::ParentLimitReached { cgroup, limit_bytes: limit }
        }
        Reached::Unknown => GapWhy::GroupLimitReached { cgroup, limit_bytes },
    };
    let confidence = if event.scope_inferred { Confidence::Medium } else { Confidence::High };
    Some(Gap { evidence: event.evidence.clone(), ..plain(why, confidence) })
}

/// Says what the manifest or the host sets.
fn written(known: &Known<'_>, found: &Found<'_>) -> Option<Gap> {
    let scope = found.scope.path.clone();
    let held_bytes = known.who.held;
    let why = match (found.limit()?, known.who.limit) {
        (limit, Some(reached_bytes)) => match limit.size() {
            Some(limit_bytes) if is_same(limit_bytes, reached_bytes) => {
                GapWhy::LimitWritten { scope, limit_bytes }
            }
            written_bytes => GapWhy::OtherLimit { scope, written_bytes, reached_bytes },
        },
        (Limit::Max, None) => GapWhy::NoLimit { scope },
        // The log itself tells of the limit that was reached.
        (Limit::At(_), None) if known.event.scope == Scope::Memcg => return None,
        (Limit::At(limit_bytes), None) => {
            let held_bytes = held_bytes?;
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
    let holds = |cgroup: &&Cgroup| lies_in(path, cgroup.path.as_bytes());
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
