//! Much memory is in no counter of the kernel.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::{finding::Severity, units::Bytes};

use crate::case::{Case, at_least, of_whole};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// What the counters of the machine do not explain makes up at least a tenth of the memory.
    /// Below that, a residue is usual: per-CPU data, vmalloc, the page descriptors.
    ///
    /// ## Why it matters
    ///
    /// Drivers, balloons, zram, ARC, pipes and sockets take pages that no counter of the report holds.
    /// A leak in the kernel looks the same.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.15_amd64_pipes`
    /// - `ubuntu-5.15_amd64_sockets`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_amd64_tmpfs`
    UNACCOUNTED {
        code: "OKD013",
        name: "unaccounted",
        summary: "memory that no counter holds",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((residue, managed)) = residue(case) else { return };
    let said = format!(
        "{} are in no counter of the report: a driver, a balloon, zram, pipes, sockets or a leak in the kernel",
        of_whole(residue, managed)
    );
    let finding = findings.at(case.proof(Part::Counters, "free:"), said);
    finding.and([case.proof(Part::Total, "pages RAM")]).remedy(
        "before the next time: boot with page_owner=on, or turn on memory allocation profiling \
         (sysctl vm.mem_profiling=1, since Linux 6.10), which name who allocates; now: look at /proc/vmallocinfo, \
         at `ss -m` for sockets, and at pipes of the processes",
    );
    if !at_least(residue, 30, managed) {
        finding.severity(Severity::Warning);
    }
}

/// Returns what nobody claims and the whole, where that is a tenth of it or more.
pub(super) fn residue(case: &Case) -> Option<(Bytes, Bytes)> {
    let managed = case.machine.managed.filter(|_| case.speaks_of_machine())?;
    let residue = u64::try_from(case.machine.unaccounted?.get()).ok().map(Bytes::new)?;
    at_least(residue, 10, managed).then_some((residue, managed))
}
