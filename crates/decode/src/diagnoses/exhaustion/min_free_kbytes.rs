//! The machine keeps more memory free than is good for it.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, at_least, of_whole, percent};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The min watermarks of all zones, boosting left aside, make up more than 5 % of the memory, or more than one and a half times what is sensible: half a percent of the memory, or a gigabyte for each node.
    ///
    /// ## Why it matters
    ///
    /// What lies below these marks is withheld from everybody who can wait.
    /// The usual cause is a fixed vm.min_free_kbytes that was copied from a larger machine.
    ///
    /// ## Fires
    ///
    /// ```log
    /// crond invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:16000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:64000kB boost:0kB min:70000kB low:87500kB high:105000kB present:1048576kB managed:1032192kB free_cma:0kB
    /// lowmem_reserve[]: 0 0 0 0
    /// 262144 pages RAM
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12-16k_arm64_global`
    /// - `ubuntu-4.15_amd64_numa_global`
    MIN_FREE_KBYTES {
        code: "OKD212",
        name: "min-free-kbytes",
        summary: "more memory kept free than is good",
        severity: Warning,
        confidence: Medium,
    }
}

/// Watermarks of this size are sensible on a large node.
const PER_NODE: Bytes = Bytes::new(1 << 30);

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(managed) = case.machine.managed.filter(|_| case.speaks_of_machine() && case.zones.whole) else {
        return;
    };
    let kept: Bytes = case.zones.gauges.iter().map(|gauge| gauge.min).sum();
    let nodes = case.event.machine.as_ref().map_or(1, |machine| machine.nodes.len().max(1));
    let large = Bytes::new(PER_NODE.get().saturating_mul(nodes as u64)).max(Bytes::new(managed.get() / 200));
    let too_much = at_least(kept, 5, managed) || large.get() + large.get() / 2 < kept.get();
    let Some(zone) = case.zones.gauges.iter().max_by_key(|gauge| gauge.min).filter(|_| too_much) else {
        return;
    };
    let sensible = large.min(percent(managed, 1));
    let said = format!(
        "{} are kept free by vm.min_free_kbytes, out of reach for processes",
        of_whole(kept, managed)
    );
    findings.at(case.proof_of_gauge(zone), said).remedy(format!(
        "set vm.min_free_kbytes={} ({sensible}), or take the setting out and let the kernel choose",
        sensible.kib()
    ));
}
