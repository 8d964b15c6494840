//! A cgroup's processes have memory in swap, and nobody counts it.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel prints 0 for memory and swap together, the statistics have no word for swap, and yet the
    /// task table shows processes with memory in swap.
    /// Up to Linux 4.20 such a line alone proves nothing, because cgroup v2 prints it as well.
    ///
    /// ## Why it matters
    ///
    /// Without swap accounting no limit holds for swap: the group may fill all of the machine's swap.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// memory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// kmem: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /jobs: cache:0KB rss:65536KB rss_huge:0KB shmem:0KB mapped_file:0KB dirty:0KB writeback:0KB inactive_anon:0KB active_anon:65536KB inactive_file:0KB active_file:0KB unevictable:0KB
    /// [ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [  501]     0   501    40000    16384   262144     8192             0 worker
    /// Memory cgroup out of memory: Kill process 501 (worker) score 1500 or sacrifice child
    /// Killed process 501 (worker) total-vm:160000kB, anon-rss:65536kB, file-rss:0kB, shmem-rss:0kB
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_amd64_memcg2_swap`
    /// - `ubuntu-4.15_amd64_memcg1_docker`
    MEMCG_SWAP_NOT_COUNTED {
        code: "OKD325",
        name: "memcg-swap-not-counted",
        summary: "a cgroup's processes have memory in swap, and nobody counts it",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(memcg) = case.event.memcg.as_ref().filter(|_| case.is_cgroup()) else { return };
    let counted = memcg.memsw_usage_bytes != Some(Bytes::ZERO) || case.stat("swap").is_some();
    let Some(swapped) = case.largest_swap().filter(|_| !counted && memcg.usage_bytes != Some(Bytes::ZERO))
    else {
        return;
    };
    let said = format!(
        "{} of the listed processes is in swap, but swap is not counted for cgroups, so no limit holds for it",
        case.tasks.swap
    );
    findings
        .at(case.proof(Part::Cgroup, "memory+swap: usage"), said)
        .and([swapped])
        .remedy("boot with swapaccount=1 (kernels before 6.1), or use cgroup v2, if swap is to be limited");
}
