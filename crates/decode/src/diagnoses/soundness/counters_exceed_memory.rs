//! The counters hold more memory than the machine has.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// All counters of the machine together come to at least 2 % more than the memory that the kernel manages.
    ///
    /// ## Why it matters
    ///
    /// What nobody claims may be large, but never less than nothing.
    /// The page size is wrong, digits are damaged, or lines of two reports are mixed; where the memory was cannot be told then.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:175000 inactive_anon:100 isolated_anon:0
    ///  active_file:10 inactive_file:10 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:500 slab_unreclaimable:2500
    ///  mapped:10 shmem:0 pagetables:400
    ///  free:1000 free_pcp:0 free_cma:0
    /// Node 0 DMA32 free:4000kB min:2000kB low:2500kB high:3000kB present:393216kB managed:360000kB mlocked:0kB
    /// Node 0 DMA32: 1000*4kB (U) 0*8kB = 4000kB
    /// 98304 pages RAM
    /// 8304 pages reserved
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_amd64_pipes`
    COUNTERS_EXCEED_MEMORY {
        code: "OKD905",
        name: "counters-exceed-memory",
        summary: "the counters hold more memory than the machine has",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(residue), Some(managed)) = (case.machine.unaccounted, case.machine.managed) else { return };
    if 0 <= residue.get() || !at_least(residue.magnitude(), 2, managed) {
        return;
    }
    let said = format!(
        "the counters come to {} more than the {managed} that there are, so they do not tell where the memory was",
        residue.magnitude()
    );
    findings.at(case.proof_of("active_anon_bytes"), said).and([case.proof(Part::Total, "pages RAM")]).remedy(
        "look whether lines of two reports are mixed or digits are damaged; where the page size was assumed, give it \
         with --page-size",
    );
}
