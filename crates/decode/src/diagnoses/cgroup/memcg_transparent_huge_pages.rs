//! Most of a cgroup's anonymous memory is in transparent huge pages.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least half of the cgroup's anonymous memory is in transparent huge pages, and anonymous memory is at least half of what it uses.
    ///
    /// ## Why it matters
    ///
    /// A program that touches one byte gets 2 MiB, so sparse heaps (Redis, Go, JVMs with many arenas) may use far more than they ask for.
    /// It is no cause by itself: the pages may well be full.
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
    /// anon_thp 58720256
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40960kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.18_amd64_memcg2_k8s`
    MEMCG_TRANSPARENT_HUGE_PAGES {
        code: "OKD318",
        name: "memcg-transparent-huge-pages",
        summary: "most of a cgroup's anonymous memory is in transparent huge pages",
        severity: Note,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((_, anon, _)) = fill::part_of(case, |cgroup| cgroup.anon, 50) else { return };
    let huge = case.stat("anon_thp").or_else(|| case.stat("rss_huge"));
    let Some(huge) = huge.filter(|huge| at_least(*huge, 50, anon)) else { return };
    let said = format!("transparent huge pages hold {} of anonymous memory", of_whole(huge, anon));
    findings.at(case.proof_of_stats(&["anon_thp", "total_rss_huge", "rss_huge"]), said).remedy(
        "if the program's own figures are much smaller than its resident size, try \
         /sys/kernel/mm/transparent_hugepage/enabled = madvise, or prctl(PR_SET_THP_DISABLE) for it alone",
    );
}
