//! A cgroup used up its limit of swap.

use oomkit_core::{limit::Limit, place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use crate::diagnoses::limit;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The cgroup used at least 98 % of its limit of swap, which is more than nothing (cgroup v2).
    ///
    /// ## Why it matters
    ///
    /// The real size of its demand is memory and swap together, and both were full.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 32768kB, limit 32768kB, failcnt 77
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
    MEMCG_SWAP_FULL {
        code: "OKD316",
        name: "memcg-swap-full",
        summary: "a cgroup used up its limit of swap",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, whole)) = case.full_cgroup() else { return };
    let Some(memcg) = &case.event.memcg else { return };
    let (Some(used), Some(limit)) = (memcg.swap_usage_bytes, memcg.swap_limit_bytes.and_then(Limit::size))
    else {
        return;
    };
    if !at_least(used, 98, limit) {
        return;
    }
    let used_of = limit::of_limit(used, limit);
    let both = whole.saturating_add(used);
    let said = format!("{} used {used_of} of swap as well, so it holds {both} in all", cgroup.name());
    findings.at(case.proof(Part::Cgroup, "swap: usage"), said).and([case.proof_of_limit()]).remedy(
        "more swap (memory.swap.max, MemorySwapMax=) only buys time while the group goes on growing; give it memory \
         for what it uses all the time, and swap for what it seldom uses",
    );
}
