//! Much page cache was left at an OOM, which is unusual.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At the OOM of a machine, for a single page, file pages make up at least a tenth of the usable memory, and no part of the memory was closed to the request.
    ///
    /// ## Why it matters
    ///
    /// The page cache is given back before anything is killed.
    /// So much of it means that it could not be: pinned or very busy files, a fault of reclaim, or another reason for the kill.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:192448 inactive_anon:1000 isolated_anon:0
    ///  active_file:60000 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_i386_lowmem`
    PAGE_CACHE {
        code: "OKD021",
        name: "page-cache",
        summary: "file pages that were not given back",
        severity: Warning,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(file), Some(usable)) = (case.machine.file, case.machine.usable) else { return };
    let closed = case.zones.gauges.iter().any(|gauge| !gauge.open);
    if !case.is_global() || case.order() != Some(0) || closed || !at_least(file, 10, usable) {
        return;
    }
    let said = format!(
        "{} of page cache were left, which the kernel gives back before it kills, as a rule",
        of_whole(file, usable)
    );
    findings.at(case.proof_of("active_file_bytes"), said).remedy(
        "look for other reasons first (zones, nodes, a limit); else for programs that read the same large files over \
         and over, and for a kernel whose reclaim is at fault",
    );
}
