//! Memory was found faulty and taken out of use.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::units::Bytes;

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The report counts pages as poisoned by the hardware.
    ///
    /// ## Why it matters
    ///
    /// The machine has less memory than it seems, and its memory modules fail.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:251948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// 3 pages hwpoisoned
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    FAILED_MEMORY {
        code: "OKD028",
        name: "failed-memory",
        summary: "faulty memory was taken out of use",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let poisoned = case.event.machine.as_ref().and_then(|machine| machine.hwpoisoned_bytes);
    let Some(poisoned) = poisoned.filter(|size| *size != Bytes::ZERO) else { return };
    let said = format!("{poisoned} of memory are taken out of use as faulty");
    findings
        .at(case.proof(Part::Total, "hwpoisoned"), said)
        .remedy("look for EDAC and machine-check lines, and have the memory module replaced");
}
