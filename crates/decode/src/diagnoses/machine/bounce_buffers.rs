//! Bounce buffers for devices with few address bits hold memory.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Bounce buffers make up at least 1 % of the usable memory.
    ///
    /// ## Why it matters
    ///
    /// On 32-bit machines, data for such devices is copied into low memory first.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:247948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:4000
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
    BOUNCE_BUFFERS {
        code: "OKD029",
        name: "bounce-buffers",
        summary: "buffers for devices that reach little memory",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((bounce, usable)) = case.holds("bounce_bytes", 1) else { return };
    let said = format!("bounce buffers held {} (a rule of thumb)", of_whole(bounce, usable));
    findings.at(case.proof_of("bounce_bytes"), said);
}
