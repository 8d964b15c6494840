//! Free memory is kept for requests that cannot wait.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least a quarter of what is free in the zones that the request may use is reserved for large requests that cannot wait.
    ///
    /// ## Why it matters
    ///
    /// The kernel sets such blocks aside after large atomic requests, mostly of network drivers, and gives them back only under pressure.
    ///
    /// ## Fires
    ///
    /// ```log
    /// crond invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:7000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:28000kB boost:0kB min:11000kB low:14000kB high:17000kB reserved_highatomic:12000KB present:1048576kB managed:1032192kB free_cma:0kB
    /// lowmem_reserve[]: 0 0 0 0
    /// 262144 pages RAM
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    HIGHATOMIC_RESERVE {
        code: "OKD210",
        name: "highatomic-reserve",
        summary: "free memory that is kept for requests that cannot wait",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.speaks_of_machine() {
        return;
    }
    let reserved = |gauge: &_| {
        // Newer kernels tell what of the reserve is free.
        let counters = ["free_highatomic_bytes", "reserved_highatomic_bytes"];
        counters.into_iter().find_map(|name| case.zone_counter(gauge, name)).unwrap_or_default()
    };
    let (kept, free) = (case.zones.sum(reserved), case.zones.sum(|gauge| gauge.free));
    let Some(zone) = case.zones.open().max_by_key(|gauge| reserved(gauge)) else { return };
    if kept.get() == 0 || kept.get() < free.get() / 4 {
        return;
    }
    let said =
        format!("{} free memory is reserved for large requests that cannot wait", of_whole(kept, free));
    findings.at(case.proof_of_gauge(zone), said);
}
