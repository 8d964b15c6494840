//! Socket buffers fill a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings};

use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 10 % of what the cgroup uses are buffers of its sockets.
    ///
    /// ## Why it matters
    ///
    /// Data that nobody reads piles up there: a slow reader, too many connections, or buffers that are set too large.
    /// They stand in no process's size, so the victim looks innocent.
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
    /// sock 41943040
    /// shmem 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:40960kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:96kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.12_amd64_memcg2_pipe`
    MEMCG_SOCKETS {
        code: "OKD310",
        name: "memcg-sockets",
        summary: "socket buffers fill a cgroup",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((sockets, whole)) = fill::stat(case, "sock", 10) else { return };
    let said = format!("socket buffers took {}", of_whole(sockets, whole));
    let finding = findings.at(case.proof_of_stats(&["sock"]), said).and([case.proof_of_limit()]);
    finding.remedy(
        "find the connections with long queues (`ss -tmn`): readers that are too slow, or too many of them; limit \
         each by net.ipv4.tcp_rmem, net.ipv4.tcp_wmem, net.core.rmem_max and net.core.wmem_max",
    );
    fill::weigh(finding, sockets, whole, Confidence::Medium);
}
