//! The kernel left reports out, so the log shows fewer than there were.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel says before this report that it suppressed others.
    ///
    /// ## Why it matters
    ///
    /// Counts in this log are lower bounds, and the kill that began it all may be missing.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.15_amd64_swarm_big`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    REPORTS_MISSING {
        code: "OKD114",
        name: "reports-missing",
        summary: "reports are missing from the log",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if 0 < case.event.suppressed {
        let said = format!(
            "the kernel left out {} messages before this report, so whole reports may be missing; counts in this log are lower bounds",
            case.event.suppressed
        );
        findings.at(case.proof_of_head(), said).remedy("raise kernel.printk_ratelimit_burst while you watch");
    }
}
