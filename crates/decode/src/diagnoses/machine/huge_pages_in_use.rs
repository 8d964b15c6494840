//! Huge pages are in use, and the rest of the machine lives in what they leave.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::finding::Severity;

use crate::case::{Case, at_least, of_whole};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Pools of huge pages hold at least a quarter of the memory, and more than half of them are in use.
    ///
    /// ## Why it matters
    ///
    /// Everything that does not use huge pages has to fit into the rest, whatever the machine has in all.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:149548 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Node 0 hugepages_total=200 hugepages_free=20 hugepages_surp=0 hugepages_size=2048kB
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
    /// - `debian-7.2_amd64_hugepages`
    /// - `debian-6.12_amd64_global`
    HUGE_PAGES_IN_USE {
        code: "OKD012",
        name: "huge-pages-in-use",
        summary: "huge pages in use leave little to the rest",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (huge, free) = (case.machine.huge, case.machine.huge_free);
    let (Some(managed), Some(usable)) = (case.machine.managed, case.machine.usable) else { return };
    let unused = at_least(free, 50, huge);
    if !case.speaks_of_machine() || !at_least(huge, 25, managed) || unused {
        return;
    }
    let said = format!(
        "huge pages held {}, most of them in use; everything else had to fit into {usable}",
        of_whole(huge, managed)
    );
    let finding = findings.at(case.proof(Part::HugePages, ""), said);
    finding.remedy(format!("size everything that does not use huge pages for {usable}, not for {managed}"));
    if at_least(huge, 50, managed) {
        finding.severity(Severity::Error);
    }
}
