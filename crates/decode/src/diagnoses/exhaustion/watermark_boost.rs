//! The bar was higher than usual for a moment.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, less};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// In the largest zone that the request may use, at least half of the min watermark is boost, and without it the request would have been met.
    ///
    /// ## Why it matters
    ///
    /// After it had to mix kinds of pages in a block, the kernel raises the watermarks for a while to make room.
    /// The raised bar is taken down again by kswapd, and is no setting of the machine's.
    ///
    /// ## Fires
    ///
    /// ```log
    /// crond invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:7000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:28000kB boost:18000kB min:29000kB low:32000kB high:35000kB reserved_highatomic:0KB present:1048576kB managed:1032192kB free_cma:0kB
    /// lowmem_reserve[]: 0 0 0 0
    /// 262144 pages RAM
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-6.17_amd64_global`
    WATERMARK_BOOST {
        code: "OKD211",
        name: "watermark-boost",
        summary: "watermarks that were raised for a while",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.speaks_of_machine() {
        return;
    }
    let Some(largest) = case.zones.open().max_by_key(|gauge| gauge.needed) else { return };
    let min = case.zone(largest).and_then(|zone| zone.min_bytes).unwrap_or_default();
    let boost = case.zone_counter(largest, "boost_bytes").unwrap_or_default();
    let decides = largest.spare <= largest.needed && less(largest.needed, boost) < largest.spare;
    if !decides || !at_least(boost, 50, min) {
        return;
    }
    let said = format!(
        "{} had {} free and would have had enough but for {boost} of boost, which the kernel puts on top of its \
         watermarks for a while after pages of different kinds had to share a block",
        case.zone_name(largest),
        largest.spare
    );
    findings
        .at(case.proof_of_gauge(largest), said)
        .remedy("set vm.watermark_boost_factor=0, if such kills come back while this much is free");
}
