//! One node was full while another had plenty.

use oomkit_core::{ident::NodeId, place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, Gauge, at_least, of_whole};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The dump shows two or more nodes.
    /// The zones that the request may use are below their high watermarks on one of them, and on another have more than three times that, and more than 10 % of the node.
    ///
    /// ## Why it matters
    ///
    /// A policy, a pinned process or zone_reclaim_mode keeps the work on one node.
    /// The machine as a whole has memory.
    ///
    /// ## Fires
    ///
    /// ```log
    /// crond invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:101000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:4000kB min:4100kB low:5000kB high:6000kB present:524288kB managed:516096kB
    /// lowmem_reserve[]: 0 0 0
    /// Node 1 Normal free:400000kB min:4100kB low:5000kB high:6000kB present:524288kB managed:516096kB
    /// lowmem_reserve[]: 0 0 0
    /// 262144 pages RAM
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_amd64_numa_global`
    /// - `debian-6.12_amd64_global`
    NUMA_IMBALANCE {
        code: "OKD213",
        name: "numa-imbalance",
        summary: "one node was full while another had plenty",
        severity: Warning,
        confidence: Medium,
    }
}

/// What the request finds on a node.
#[derive(Default)]
struct Share {
    free: Bytes,
    high: Bytes,
    size: Bytes,
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.speaks_of_machine() && !case.is_confined() {
        return;
    }
    let nodes = nodes(case);
    let full = nodes.iter().filter(|(_, share)| share.free <= share.high).min_by_key(|(_, share)| share.free);
    let roomy = nodes.iter().filter(|(_, share)| {
        share.high.get().saturating_mul(3) < share.free.get() && at_least(share.free, 10, share.size)
    });
    let (Some((full, short)), Some((roomy, plenty))) = (full, roomy.max_by_key(|(_, share)| share.free))
    else {
        return;
    };
    let said = format!(
        "node {full} was full, with {} free, while node {roomy} had {} free",
        short.free,
        of_whole(plenty.free, plenty.size)
    );
    let line = |node: NodeId| case.proof(Part::Zone, &format!("Node {node} "));
    findings.at(line(*full), said).and([line(*roomy)]).remedy(
        "look for what binds the work to the node: cpuset.mems, numactl --membind or --cpunodebind, a pinned virtual \
         machine, vm.zone_reclaim_mode (0 lets allocations go to other nodes)",
    );
}

/// Adds up the open zones of each node; none where the log tells no nodes.
fn nodes(case: &Case) -> Vec<(NodeId, Share)> {
    let mut nodes: Vec<(NodeId, Share)> = Vec::new();
    let of_node = |gauge: &Gauge| case.zone(gauge).and_then(|zone| zone.node);
    for gauge in case.zones.open() {
        let Some(node) = of_node(gauge) else { return Vec::new() };
        // Zones of a node stand together.
        if nodes.last().is_none_or(|(last, _)| *last != node) {
            nodes.push((node, Share::default()));
        }
        if let Some((_, share)) = nodes.last_mut() {
            share.free = share.free.saturating_add(gauge.free);
            share.high = share.high.saturating_add(gauge.high);
            share.size =
                share.size.saturating_add(case.zone_counter(gauge, "managed_bytes").unwrap_or_default());
        }
    }
    nodes
}
