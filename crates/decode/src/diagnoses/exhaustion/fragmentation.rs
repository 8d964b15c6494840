//! Pages enough, but not in one piece.

use oomkit_core::{
    finding::{Confidence, Severity},
    place::Evidence,
    rule::Findings,
    units::Bytes,
};

use super::{in_one_piece, pieces};
use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The request is for several pages in one piece.
    /// Some zone that it may use has more free than its watermark and its reserve, and in none of these zones is there a free piece of that size or more, of a type that the request may use.
    /// Kernels before 4.4 want more than one such piece; their test is replayed where the free lists are of that age.
    ///
    /// ## Why it matters
    ///
    /// Adding memory helps little: what is missing is not pages but runs of them.
    /// Pieces of memory for contiguous allocations (CMA) and those kept for requests that cannot wait are free, and still not for everybody.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_pagealloc`
    /// - `ubuntu-4.4_amd64_pagealloc`
    ///
    /// ```log
    /// crond invoked oom-killer: gfp_mask=0xdc0(GFP_KERNEL|__GFP_ZERO), order=2, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:20000 free_pcp:0 free_cma:5000
    /// Node 0 DMA free:80000kB min:11000kB low:14000kB high:17000kB present:1048576kB managed:1032192kB free_cma:20000kB
    /// lowmem_reserve[]: 0 0 0 0
    /// Node 0 DMA: 12000*4kB (UME) 1500*8kB (UMEC) 300*16kB (C) 475*32kB (C) 0*64kB = 80000kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ```log
    /// gdm3 invoked oom-killer: gfp_mask=0xd0, order=2, oom_adj=0
    /// Mem-Info:
    /// active_anon:20000 inactive_anon:1000 isolated_anon:0
    ///  free:11900 slab_reclaimable:100 slab_unreclaimable:100
    /// Normal free:47600kB min:1864kB low:2330kB high:2796kB active_anon:80000kB inactive_anon:4000kB present:217424kB
    /// lowmem_reserve[]: 0 0
    /// Normal: 4000*4kB 3896*8kB 27*16kB 0*32kB 0*64kB = 47600kB
    /// 65536 pages RAM
    /// Out of memory: kill process 5064 (session) score 1000 or a child
    /// Killed process 5138 (panel)
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-7.2_amd64_swarm`
    /// - `ubuntu-5.4_amd64_swarm`
    ///
    /// ```log
    /// crond invoked oom-killer: gfp_mask=0xdc0(GFP_KERNEL|__GFP_ZERO), order=2, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:20000 free_pcp:0 free_cma:0
    /// Node 0 DMA free:80000kB min:11000kB low:14000kB high:17000kB present:1048576kB managed:1032192kB free_cma:0kB
    /// lowmem_reserve[]: 0 0 0 0
    /// Node 0 DMA: 12000*4kB (UME) 1500*8kB (UMEC) 299*16kB (C) 475*32kB (C) 1*16kB (U) = 80000kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    FRAGMENTATION {
        code: "OKD203",
        name: "fragmentation",
        summary: "pages enough, but not in one piece",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(pieces) = pieces(case).filter(|pieces| pieces.wanting) else { return };
    let rich = case.zones.open().filter(|gauge| gauge.needed < gauge.spare);
    let (Some(richest), Some(order)) = (rich.max_by_key(|gauge| gauge.spare), case.order()) else { return };
    let kept = match pieces.kept {
        Bytes::ZERO => String::new(),
        kept => format!(" ({kept} in such pieces are kept for other requests)"),
    };
    let found = match pieces.fitting {
        Bytes::ZERO => format!("but not one piece that large{kept}"),
        fitting => format!("but only {fitting} of it in pieces that large, which the kernel finds too few"),
    };
    let said = format!(
        "memory was fragmented: {} wanted, {} were free in {} where {} have to stay free, {found}",
        in_one_piece(pieces.size, order),
        richest.spare,
        case.zone_name(richest),
        richest.needed
    );
    let lists = case.zone(richest).and_then(|zone| zone.line).and_then(|line| {
        let lists = case.event.lines.iter().filter(|(no, part, _)| *part == Part::FreeList && line < *no);
        lists.map(|(no, ..)| no).next()
    });
    let finding = findings.at(case.proof_of_head(), said);
    finding.and(lists.map(|line| case.line(line))).and([case.proof_of_gauge(richest)]).remedy(remedy(case));
    if pieces.fitting != Bytes::ZERO {
        finding.confidence(Confidence::Medium);
    }
    if !case.is_oom() {
        finding.severity(Severity::Warning);
    }
}

fn remedy(case: &Case) -> String {
    let now: Bytes = case.zones.gauges.iter().map(|gauge| gauge.min).sum();
    format!(
        "for now: `echo 1 > /proc/sys/vm/compact_memory`; to keep larger pieces free: vm.min_free_kbytes={} (twice the \
         present value), vm.compaction_proactiveness=40, and a driver that falls back to vmalloc or single pages (jumbo \
         frames ask for several pages each)",
        now.kib().saturating_mul(2)
    )
}
