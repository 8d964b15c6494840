//! Free memory stands where the request may not go.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The machine has more free than the zones of the dump show, by at least 5 % of its memory.
    /// Where a cpuset or a policy is only suspected for that reason, that is said elsewhere.
    ///
    /// ## Why it matters
    ///
    /// Kernels show only the nodes and zones that the request may use.
    /// The rest of the free memory is real, and was closed to it.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.15_amd64_numa_cpuset1`
    /// - `debian-7.2_amd64_numa_mempolicy`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_amd64_numa_global`
    FREE_ELSEWHERE {
        code: "OKD214",
        name: "free-elsewhere",
        summary: "free memory where the request may not go",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(hidden), Some(managed)) = (case.machine.hidden_free, case.machine.managed) else { return };
    let said_already = case.is_confined() && case.event.scope_inferred;
    if !case.is_oom() || said_already || !at_least(hidden, 5, managed) {
        return;
    }
    let Some(free) = case.counter("free_bytes") else { return };
    let said = format!(
        "{} free memory stands in nodes or zones that the dump does not show, where this request may not go",
        of_whole(hidden, free)
    );
    findings.at(case.proof_of("free_bytes"), said);
}
