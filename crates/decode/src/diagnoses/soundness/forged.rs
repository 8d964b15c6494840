//! User space wrote the lines, and not the kernel.

use oomkit_core::{
    finding::{Confidence, Severity},
    place::Evidence,
    rule::Findings,
};

use crate::case::{Case, less};
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The log says that a program wrote the lines, as `/dev/kmsg` and loggers allow; or they say that pid 1 was killed, which the kernel never does.
    /// A lone kill line whose process has far more memory than address space is reported as doubtful.
    ///
    /// ## Why it matters
    ///
    /// Anybody who may write to the log can make a report that looks real.
    /// Such a report is shown and never counted, and nothing is concluded from it.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_spoof`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.18_amd64_nodump`
    FORGED {
        code: "OKD914",
        name: "forged",
        summary: "user space wrote the lines, and not the kernel",
        severity: Warning,
        confidence: High,
    }
}

/// What the kernel's own counts of one process may be wrong by.
const SLACK: Bytes = Bytes::new(16 << 20);

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let event = &case.event;
    let proof = case.victim().map_or_else(|| case.proof_of_head(), |victim| case.proof_of_kill(victim));
    if event.forged {
        let of_init = event.victims.iter().any(|victim| victim.pid.get() == 1);
        let said = if of_init {
            "the kernel never kills pid 1, so these lines are not the kernel's; they are not counted"
        } else {
            "a program wrote these lines, and not the kernel, so they prove nothing; they are not counted"
        };
        findings.at(proof, said).severity(Severity::Note);
        return;
    }
    let Some(victim) = case.victim().filter(|_| event.trigger.is_none() && event.tasks.is_empty()) else {
        return;
    };
    let (Some(space), Some(anon)) = (victim.total_vm_bytes, victim.anon_rss_bytes) else { return };
    if SLACK < less(anon, space) {
        let said = format!(
            "{} has {anon} of memory in an address space of {space}, which cannot be: the line is damaged or forged",
            victim.comm
        );
        findings.at(proof, said).confidence(Confidence::Medium);
    }
}
