//! The victim is not in the task table.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::{EventKind, Part};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The report has a task table, and the process that was killed has no row in it.
    ///
    /// ## Why it matters
    ///
    /// The kernel kills only whom it has looked at, so the table has lost rows, or the kill belongs to another report.
    /// The largest process may be among the rows that are missing.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
    /// [    502]     0   502   100000    10000    10000        0         0   716800        0             0 helper
    /// oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=worker,pid=501,uid=0
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.18_amd64_nodump`
    VICTIM_NOT_LISTED {
        code: "OKD907",
        name: "victim-not-listed",
        summary: "the victim is not in the task table",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(victim) = case.victim().filter(|_| case.event.kind != EventKind::UserspaceKill) else { return };
    if !case.tasks.known || case.task(victim.pid).is_some() {
        return;
    }
    let rows = case.event.tasks.len();
    let said = if case.table_is_whole() {
        format!(
            "the {rows} rows of the task table do not have {} (pid {}), who was killed: it started later, or the kill \
             belongs to another report",
            victim.comm, victim.pid
        )
    } else {
        format!(
            "{} (pid {}) was killed, but its row is not among the {rows} that the log has of the task table",
            victim.comm, victim.pid
        )
    };
    findings.at(case.proof_of_kill(victim), said).and([case.proof(Part::Tasks, "")]);
}
