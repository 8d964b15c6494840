//! Much memory is reserved and in nobody's reach.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least, of_whole};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Reserved pages make up at least 15 % of all pages.
    ///
    /// ## Why it matters
    ///
    /// A crash kernel, holes of the firmware, or page descriptors for memory that is not there take it before anything runs.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:193900 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 62144 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_i386_lowmem`
    RESERVED_MEMORY {
        code: "OKD027",
        name: "reserved-memory",
        summary: "memory that is kept from everybody",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(machine) = case.event.machine.as_ref().filter(|_| case.speaks_of_machine()) else { return };
    let (Some(reserved), Some(ram)) = (machine.reserved_bytes, machine.ram_bytes) else { return };
    if at_least(reserved, 15, ram) {
        let said = format!(
            "{} are reserved and were never to be had (a rule of thumb: 15 %)",
            of_whole(reserved, ram)
        );
        findings.at(case.proof(Part::Total, "pages reserved"), said).remedy(
            "look for crashkernel=, mem= and memmap= on the kernel's command line, and at the firmware's map in the \
             boot log",
        );
    }
}
