//! Most anonymous memory is in transparent huge pages.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, of_whole, weight};
use crate::report::Part;
use crate::resolve::balance;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// One process holds most of the memory, and at least half of the anonymous memory is in transparent huge pages.
    ///
    /// ## Why it matters
    ///
    /// A sparse heap takes a whole huge page for every few bytes that it touches, and grows well beyond what it uses.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:251948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Node 0 active_anon:1000000kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:0kB dirty:0kB writeback:0kB shmem:0kB shmem_thp: 0kB shmem_pmdmapped: 0kB anon_thp: 900000kB all_unreclaimable? no
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [      5]     0     5   300000   250000  2097152        0             0 java
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    HUGE_PAGE_BLOAT {
        code: "OKD031",
        name: "huge-page-bloat",
        summary: "transparent huge pages may bloat a process",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(anon), Some(whole), Some(task)) =
        (case.machine.anon, case.machine.with_swap(), case.largest_task())
    else {
        return;
    };
    let machine = case.event.machine.as_ref().filter(|_| case.is_global());
    let huge = machine.and_then(|machine| balance::of_places(machine, "anon_thp_bytes"));
    let Some(huge) = huge.filter(|huge| at_least(*huge, 50, anon)) else { return };
    if !at_least(weight(task), 50, whole) {
        return;
    }
    let said = format!(
        "{} of the anonymous memory are in transparent huge pages, which bloat sparse heaps",
        of_whole(huge, anon)
    );
    findings
        .at(case.proof(Part::Zone, "anon_thp:"), said)
        .remedy(format!("try transparent_hugepage=madvise, and compare the size of {}", task.comm));
}
