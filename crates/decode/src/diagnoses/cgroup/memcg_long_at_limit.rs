//! A cgroup had been at its limit for long.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel had hit the limit at least 1000 times before it killed; this is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// Each time, the group had to give something back before it could go on, so it had been slow for a while.
    /// A sudden leap to the limit looks different.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.15_amd64_memcg1_memsw`
    /// - `ubuntu-4.15_amd64_memcg2_swap`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.18_amd64_memcg2_k8s`
    MEMCG_LONG_AT_LIMIT {
        code: "OKD319",
        name: "memcg-long-at-limit",
        summary: "a cgroup had been at its limit for long",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, _)) = case.full_cgroup() else { return };
    let failed = case.event.memcg.as_ref().and_then(|memcg| memcg.failcnt);
    let Some(failed @ 1000..) = failed else { return };
    let said = format!(
        "{} had hit its limit {failed} times before this kill, so it was short of memory for a while (from 1000 \
         times on, which is a rule of thumb)",
        cgroup.name()
    );
    findings.at(case.proof_of_limit(), said).remedy(
        "watch memory.pressure of the group, or the `max` count of memory.events: they rise long before a kill",
    );
}
