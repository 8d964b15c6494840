//! The task table has a header and no rows.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The header of the task table is in the log, and no row follows it.
    ///
    /// ## Why it matters
    ///
    /// There is always at least one candidate, or the kernel would have no reason to look.
    /// The rows were cut off, filtered, or printed inside a container that may not see them.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
    /// oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=worker,pid=501,uid=0
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.18_amd64_nodump`
    EMPTY_TASK_TABLE {
        code: "OKD911",
        name: "empty-task-table",
        summary: "the task table has a header and no rows",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let header = case.event.lines.find(Part::Tasks, "");
    let Some(header) = header.filter(|_| case.event.task_rows == 0) else { return };
    let said = "the task table has a header and no rows, so the other candidates are unknown";
    findings.at(case.line(header), said);
}
