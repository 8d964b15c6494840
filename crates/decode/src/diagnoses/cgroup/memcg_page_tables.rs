//! Page tables fill a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings};

use super::memcg_kernel_memory;
use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 10 % of what the cgroup uses are page tables.
    /// Below one half this is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// Page tables grow with what is mapped, not with what is used: many processes that map the same large area each pay for it.
    /// They stand in no process's resident size.
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
    /// pagetables 41943040
    /// shmem 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40960kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.12_amd64_memcg2_pipe`
    MEMCG_PAGE_TABLES {
        code: "OKD312",
        name: "memcg-page-tables",
        summary: "page tables fill a cgroup",
        severity: Error,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((size, whole)) = fill::stat(case, "pagetables", memcg_kernel_memory::PAGE_TABLES) else {
        return;
    };
    let said = format!("page tables took {}", of_whole(size, whole));
    let finding = findings.at(case.proof_of_stats(&["pagetables"]), said).and([case.proof_of_limit()]);
    finding.remedy(
        "map large shared areas with huge pages (one entry in place of 512), or run fewer processes that map them",
    );
    fill::weigh(finding, size, whole, Confidence::Low);
}
