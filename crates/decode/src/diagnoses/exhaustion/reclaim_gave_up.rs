//! Reclaim had given up on all nodes.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, less, of_whole};
use crate::report::{Node, Part, Zone};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// All nodes that the dump shows, or up to Linux 4.7 all zones that the request may use, are marked as not reclaimable, and yet a tenth of the swap is free or file pages make up 5 % of the usable memory.
    ///
    /// ## Why it matters
    ///
    /// The kernel says so of a node after sixteen rounds without a page gained.
    /// What looks as if it could be written out or dropped could not: it is locked, in use by somebody else, or not allowed to be swapped.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:200000 inactive_anon:1000 isolated_anon:0
    ///  active_file:10 inactive_file:10 isolated_file:0
    ///  free:3000 free_pcp:0 free_cma:0
    /// Node 0 active_anon:800000kB inactive_anon:4000kB active_file:40kB inactive_file:40kB unevictable:0kB all_unreclaimable? yes
    /// Node 0 Normal free:12000kB min:11000kB low:14000kB high:17000kB present:1048576kB managed:1032192kB
    /// lowmem_reserve[]: 0 0 0 0
    /// Free swap  = 900000kB
    /// Total swap = 1000000kB
    /// 262144 pages RAM
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_tmpfs`
    /// - `ubuntu-4.4_amd64_global_swap`
    RECLAIM_GAVE_UP {
        code: "OKD215",
        name: "reclaim-gave-up",
        summary: "reclaim had given up",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(machine) = case.event.machine.as_ref().filter(|_| case.speaks_of_machine()) else { return };
    let of_nodes = machine.nodes.iter().map(|node: &Node| node.all_unreclaimable);
    let of_zones =
        case.zones.open().filter_map(|gauge| case.zone(gauge)).map(|zone: &Zone| zone.all_unreclaimable);
    let mut answers = of_nodes.chain(of_zones).flatten().peekable();
    if answers.peek().is_none() || !answers.all(|given_up| given_up) {
        return;
    }
    let Some((left, proof)) = left(case) else { return };
    let said = format!("reclaim had given up, after sixteen rounds over all pages, though {left}");
    findings.at(case.proof(Part::Zone, "yes"), said).and([proof]);
}

/// What looks as if there were still something to be had.
fn left(case: &Case) -> Option<(String, Evidence)> {
    let (total, used) = (case.machine.swap_total?, case.machine.swap_used?);
    let free = less(total, used);
    if at_least(free, 10, total) {
        let said = format!("{} of swap were free", of_whole(free, total));
        return Some((said, case.proof(Part::Total, "Free swap")));
    }
    let (file, usable) = (case.machine.file?, case.machine.usable?);
    at_least(file, 5, usable).then(|| {
        let said = format!("{} of memory were file pages", of_whole(file, usable));
        (said, case.proof_of("active_file_bytes"))
    })
}
