//! The kernel chose one process, and the kill names another.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The summary line names a process that no kill line of the report names, neither by its pid nor by its name.
    ///
    /// ## Why it matters
    ///
    /// The kernel chooses and kills in one go, so the two lines belong to two reports that are mixed here.
    /// What stands between them may be of either.
    /// Up to Linux 5.0 a child may be killed in the place of the chosen one, and a thread in the place of its process.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=batch-job,pid=777,uid=0
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_amd64_memcg2_group`
    CHOSEN_NOT_KILLED {
        code: "OKD908",
        name: "chosen-not-killed",
        summary: "the kernel chose one process, and the kill names another",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    // With a score the line is that of older kernels, which may kill a child instead.
    let Some(chosen) = case.event.selected.as_ref().filter(|chosen| chosen.score.is_none()) else { return };
    let Some(victim) = case.victim() else { return };
    let same = |pid, comm| pid == chosen.pid || comm == &chosen.comm;
    if case.event.victims.iter().any(|victim| same(victim.pid, &victim.comm)) {
        return;
    }
    let said = format!(
        "the kernel chose {} (pid {}), but the kill names {} (pid {}): lines of two reports may be mixed",
        chosen.comm, chosen.pid, victim.comm, victim.pid
    );
    findings.at(case.proof_of_kill(victim), said).and([case.proof_of_choice()]);
}
