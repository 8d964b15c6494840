//! Many pages are in memory and in swap at once: swap thrashes.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, of_whole};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The swap cache makes up at least a tenth of the usable memory.
    ///
    /// ## Why it matters
    ///
    /// Pages come in as fast as they go out; the machine was busy moving memory before it gave up.
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
    /// 40000 pages in swap cache
    /// Free swap  = 0kB
    /// Total swap = 1000000kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    SWAP_CACHE {
        code: "OKD032",
        name: "swap-cache",
        summary: "pages both in memory and in swap",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(machine), Some(usable)) = (case.event.machine.as_ref(), case.machine.usable) else { return };
    let Some(cache) = machine.swap_cache_bytes.filter(|_| case.is_global()) else { return };
    if at_least(cache, 10, usable) {
        let said = format!(
            "{} were both in memory and in swap: pages came in as fast as they went out (a rule of thumb)",
            of_whole(cache, usable)
        );
        findings.at(case.proof(Part::Total, "swap cache"), said);
    }
}
