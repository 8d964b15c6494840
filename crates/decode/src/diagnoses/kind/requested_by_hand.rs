//! Somebody asked for this kill, through SysRq.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::Scope;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The order of the request is −1, or a line says that the OOM killer was started by hand.
    ///
    /// ## Why it matters
    ///
    /// Memory had not run out, so nothing of the report speaks of a shortage.
    ///
    /// ## Fires
    ///
    /// - `debian-7.2_amd64_sysrq_f`
    /// - `ubuntu-4.4_amd64_sysrq_f`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-7.2_amd64_sysrq_m`
    REQUESTED_BY_HAND {
        code: "OKD101",
        name: "requested-by-hand",
        summary: "somebody asked for this kill",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if case.is_oom() && case.event.scope == Scope::Sysrq {
        let said = "somebody asked for this kill through SysRq-f; memory had not run out";
        findings.at(case.proof_of_head(), said).remedy(
            "find who wrote f to /proc/sysrq-trigger or pressed the keys; kernel.sysrq tells who may",
        );
    }
}
