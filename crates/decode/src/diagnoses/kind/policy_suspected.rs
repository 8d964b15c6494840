//! A node that looks open to the request had plenty of free memory.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::ident::NodeId;

use crate::case::{Case, Gauge};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At the OOM of the whole machine, for a single page, an open zone has more than twice its high watermark and its reserve free, no summary tells the constraint, and another node is full.
    ///
    /// ## Why it matters
    ///
    /// Kernels up to 4.20 do not say that a memory policy was the reason; such a picture is typical of it.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:101000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:4000kB min:4100kB low:5000kB high:6000kB present:524288kB managed:516096kB
    /// lowmem_reserve[]: 0 0 0
    /// Node 1 Normal free:400000kB min:4100kB low:5000kB high:6000kB present:524288kB managed:516096kB
    /// lowmem_reserve[]: 0 0 0
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Kill process 5 (java) score 100 or sacrifice child
    /// Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_amd64_numa_global`
    POLICY_SUSPECTED {
        code: "OKD107",
        name: "policy-suspected",
        summary: "an allowed node had plenty of free memory",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let told = case.event.lines.find(Part::Choice, "constraint=").is_some();
    if !case.is_global() || case.order() != Some(0) || told {
        return;
    }
    let needed = |gauge: &Gauge| gauge.high.saturating_add(gauge.reserve);
    let mut open = case.zones.open();
    let Some(roomy) = open.find(|gauge| needed(gauge).get().saturating_mul(2) < gauge.spare.get()) else {
        return;
    };
    let full = case.zones.open().find(|gauge| gauge.spare <= needed(gauge));
    let Some(full) = full.filter(|full| node(case, full) != node(case, roomy)) else { return };
    let said = format!(
        "{} had {} free while {} was full: a memory policy may have kept the request from it",
        case.zone_name(roomy),
        roomy.free,
        case.zone_name(full)
    );
    let place = roomy.line.map_or_else(|| case.proof(Part::Zone, ""), |line| case.line(line));
    findings.at(place, said).and(full.line.map(|line| case.line(line)));
}

fn node(case: &Case, gauge: &Gauge) -> Option<NodeId> {
    case.zone(gauge).and_then(|zone| zone.node)
}
