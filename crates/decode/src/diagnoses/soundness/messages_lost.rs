//! Kernel messages inside the report were lost.

use oomkit_core::{finding::Severity, place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel says in the middle of the report that it dropped messages, or the numbers of its records go on faster than the lines of the log.
    ///
    /// ## Why it matters
    ///
    /// The log is not all that the kernel printed: rows of the task table, zones or statistics may be missing.
    /// A largest process is then only the largest of those that are left.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
    /// [    501]     0   501   100000    75000    75000        0         0   716800        0             0 worker
    /// ** 12 printk messages dropped **
    /// oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=worker,pid=501,uid=0
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ```log
    /// 4,812,9640879,-;worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// 6,813,9640881,-;[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
    /// 6,814,9640882,-;[    501]     0   501   100000    75000    75000        0         0   716800        0             0 worker
    /// 6,823,9640891,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=worker,pid=501,uid=0
    /// 3,824,9640893,-;Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-5.10_amd64_global_names`
    MESSAGES_LOST {
        code: "OKD913",
        name: "messages-lost",
        summary: "kernel messages inside the report were lost",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((count, at)) = case.event.lines.lost() else { return };
    let said =
        format!("{count} kernel messages are missing inside this report, so its lists may not be whole");
    let finding = findings.at(case.line(at), said).remedy(
        "give the kernel a larger buffer (log_buf_len=4M on its command line), and a slow console fewer messages \
         (`dmesg -n 4`)",
    );
    // What was lost after the kill is no part of the report.
    if case.victim().is_some_and(|victim| victim.line < at) {
        finding.severity(Severity::Note);
    }
}
