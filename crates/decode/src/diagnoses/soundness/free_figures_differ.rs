//! A zone's free memory and its free blocks are far apart.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, zone_name};
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The free memory of a zone and the sum of its free blocks differ by more than 4 MiB and a quarter of the larger; this is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// They are read one after the other, while other processors take and give back.
    /// Where they are far apart, the dump shows no single moment, or figures of two reports are mixed.
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
    ///  free:10000 free_pcp:0 free_cma:0
    /// Node 0 DMA32 free:40000kB min:2000kB low:2500kB high:3000kB present:393216kB managed:360000kB mlocked:0kB
    /// Node 0 DMA32: 1000*4kB (U) 0*8kB = 4000kB
    /// 98304 pages RAM
    /// 8304 pages reserved
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_ppc64el_global`
    FREE_FIGURES_DIFFER {
        code: "OKD904",
        name: "free-figures-differ",
        summary: "a zone's free memory and its free blocks are far apart",
        severity: Note,
        confidence: Low,
    }
}

/// Per-processor lists and the time between two prints come to less.
const USUAL: Bytes = Bytes::new(4 << 20);

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let zones = case.event.machine.as_ref().map(|machine| machine.zones.as_slice()).unwrap_or_default();
    for zone in zones {
        let (Some(free), Some(blocks)) = (zone.free_bytes, zone.free_lists_bytes) else { continue };
        let apart = free.minus(blocks).magnitude();
        if USUAL < apart && at_least(apart, 25, free.max(blocks)) {
            let said = format!(
                "{} has {free} free, but free blocks of {blocks}: they were read at different moments, or belong to \
                 two reports (a rule of thumb)",
                zone_name(zone)
            );
            findings.at(case.proof_of_zone(zone), said).and([case.proof_of_free_lists(zone)]);
            return;
        }
    }
}
