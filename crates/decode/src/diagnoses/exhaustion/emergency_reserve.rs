//! Even the reserve for emergencies was being used up.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// In the largest zone that the request may use, what is free is at most half of the min watermark, boosting left aside.
    ///
    /// ## Why it matters
    ///
    /// Between half of min and min only those take memory who cannot wait: network cards, disks, the writing of swap.
    /// Below it they fail as well, so packets are lost and I/O stalls before anything is killed.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-6.17_amd64_global`
    ///
    /// ## Stays silent
    ///
    /// - `debian-5.10_amd64_global`
    /// - `debian-6.12_amd64_pagealloc`
    EMERGENCY_RESERVE {
        code: "OKD202",
        name: "emergency-reserve",
        summary: "the reserve for emergencies was used up",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.speaks_of_machine() {
        return;
    }
    let Some(largest) = case.zones.open().max_by_key(|gauge| gauge.min) else { return };
    if largest.min == Bytes::ZERO || largest.min.get() / 2 < largest.spare.get() {
        return;
    }
    let said = format!(
        "{} had {} left of its emergency reserve of {}: requests that cannot wait, of network and disks, fail at that \
         point too",
        case.zone_name(largest),
        largest.spare,
        largest.min
    );
    let failed = case.event.lines.find(Part::Head, "page allocation failure").map(|line| case.line(line));
    findings.at(case.proof_of_gauge(largest), said).and(failed);
}
