//! Memory that stands in no statistic fills a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings};

use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 20 % of what the cgroup uses stands in none of its statistics, and these are all there.
    ///
    /// ## Why it matters
    ///
    /// Before Linux 5.18 the statistics have no word for most of the kernel's own pages: buffers of
    /// pipes, page tables (before 5.11), memory from vmalloc, io_uring and BPF.
    /// They belong to no process, so the victim looks innocent.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x500cc2(GFP_HIGHUSER|__GFP_ACCOUNT), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /jobs:
    /// anon 8388608
    /// file 0
    /// kernel_stack 32768
    /// slab 1048576
    /// sock 0
    /// shmem 0
    /// unevictable 0
    /// slab_reclaimable 0
    /// slab_unreclaimable 1048576
    /// pgfault 3000
    /// pglazyfreed 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:60000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:120kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_memcg2_pipe`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    /// - `ubuntu-4.15_amd64_memcg1_nested`
    MEMCG_UNACCOUNTED {
        code: "OKD330",
        name: "memcg-unaccounted",
        summary: "memory that stands in no statistic fills a cgroup",
        severity: Error,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((_, residue, whole)) = fill::part_of(case, |cgroup| cgroup.unaccounted, 20) else { return };
    let accounts = case.event.trigger.as_ref().is_some_and(|trigger| {
        trigger.gfp_flags.iter().any(|flag| flag == "__GFP_ACCOUNT" || flag == "GFP_KERNEL_ACCOUNT")
    });
    let mut said = format!("no statistic of the group tells where {} is", of_whole(residue, whole));
    if accounts {
        said.push_str("; the asking task wanted one more page for the kernel, which such memory is made of");
    }
    let finding =
        findings.at(case.proof_of_limit(), said).and([case.proof_of_stats(&["anon", "total_rss", "rss"])]);
    finding.remedy(
        "count what the processes of the group hold open (`ls -l /proc/PID/fd`: pipes, sockets, io_uring, BPF); \
         kernels from 5.18 on print `kernel`, which tells how much of it is the kernel's",
    );
    fill::weigh(finding, residue, whole, Confidence::Medium);
}
