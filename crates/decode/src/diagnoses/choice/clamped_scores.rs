//! A kernel that took the first candidate, because all scores were below zero.

use oomkit_core::{place::Evidence, rule::Findings};

use super::score;
use crate::case::{Case, weight};
use crate::report::{EventKind, Task};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// All candidates that may be killed are protected by adjustments of −900 or less, and none of their scores is above zero.
    /// The victim is the first of them in the task table, and less than half as large as the largest.
    ///
    /// ## Why it matters
    ///
    /// Kernels before 5.9 raise every score below zero to one and kill the first of the equals.
    /// In a pod of the Guaranteed class that is the sandbox, `pause`: it holds next to no memory, and its death takes the whole pod with it.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=-998
    /// memory: usage 1048576kB, limit 1048576kB, failcnt 10
    /// memory+swap: usage 1048576kB, limit 1048576kB, failcnt 0
    /// kmem: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [    700]     0   700      255        1    28672        0          -998 pause
    /// [    731]     0   731   900000   250000  2097152        0          -998 java
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/kubepods/pod1,task_memcg=/kubepods/pod1/a,task=pause,pid=700,uid=0
    /// Memory cgroup out of memory: Killed process 700 (pause) total-vm:1020kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:28kB oom_score_adj:-998
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=-998
    /// memory: usage 1048576kB, limit 1048576kB, failcnt 10
    /// memory+swap: usage 1048576kB, limit 1048576kB, failcnt 0
    /// kmem: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [    700]     0   700      255        1    28672        0          -998 pause
    /// [    731]     0   731   900000   250000  2097152        0          -998 java
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/kubepods/pod1,task_memcg=/kubepods/pod1/a,task=java,pid=731,uid=0
    /// Memory cgroup out of memory: Killed process 731 (java) total-vm:3600000kB, anon-rss:1000000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:2048kB oom_score_adj:-998
    /// ```
    CLAMPED_SCORES {
        code: "OKD403",
        name: "clamped-scores",
        summary: "a kernel that takes the first where all scores are below zero",
        severity: Error,
        confidence: High,
    }
}

/// Adjustments as low as this bring a score below zero, whatever the task holds.
const PROTECTED: i16 = -900;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(victim) = case.victim().filter(|_| case.event.kind == EventKind::OomKill) else { return };
    if case.event.task_table.lacks_rows() || !is_first_of_clamped(case, victim.pid.get()) {
        return;
    }
    let (Some(task), Some(largest)) = (case.task(victim.pid), case.largest_task()) else { return };
    if weight(largest).get() / 2 < weight(task).get() {
        return;
    }
    let said = format!(
        "a bug of kernels before 5.9 chose {} (pid {}): the scores of all candidates are below zero, were taken for \
         equal, and it stood first in the list with {}, while {} (pid {}) held {}",
        task.comm,
        task.pid,
        weight(task),
        largest.comm,
        largest.pid,
        weight(largest)
    );
    findings.at(case.proof_of_task(task), said).and([case.proof_of_task(largest), case.proof_of_kill(victim)]).remedy(
        "run a kernel of 5.9 or later, where scores below zero are compared; until then expect the death of pause to \
         restart whole pods, and look at the largest process for the cause",
    );
}

fn is_first_of_clamped(case: &Case, victim: i64) -> bool {
    let mut eligible = case.event.tasks.iter().filter(|task| score(task).is_some()).peekable();
    let first = eligible.peek().is_some_and(|task| task.pid.get() == victim);
    let clamped = |task: &Task| {
        let protected = task.oom_score_adj.is_some_and(|adj| adj.get() <= PROTECTED);
        protected && score(task).is_some_and(|(low, high)| low <= 0 && high <= 1)
    };
    first && eligible.all(clamped)
}
