//! Compressed memory counts against a cgroup.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Memory that was swapped out into zswap still takes at least 1 % of what the cgroup uses.
    ///
    /// ## Why it matters
    ///
    /// zswap compresses pages and keeps them in memory, and what they take is charged to their group.
    /// Swapping out therefore frees less than it seems.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /jobs:
    /// anon 50331648
    /// file 0
    /// shmem 0
    /// zswap 12582912
    /// zswapped 41943040
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40960kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.18_amd64_memcg2_k8s`
    MEMCG_ZSWAP {
        code: "OKD317",
        name: "memcg-zswap",
        summary: "compressed memory counts against a cgroup",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((compressed, whole)) = fill::stat(case, "zswap", 1) else { return };
    let mut said =
        format!("compressed memory (zswap) took {} of the group's memory", of_whole(compressed, whole));
    if let Some(plain) = case.stat("zswapped") {
        said.push_str(&format!("; uncompressed it is {plain}"));
    }
    findings.at(case.proof_of_stats(&["zswap"]), said).and([case.proof_of_limit()]);
}
