//! A cgroup used up its limit of memory.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use crate::diagnoses::limit;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The cgroup that ran out used at least 95 % of its limit of memory.
    /// Where a higher limit of memory and swap together is full, that one is named instead.
    /// Between the decision to kill and the print, other processors may give a little back.
    ///
    /// ## Why it matters
    ///
    /// It is this limit that killed, and not a lack of memory on the machine.
    /// More memory for the machine would change nothing.
    ///
    /// ## Fires
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.18_amd64_memcg2_k8s`
    /// - `ubuntu-4.15_amd64_memcg2_nested`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_amd64_memcg1_memsw`
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 51200kB, limit 81920kB, failcnt 30
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs/a,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:60000kB, anon-rss:50000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:120kB oom_score_adj:0
    /// ```
    MEMCG_LIMIT {
        code: "OKD301",
        name: "memcg-limit",
        summary: "a cgroup used up its limit of memory",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, _)) = case.full_cgroup() else { return };
    let (Some(usage), Some(limit)) = (cgroup.usage, cgroup.limit) else { return };
    // With swap to fill, a full memory is no reason to kill; the limit of both is.
    let swaps = cgroup.memsw.is_some_and(|(used, both)| limit < both && at_least(used, 98, both));
    if swaps || !at_least(usage, 95, limit) {
        return;
    }
    let said = format!("{} used {}", cgroup.name(), limit::of_limit(usage, limit));
    let finding = findings.at(case.proof_of_limit(), said);
    let roomier = limit::roomier(usage.max(limit));
    finding.remedy(format!(
        "if it needs that much, raise its limit to {roomier}, a fifth above: {}; if something in it leaks, that \
         only takes longer",
        limit::of_memory(cgroup, roomier)
    ));
}
