//! Huge pages are set aside, and most of them are not used.

use oomkit_core::{place::Evidence, rule::Findings};

use std::collections::BTreeMap;

use oomkit_core::units::Bytes;

use crate::case::{Case, at_least, of_whole};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Pools of huge pages hold at least a quarter of the memory, and at least half of them are free.
    ///
    /// ## Why it matters
    ///
    /// A free huge page is lost for everything else, however short of memory the machine is.
    ///
    /// ## Fires
    ///
    /// - `debian-7.2_amd64_hugepages`
    /// - `ubuntu-5.15_amd64_hugepages`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
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
    HUGE_PAGES {
        code: "OKD011",
        name: "huge-pages",
        summary: "huge pages set aside and not used",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (huge, free) = (case.machine.huge, case.machine.huge_free);
    let Some(managed) = case.machine.managed.filter(|_| case.speaks_of_machine()) else { return };
    if !at_least(huge, 25, managed) || !at_least(free, 50, huge) {
        return;
    }
    let said =
        format!("huge pages set aside held {}, and {free} of them were not used", of_whole(huge, managed));
    findings.at(case.proof(Part::HugePages, ""), said).remedy(format!(
        "lower vm.nr_hugepages by {} (or the hugepages= of the kernel's command line), or let the program that they \
         were meant for use them",
        free_pages(case)
    ));
}

/// Says how many pages of each size are free.
fn free_pages(case: &Case) -> String {
    let mut sizes: BTreeMap<Bytes, u64> = BTreeMap::new();
    for pool in case.event.machine.iter().flat_map(|machine| &machine.hugepages) {
        let free = sizes.entry(pool.size_bytes).or_default();
        *free = free.saturating_add(pool.free);
    }
    let sizes = sizes.iter().filter(|(_, free)| 0 < **free);
    sizes.map(|(size, free)| format!("{free} (of {size})")).collect::<Vec<_>>().join(" and ")
}
