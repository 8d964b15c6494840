//! ZFS is at work, and its cache is in no counter.

use oomkit_core::{place::Evidence, rule::Findings};

use super::unaccounted::residue;
use crate::case::{Case, percent};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least a tenth of the memory is in no counter, and functions of ZFS stand in the call trace or its modules in the list.
    ///
    /// ## Why it matters
    ///
    /// The ARC of ZFS is a cache of its own: it is not in the page cache and not reported as reclaimable, though it shrinks under pressure, if slowly.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// CPU: 0 PID: 5 Comm: java Tainted: P           OE     6.1.0 #1
    /// Call Trace:
    ///  dump_header+0x4a/0x1ff
    ///  out_of_memory+0x24b/0x2d0
    ///  arc_get_data_buf+0x1c/0x30 [zfs]
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
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_amd64_pipes`
    ZFS_ARC {
        code: "OKD016",
        name: "zfs-arc",
        summary: "memory that ZFS may hold in its cache",
        severity: Warning,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((residue, managed)) = residue(case) else { return };
    let lines = &case.event.lines;
    let found = ["zfs", "spl"].iter().find_map(|module| lines.find(Part::Stack, module));
    let Some(line) = found else { return };
    let said = format!("ZFS is at work, whose cache is in no counter; it may hold part of the {residue}");
    findings.at(case.line(line), said).remedy(format!(
        "look at `arcstat` or /proc/spl/kstat/zfs/arcstats, and bound the cache with the module's zfs_arc_max (say {})",
        percent(managed, 25)
    ));
}
