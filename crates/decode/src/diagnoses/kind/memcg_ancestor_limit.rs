//! The limit that was hit is not the victim's own but that of a cgroup above.

use oomkit_core::{cgroup::lies_in, ident::visible, place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The cgroup whose limit was hit is not the one that the victim ran in.
    ///
    /// ## Why it matters
    ///
    /// The victim's own limit did not matter, and its neighbors below the same limit may be the large ones.
    ///
    /// ## Fires
    ///
    /// - `debian-6.1_amd64_memcg2_nested`
    /// - `ubuntu-4.15_amd64_memcg1_nested`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.18_amd64_memcg2_k8s`
    /// - `debian-6.12_amd64_global`
    MEMCG_ANCESTOR_LIMIT {
        code: "OKD103",
        name: "memcg-ancestor-limit",
        summary: "the limit of an ancestor was hit",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(constraint) = case.event.constraint.as_ref().filter(|_| case.is_cgroup()) else { return };
    let (Some(owner), Some(own)) = (constraint.oom_memcg.as_deref(), constraint.task_memcg.as_deref()) else {
        return;
    };
    if owner == own || !lies_in(own.as_bytes(), owner.as_bytes()) {
        return;
    }
    let limit = case.cgroup.as_ref().and_then(|cgroup| cgroup.limit);
    let limit = limit.map_or_else(String::new, |limit| format!(" of {limit}"));
    let said = format!(
        "the limit{limit} belongs to {}, which is above the victim's cgroup; all that runs below it shares that limit",
        visible(owner.as_bytes())
    );
    let what = match case.event.workload.as_ref().and_then(|workload| workload.runtime.as_deref()) {
        Some("kubernetes") => {
            "the pod's limit is the sum of its containers' limits: raise that of the container which grew"
        }
        _ => "raise the limit of the cgroup above, or give those below it limits that fit into it together",
    };
    findings.at(case.proof_of_choice(), said).and([case.proof_of_limit()]).remedy(what);
}
