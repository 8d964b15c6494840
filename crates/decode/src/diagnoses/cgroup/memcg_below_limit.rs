//! A cgroup was below its limit when its figures were printed.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, Past, at_least};
use crate::diagnoses::limit;

/// Seconds within which an earlier kill explains memory that came free.
const SOON: f64 = 10.0;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The cgroup used less than 95 % of its limit when the figures were printed, and no other limit of
    /// it was full.
    ///
    /// ## Why it matters
    ///
    /// The figures are those of a moment after the decision: something in the group was freed in
    /// between, mostly by the kill before.
    /// Such a kill was one too many, and its figures do not show what filled the group.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.15_amd64_memcg1_nested`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg2_nested`
    /// - `ubuntu-4.15_amd64_memcg1_memsw`
    MEMCG_BELOW_LIMIT {
        code: "OKD303",
        name: "memcg-below-limit",
        summary: "a cgroup was below its limit when its figures were printed",
        severity: Note,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, _)) = case.full_cgroup() else { return };
    let (Some(usage), Some(limit)) = (cgroup.usage, cgroup.limit) else { return };
    let full = |pair: Option<(Bytes, Bytes)>| pair.is_some_and(|(used, limit)| at_least(used, 98, limit));
    if at_least(usage, 95, limit) || full(cgroup.memsw) || full(cgroup.kmem) {
        return;
    }
    let used = format!("{} used only {}", cgroup.name(), limit::of_limit(usage, limit));
    match earlier(case) {
        Some((past, seconds)) => {
            let said = format!("{used}: the kill {seconds:.1} s before had given memory back by then");
            findings.at(case.proof_of_limit(), said).and([past.proof.clone()]).confidence(Confidence::High);
        }
        None => {
            let said =
                format!("{used}: some of its memory was freed between the decision to kill and this line");
            findings.at(case.proof_of_limit(), said);
        }
    }
}

/// Returns the last kill in the same group, where it was a moment ago.
fn earlier(case: &Case) -> Option<(&Past, f64)> {
    let path = case.cgroup.as_ref()?.path.as_ref()?;
    let past =
        case.before.iter().rev().find(|past| past.cgroup.as_ref() == Some(path) && past.who.is_some())?;
    let seconds = past.seconds_to(&case.event)?;
    (seconds <= SOON).then_some((past, seconds))
}
