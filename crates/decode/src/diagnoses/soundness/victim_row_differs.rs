//! The victim's row and its kill line contradict each other.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim's resident memory in the task table and on the kill line differ by more than 4 MiB and a fifth of the larger.
    ///
    /// ## Why it matters
    ///
    /// Both are printed within a moment of each other, and nearly always agree to the page.
    /// Where they do not, the kill line and the table may belong to two reports, or the page size is wrong.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
    /// [    501]     0   501   100000    10000    10000        0         0   716800        0             0 worker
    /// oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=worker,pid=501,uid=0
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    VICTIM_ROW_DIFFERS {
        code: "OKD906",
        name: "victim-row-differs",
        summary: "the victim's row and its kill line contradict each other",
        severity: Warning,
        confidence: Medium,
    }
}

/// What a process may gain or lose between two prints.
const USUAL: Bytes = Bytes::new(4 << 20);

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(victim) = case.victim() else { return };
    let Some(task) = case.task(victim.pid) else { return };
    let (Some(row), Some(kill)) = (task.rss_bytes, victim.rss_bytes) else { return };
    let apart = row.minus(kill).magnitude();
    // A process that has just given everything back is none of this.
    if kill == Bytes::ZERO || apart <= USUAL || !at_least(apart, 20, row.max(kill)) {
        return;
    }
    let said = format!(
        "{} (pid {}) has {row} in the task table and {kill} on the kill line: lines of two reports may be mixed",
        victim.comm, victim.pid
    );
    findings.at(case.proof_of_kill(victim), said).and([case.proof_of_task(task)]);
}
