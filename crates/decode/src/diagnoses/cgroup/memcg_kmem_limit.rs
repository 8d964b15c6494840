//! A cgroup used up its limit of kernel memory.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use crate::diagnoses::limit;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Kernel memory reached at least 98 % of its own limit, which only cgroup v1 has, and which is lower than the one of memory.
    ///
    /// ## Why it matters
    ///
    /// The group ran out although it had memory left: the limit of kernel memory is one of its own.
    /// The kernel has dropped that limit since 5.16, because it cannot be set right.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 32768kB, limit 65536kB, failcnt 30
    /// memory+swap: usage 32768kB, limit 9007199254740988kB, failcnt 0
    /// kmem: usage 12288kB, limit 12288kB, failcnt 411
    /// Memory cgroup stats for /jobs: cache:0KB rss:20480KB rss_huge:0KB mapped_file:0KB swap:0KB inactive_anon:0KB active_anon:20480KB inactive_file:0KB active_file:0KB unevictable:0KB
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40960kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `ubuntu-4.15_amd64_memcg1_memsw`
    MEMCG_KMEM_LIMIT {
        code: "OKD311",
        name: "memcg-kmem-limit",
        summary: "a cgroup used up its limit of kernel memory",
        severity: Error,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, _)) = case.full_cgroup() else { return };
    let Some((used, limit)) = cgroup.kmem else { return };
    let lower = cgroup.limit.is_none_or(|memory| limit < memory);
    if !lower || !at_least(used, 98, limit) {
        return;
    }
    let used = limit::of_limit(used, limit);
    let said = format!("{} used {used} of kernel memory, though it had other memory left", cgroup.name());
    findings.at(case.proof(Part::Cgroup, "kmem: usage"), said).and([case.proof_of_limit()]).remedy(
        "remove the limit (`-1` in memory.kmem.limit_in_bytes; no `--kernel-memory`): the limit of memory counts the \
         kernel's share as well",
    );
}
