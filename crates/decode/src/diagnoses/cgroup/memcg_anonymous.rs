//! Anonymous memory fills a cgroup, and the log does not tell whose it is.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{memcg_many_processes, memcg_one_process};
use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least half of what the cgroup uses is anonymous memory, and neither the task table nor the
    /// kill tells which processes hold it.
    ///
    /// ## Why it matters
    ///
    /// Heap and stack of programs filled the group, not files and not the kernel.
    /// Which program it was has to be looked up while it runs.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 0kB, limit 0kB, failcnt 0
    /// Memory cgroup stats for /jobs:
    /// anon 62914560
    /// file 0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.12_amd64_memcg2_pipe`
    MEMCG_ANONYMOUS {
        code: "OKD304",
        name: "memcg-anonymous",
        summary: "anonymous memory fills a cgroup, and the log does not tell whose",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((_, part, whole)) = fill::part_of(case, |cgroup| cgroup.anon, 50) else { return };
    if memcg_one_process::largest(case).is_some() || memcg_many_processes::holders(case).is_some() {
        return;
    }
    let said = format!(
        "programs' own (anonymous) memory took {}, and the log does not tell whose",
        of_whole(part, whole)
    );
    findings.at(case.proof_of_stats(&["anon", "total_rss", "rss"]), said).remedy(
        "see which processes of the group grow, by their RssAnon in /proc/PID/status, or keep the task table in \
         the log (vm.oom_dump_tasks=1)",
    );
}
