//! A cgroup uses more than its limit: the limit was lowered while it ran.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least};
use crate::report::EventKind;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The cgroup uses at least 5 % more than its limit.
    /// A little more is common: the kernel lets some charges through, above all those of processes that
    /// it could not kill.
    ///
    /// ## Why it matters
    ///
    /// A group cannot grow past its limit, so the limit came down onto what was used already.
    /// The kill was then caused by whoever changed it, and not by the program.
    ///
    /// ## Fires
    ///
    /// ```log
    /// bash invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 91136kB, limit 65536kB, failcnt 0
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:160000kB, anon-rss:90000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:220kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-5.4_amd64_memcg2_nokill`
    /// - `debian-6.1_amd64_memcg1_docker`
    MEMCG_LOWERED_LIMIT {
        code: "OKD324",
        name: "memcg-lowered-limit",
        summary: "a cgroup uses more than its limit, which was lowered while it ran",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, _)) = case.full_cgroup() else { return };
    let (Some(usage), Some(limit)) = (cgroup.usage, cgroup.limit) else { return };
    // Where nobody can be killed, the kernel lets charges through without end.
    if case.event.kind == EventKind::OomNoVictim || !at_least(usage, 105, limit) {
        return;
    }
    let said = format!(
        "{} used {usage}, more than its limit of {limit}: the limit was lowered while that much was in use",
        cgroup.name()
    );
    findings.at(case.proof_of_limit(), said).remedy(
        "find out who changed the limit (an in-place resize, `docker update`, `systemctl set-property`, a script), \
         and lower memory.high first, which makes the group shrink without a kill",
    );
}
