//! A cgroup used up its limit of memory and swap together.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, at_least};
use crate::diagnoses::limit;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Memory and swap together reached at least 98 % of their limit, which only cgroup v1 has, and
    /// that limit is larger than the one of memory alone.
    ///
    /// ## Why it matters
    ///
    /// A full limit of memory alone makes the group swap; with this limit full it cannot do that either.
    /// To raise the limit of memory alone changes nothing.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.15_amd64_memcg1_memsw`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `ubuntu-4.15_amd64_memcg2_swap`
    MEMCG_SWAP_LIMIT {
        code: "OKD302",
        name: "memcg-swap-limit",
        summary: "a cgroup used up its limit of memory and swap together",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, _)) = case.full_cgroup() else { return };
    let Some((used, limit)) = cgroup.memsw else { return };
    let memory = cgroup.limit.unwrap_or(Bytes::new(u64::MAX));
    if limit <= memory || !at_least(used, 98, limit) {
        return;
    }
    let said = format!(
        "{} used {} of memory and swap together, so nothing more could be swapped out",
        cgroup.name(),
        limit::of_limit(used, limit)
    );
    let roomier = limit::roomier(used.max(limit));
    findings.at(case.proof(Part::Cgroup, "memory+swap: usage"), said).and([case.proof_of_limit()]).remedy(format!(
        "raise the limit of both to {roomier}: {}; to raise the limit of memory alone does not help, and a leak \
         fills both",
        limit::of_both(cgroup, roomier)
    ));
}
