//! The free blocks of a zone do not add up to their printed sum.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, zone_name};
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The blocks in the free list of a zone, each count times its size, are not the sum at the end of the same line.
    ///
    /// ## Why it matters
    ///
    /// The kernel prints both from the same figures, so a digit was lost or altered on the way: by a camera, a hand, a wrapped line.
    /// Other digits may be wrong as well, without a sum that shows it.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:75000 inactive_anon:100 isolated_anon:0
    ///  active_file:10 inactive_file:10 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:500 slab_unreclaimable:2500
    ///  mapped:10 shmem:0 pagetables:400
    ///  free:1000 free_pcp:0 free_cma:0
    /// Node 0 DMA32 free:4000kB min:2000kB low:2500kB high:3000kB present:393216kB managed:360000kB mlocked:0kB
    /// Node 0 DMA32: 1000*4kB (U) 5*8kB = 4000kB
    /// 98304 pages RAM
    /// 8304 pages reserved
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    FREE_LIST_DAMAGED {
        code: "OKD903",
        name: "free-list-damaged",
        summary: "the free blocks of a zone do not add up to their printed sum",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let zones = case.event.machine.as_ref().map(|machine| machine.zones.as_slice()).unwrap_or_default();
    for zone in zones {
        let Some(printed) = zone.free_lists_bytes.filter(|_| !zone.free_lists.is_empty()) else { continue };
        let sizes = zone.free_lists.iter().map(|list| list.block_bytes.get().saturating_mul(list.count));
        let sum: Bytes = sizes.map(Bytes::new).sum();
        if sum != printed {
            let said =
                format!("the free blocks of {} come to {sum}, but the line says {printed}", zone_name(zone));
            findings.at(case.proof_of_free_lists(zone), said);
            // One is enough to tell that digits cannot be trusted.
            return;
        }
    }
}
