//! The task that asked for memory is not the one that was killed.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The asking task has another name than the victim.
    ///
    /// ## Why it matters
    ///
    /// The asking task merely came last.
    /// It is not to blame, and neither is the victim for that alone.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_tmpfs_innocent`
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_amd64_memcg1_docker`
    TRIGGER_IS_NOT_VICTIM {
        code: "OKD112",
        name: "trigger-is-not-victim",
        summary: "who asked is not who was killed",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let asking = case.event.trigger.as_ref().and_then(|trigger| trigger.comm.as_ref());
    let (Some(asking), Some(victim)) = (asking, case.victim()) else { return };
    let related = case.event.trigger.as_ref().and_then(|trigger| trigger.pid) == Some(victim.pid);
    if case.is_oom() && *asking != victim.comm && !related {
        let said = format!("{asking} only asked for memory; {} was killed", victim.comm);
        findings.at(case.proof_of_head(), said).and([case.proof_of_kill(victim)]);
    }
}
