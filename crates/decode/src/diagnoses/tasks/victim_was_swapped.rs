//! The victim stood mostly in swap.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim had at least as much in swap as in memory.
    ///
    /// ## Why it matters
    ///
    /// Swap counts for the score as memory does, so a sleeping process can be chosen for what it had once.
    /// Its death gives back more swap than memory.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [    700]     0   700   200000    10000  1228800   150000             0 old-cache
    /// Out of memory: Killed process 700 (old-cache) total-vm:4000kB, anon-rss:40000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    VICTIM_WAS_SWAPPED {
        code: "OKD513",
        name: "victim-was-swapped",
        summary: "a victim that stood mostly in swap",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(victim) = case.victim().filter(|_| case.is_oom()).and_then(|victim| case.task(victim.pid))
    else {
        return;
    };
    let (Some(swap), Some(resident)) = (victim.swap_bytes, victim.rss_bytes) else { return };
    if swap == Bytes::ZERO || swap < resident {
        return;
    }
    let said = format!(
        "{} (pid {}) stood mostly in swap: {swap} there, {resident} in memory; its death gives back more swap than memory",
        victim.comm, victim.pid
    );
    findings.at(case.proof_of_task(victim), said);
}
