//! The kernel listed the places in its own code that allocated most.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::ident::visible;

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The report has the list of allocation sites, which kernels since 6.10 print where allocation profiling is on.
    ///
    /// ## Why it matters
    ///
    /// Where memory is in no other counter, this list names file, line and function of who took it.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:191948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Memory allocations:
    ///    512 MiB   131072 drivers/net/foo/main.c:120 [foo] func:foo_alloc_ring
    ///    12.0 MiB     3072 mm/filemap.c:1930 func:__filemap_get_folio
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    ALLOCATION_SITES {
        code: "OKD018",
        name: "allocation-sites",
        summary: "the places in the kernel that allocated most",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(first) = case.event.allocations.first() else { return };
    let named = case.event.allocations.iter().take(3).map(|site| {
        let function = visible(site.function.as_bytes());
        format!("{function} ({}) {}", visible(site.place.as_bytes()), site.bytes)
    });
    let said = format!("the kernel's largest allocation sites: {}", named.collect::<Vec<_>>().join(", "));
    findings.at(case.proof(Part::Sites, &first.place), said);
}
