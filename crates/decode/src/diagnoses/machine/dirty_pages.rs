//! File pages wait to be written to a disk that does not keep up.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::finding::Severity;

use crate::case::{Case, at_least, of_whole, percent};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Dirty pages and pages under writeback make up at least a tenth of the usable memory.
    ///
    /// ## Why it matters
    ///
    /// They cannot be reclaimed before they are written, so a slow or dead disk fills the memory.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:192448 inactive_anon:1000 isolated_anon:0
    ///  active_file:60000 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:20000 writeback:30000
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
    DIRTY_PAGES {
        code: "OKD020",
        name: "dirty-pages",
        summary: "file pages that wait for a slow disk",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(usable) = case.machine.usable.filter(|_| case.speaks_of_machine()) else { return };
    let counter = |name| case.counter(name).unwrap_or_default();
    let (dirty, writing) = (counter("dirty_bytes"), counter("writeback_bytes"));
    let waiting = dirty.saturating_add(writing);
    if !at_least(waiting, 10, usable) {
        return;
    }
    let said = format!(
        "{} waited to be written to disk ({dirty} dirty, {writing} under way)",
        of_whole(waiting, usable)
    );
    let finding = findings.at(case.proof_of("writeback_bytes"), said).remedy(format!(
        "look for errors and long queues of the disks (`iostat -x`); bound what may wait with vm.dirty_bytes={} and \
         vm.dirty_background_bytes={}",
        percent(usable, 5).get(),
        percent(usable, 2).get()
    ));
    if at_least(waiting, 40, usable) {
        finding.severity(Severity::Error);
    }
}
