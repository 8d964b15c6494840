//! The statistics of a cgroup are cut before their end.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, sizes_are_cut};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The list of the cgroup's statistics ends before its last size.
    /// Where only counts of events behind the sizes are missing, nothing is said.
    ///
    /// ## Why it matters
    ///
    /// Up to Linux 6.4 the whole list is one record, which the kernel, `dmesg` or a console cuts at about 1 KiB.
    /// A size that is missing is unknown, and not zero.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /jobs:
    /// anon 62914560
    /// file 0
    /// kernel_stack 16384
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:90000kB, anon-rss:60000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:160kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg2_k8s`
    /// - `debian-6.12_amd64_memcg2_group`
    STATISTICS_CUT {
        code: "OKD910",
        name: "statistics-cut",
        summary: "the statistics of a cgroup are cut before their end",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(memcg) = case.event.memcg.as_ref().filter(|memcg| sizes_are_cut(memcg)) else { return };
    let last = case.event.lines.iter().rfind(|(_, part, _)| *part == Part::Stat);
    let proof = last.map_or_else(|| case.proof_of_limit(), |(no, ..)| case.line(no));
    let said = format!(
        "the list of the cgroup's statistics breaks off after {} of them; what is missing is unknown, and not zero",
        memcg.stat.len()
    );
    findings.at(proof, said);
}
