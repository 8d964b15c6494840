//! Many pages were in the hands of tasks that reclaim.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Isolated pages make up at least 5 % of the usable memory.
    ///
    /// ## Why it matters
    ///
    /// While a task looks at a page it is off the lists; too many tasks reclaiming at once keep pages from each other.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:231948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:20000
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    ISOLATED_PAGES {
        code: "OKD022",
        name: "isolated-pages",
        summary: "pages in the hands of many reclaimers",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let largest = ["isolated_anon_bytes", "isolated_file_bytes"]
        .into_iter()
        .find_map(|counter| Some((counter, case.holds(counter, 5)?)));
    let Some((counter, (isolated, usable))) = largest else { return };
    let said = format!(
        "{} were isolated: many tasks reclaimed at once (a rule of thumb)",
        of_whole(isolated, usable)
    );
    findings.at(case.proof_of(counter), said);
}
