//! A cgroup may not use swap.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, CgroupFigures};
use crate::diagnoses::fill;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The limit of swap is 0, and at least half of what the cgroup uses is anonymous memory.
    /// In cgroup v1, the limit of memory and swap together is no higher than the one of memory.
    ///
    /// ## Why it matters
    ///
    /// Anonymous memory can leave only for swap, so such a group dies at its limit at once, whatever swap the machine has.
    /// Kubernetes and `--memory-swap` equal to `--memory` set it so on purpose.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 0kB, limit 0kB, failcnt 0
    /// Memory cgroup stats for /jobs:
    /// anon 62914560
    /// file 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40960kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.18_amd64_memcg2_k8s`
    /// - `ubuntu-4.15_amd64_memcg1_memsw`
    MEMCG_NO_SWAP {
        code: "OKD315",
        name: "memcg-no-swap",
        summary: "a cgroup may not use swap",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, ..)) = fill::part_of(case, |cgroup| cgroup.anon, 50) else { return };
    let Some(word) = forbidden(case, cgroup) else { return };
    let said = format!(
        "{} may not use swap, so its anonymous memory had nowhere to go, whatever swap the machine has",
        cgroup.name()
    );
    findings.at(case.proof(Part::Cgroup, word), said);
}

/// Returns the word of the line that forbids it.
fn forbidden(case: &Case, cgroup: &CgroupFigures) -> Option<&'static str> {
    if case
        .event
        .memcg
        .as_ref()?
        .swap_limit_bytes
        .is_some_and(|limit| limit.size().is_some_and(|it| it.get() == 0))
    {
        return Some("swap: usage");
    }
    let (_, both) = cgroup.memsw?;
    (both <= cgroup.limit?).then_some("memory+swap: usage")
}
