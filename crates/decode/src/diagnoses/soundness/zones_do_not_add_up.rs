//! The zones of the dump do not add up to the machine.

use oomkit_core::{finding::Severity, place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The zones together have at least 2 % more or less memory than the machine, though all free memory is in them; or they have more free memory than the machine.
    ///
    /// ## Why it matters
    ///
    /// More than all cannot be: digits are damaged, or two reports are mixed.
    /// Less means that zones were cut out or altered by hand, for the kernel leaves out only what has free memory elsewhere.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:75000 inactive_anon:100 isolated_anon:0
    ///  active_file:10 inactive_file:10 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:500 slab_unreclaimable:2500
    ///  mapped:10 shmem:0 pagetables:400
    ///  free:1000 free_pcp:0 free_cma:0
    /// Node 0 DMA32 free:4000kB min:2000kB low:2500kB high:3000kB present:786432kB managed:360000kB mlocked:0kB
    /// Node 0 DMA32: 1000*4kB (U) 0*8kB = 4000kB
    /// 98304 pages RAM
    /// 8304 pages reserved
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.15_amd64_numa_cpuset1`
    ZONES_DO_NOT_ADD_UP {
        code: "OKD902",
        name: "zones-do-not-add-up",
        summary: "the zones of the dump do not add up to the machine",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(managed) = case.machine.managed else { return };
    if let Some(excess) = case.free_of_zones().filter(|excess| 0 < excess.get())
        && at_least(excess.magnitude(), 2, managed)
    {
        let said = format!("the zones show {} more free memory than the machine has", excess.magnitude());
        findings
            .at(case.proof(Part::Zone, ""), said)
            .and([case.proof_of("free_bytes")])
            .severity(Severity::Error);
        return;
    }
    let ram = case.event.machine.as_ref().and_then(|machine| machine.ram_bytes).unwrap_or(managed);
    let Some(difference) = case.present_of_zones().filter(|it| at_least(it.magnitude(), 2, ram)) else {
        return;
    };
    let size = difference.magnitude();
    if 0 < difference.get() {
        let said = format!("the zones together have {size} more memory than the machine's {ram}");
        findings
            .at(case.proof(Part::Zone, ""), said)
            .and([case.proof(Part::Total, "pages RAM")])
            .severity(Severity::Error);
        return;
    }
    // A full zone that was filtered out hides no free memory.
    let hidden = case.machine.hidden_free.is_none_or(|hidden| at_least(hidden, 1, managed));
    if hidden || case.is_confined() {
        return;
    }
    let said =
        format!("the zones together lack {size} of the machine's {ram}, though no free memory is missing");
    findings.at(case.proof(Part::Zone, ""), said).and([case.proof(Part::Total, "pages RAM")]);
}
