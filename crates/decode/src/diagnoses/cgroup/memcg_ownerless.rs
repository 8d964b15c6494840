//! The processes of a cgroup hold little of its memory.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use super::memcg_tmpfs_shmem::{Shared, where_it_is};
use crate::case::{Case, at_least, of_whole, weight};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// All processes in the task table together hold at most half of the cgroup's anonymous and shared
    /// memory, swap included, the table is whole, and it is not files in tmpfs, which have a finding of
    /// their own.
    ///
    /// ## Why it matters
    ///
    /// What belongs to none of them is with processes that are not listed: those that are just leaving, or
    /// that the kernel skips.
    /// To kill one that is listed does not free it.
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
    /// shmem 0
    /// [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
    /// [    501]     0   501    10000     1024     1024        0         0    61440        0             0 worker
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40000kB, anon-rss:4096kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:60kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    /// - `ubuntu-4.15_amd64_memcg2_shm`
    /// - `debian-6.12_amd64_memcg2_pipe`
    /// - `debian-6.1_amd64_memcg2_nested`
    MEMCG_OWNERLESS {
        code: "OKD323",
        name: "memcg-ownerless",
        summary: "the processes of a cgroup hold little of its memory",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, whole)) = case.full_cgroup() else { return };
    let (Some(anon), true) = (cgroup.anon_and_swap(), case.table_is_whole()) else { return };
    let shared = cgroup.shmem.unwrap_or_default();
    let both = anon.saturating_add(shared);
    let held: Bytes = case.event.tasks.iter().map(weight).sum();
    let in_tmpfs =
        at_least(shared, 20, whole) && matches!(where_it_is(case, cgroup), Some(Shared::Unmapped(_)));
    // Small change is no finding: the kernel's own memory may be what filled the group.
    if in_tmpfs || !at_least(both, 20, whole) || both.get() / 2 < held.get() {
        return;
    }
    let said = format!(
        "the listed processes hold only {} of the group's anonymous and shared memory: to kill one of them does not \
         free the rest",
        of_whole(held, both)
    );
    let proof = case.proof_of_stats(&["anon", "total_rss", "rss"]);
    findings.at(proof, said).and(case.largest_task().map(|task| case.proof_of_task(task))).remedy(
        "look for processes of the group that are stuck while they leave (state D or Z in `ps -eo pid,stat,comm`), \
         and for shared memory that nobody maps (`ipcs -m`)",
    );
}
