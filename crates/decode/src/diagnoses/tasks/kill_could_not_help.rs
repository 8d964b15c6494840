//! The victim is too small for its death to help.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use super::{real_kill, size_of};
use crate::case::{Case, at_least, of_whole};
use crate::report::{EventKind, Part, Victim};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The whole machine ran out of single pages, and the victim held less than 5 % of its memory, its swap and page tables included.
    /// It is not said of a victim that died while the memory of another was on its way back.
    ///
    /// ## Why it matters
    ///
    /// Memory is with somebody or something that the kernel did not or could not kill, so it will kill again.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_tmpfs`
    /// - `ubuntu-5.15_amd64_swarm_big`
    /// - `debian-6.12_amd64_slab_inodes`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.18_amd64_pgtable`
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    KILL_COULD_NOT_HELP {
        code: "OKD503",
        name: "kill-could-not-help",
        summary: "a victim too small to help",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let managed = case.machine.managed.filter(|_| case.is_global() && case.event.kind == EventKind::OomKill);
    let (Some(victim), Some(managed)) = (case.victim(), managed) else { return };
    let Some(size) = gives_back(case, victim).filter(|size| !at_least(*size, 5, managed)) else { return };
    // Pages enough, but not in one piece, are another story.
    let single = case.order().is_none_or(|order| order == 0);
    if !single || case.event.victims.len() != 1 || real_kill(case).is_some() {
        return;
    }
    let said = format!(
        "the death of {} (pid {}) could give back no more than {}: the memory is elsewhere, and the next kill is near",
        victim.comm,
        victim.pid,
        of_whole(size, managed)
    );
    findings.at(case.proof_of_kill(victim), said).and([case.proof(Part::Total, "pages RAM")]);
}

/// Returns all that comes back with a process.
fn gives_back(case: &Case, victim: &Victim) -> Option<Bytes> {
    let row = case.task(victim.pid);
    let swap = row.and_then(|task| task.swap_bytes).unwrap_or_default();
    let tables = victim.pgtables_bytes.or(row.and_then(|task| task.pgtables_bytes)).unwrap_or_default();
    Some(size_of(case, victim)?.saturating_add(swap).saturating_add(tables))
}
