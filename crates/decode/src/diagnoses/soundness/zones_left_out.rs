//! The dump shows only some of the memory zones.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The zones in the dump have less free memory between them than the counter of the whole machine, by at least 1 % of the memory, and they are not all of its memory.
    ///
    /// ## Why it matters
    ///
    /// The kernel leaves out the nodes and zones that the request was not allowed to use, and a log may have lost some.
    /// What the zones show is then not the whole machine.
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
    ZONES_LEFT_OUT {
        code: "OKD901",
        name: "zones-left-out",
        summary: "the dump shows only some of the memory zones",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(hidden), Some(managed)) = (case.machine.hidden_free, case.machine.managed) else { return };
    // Where all memory is shown, the rest is on its way between processors.
    let shown = case.present_of_zones().is_some_and(|lacks| !at_least(lacks.magnitude(), 2, managed));
    if shown || !at_least(hidden, 1, managed) {
        return;
    }
    let said = format!(
        "the dump leaves out zones with {hidden} of free memory: its zones are those that the request could use, or \
         some were lost, but not the whole machine"
    );
    findings.at(case.proof_of("free_bytes"), said).and([case.proof(Part::Zone, "")]);
}
