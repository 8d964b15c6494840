//! The chosen process was dying already, and nobody else was killed.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel says that the victim is exiting and skips the kill, or names one process twice.
    ///
    /// ## Why it matters
    ///
    /// It is no second victim.
    ///
    /// ## Fires
    ///
    /// - `debian-7.2_amd64_memcg2_group`
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Out of memory: OOM victim 5 (java) is already exiting. Skip killing the task
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    ALREADY_EXITING {
        code: "OKD116",
        name: "already-exiting",
        summary: "the chosen one was dying already",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if let Some(line) = case.event.lines.find(Part::Kill, "already exiting") {
        let said = "the chosen process was dying already, so nobody was killed this time";
        findings.at(case.line(line), said);
    }
    if let Some(twice) = case.event.victims.iter().find(|victim| 1 < victim.times_named) {
        let said = format!("{} (pid {}) is named more than once and was killed once", twice.comm, twice.pid);
        findings.at(case.proof_of_kill(twice), said);
    }
}
