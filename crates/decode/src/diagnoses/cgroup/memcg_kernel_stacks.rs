//! Kernel stacks fill a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings};

use super::memcg_kernel_memory;
use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 5 % of what the cgroup uses are kernel stacks.
    /// Below one half this is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// Each thread has a stack in the kernel, of 16 KiB on most machines, beside the one of its program.
    /// So many stacks are that many threads.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /jobs:
    /// anon 16777216
    /// file 0
    /// kernel_stack 16777216
    /// shmem 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40960kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.12_amd64_memcg2_pipe`
    MEMCG_KERNEL_STACKS {
        code: "OKD314",
        name: "memcg-kernel-stacks",
        summary: "kernel stacks fill a cgroup",
        severity: Error,
        confidence: Medium,
    }
}

/// The stack of one thread on 64-bit machines.
const STACK: u64 = 16 << 10;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((size, whole)) = fill::stat(case, "kernel_stack", memcg_kernel_memory::STACKS) else { return };
    let threads = size.get() / STACK;
    let said = format!("kernel stacks took {}: about {threads} threads", of_whole(size, whole));
    let finding = findings.at(case.proof_of_stats(&["kernel_stack"]), said).and([case.proof_of_limit()]);
    finding.remedy(
        "see which process has that many threads (`ls /proc/PID/task | wc -l`), bound its pool, and set pids.max \
         (TasksMax=, --pids-limit) for the group",
    );
    fill::weigh(finding, size, whole, Confidence::Low);
}
