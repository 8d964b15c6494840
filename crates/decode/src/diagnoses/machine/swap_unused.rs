//! Swap was free, and anonymous memory was not moved there.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, less};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At the OOM of a machine more than a tenth of its swap is free, though at least half of the usable memory is anonymous.
    ///
    /// ## Why it matters
    ///
    /// Something kept the memory out of swap: locks, a swappiness of 0, a cgroup without swap, a request that may not start I/O.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:251948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// 0 pages in swap cache
    /// Free swap  = 900000kB
    /// Total swap = 1000000kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_amd64_global_swap`
    /// - `debian-6.18_amd64_mlock`
    SWAP_UNUSED {
        code: "OKD026",
        name: "swap-unused",
        summary: "free swap that could not be used",
        severity: Note,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(total), Some(used), Some(anon), Some(usable)) =
        (case.machine.swap_total, case.machine.swap_used, case.machine.anon, case.machine.usable)
    else {
        return;
    };
    let free = less(total, used);
    if !case.is_global() || !at_least(free, 10, total) || !at_least(anon, 50, usable) {
        return;
    }
    let io = case.zones.request.is_none_or(|request| request.may_do_io);
    let why = if io {
        "a cgroup without swap, vm.swappiness=0 or locks keep memory out of it"
    } else {
        "the asking task may not start I/O"
    };
    let said = format!("{free} of {total} swap were free, though {anon} were anonymous: {why}");
    findings.at(case.proof(Part::Total, "Free swap"), said).remedy(
        "look at vm.swappiness, and at memory.swap.max of the cgroups (Kubernetes allows its pods no swap as a rule)",
    );
}
