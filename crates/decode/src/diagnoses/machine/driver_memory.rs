//! A driver that pins much memory is at work.

use oomkit_core::{place::Evidence, rule::Findings};

use super::unaccounted::residue;
use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least a tenth of the memory is in no counter, and functions of a graphics or network driver stand in the call trace.
    ///
    /// ## Why it matters
    ///
    /// Such drivers allocate pages for buffers that no counter of the report holds.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// CPU: 0 PID: 5 Comm: java Tainted: P           OE     6.1.0 #1
    /// Call Trace:
    ///  dump_header+0x4a/0x1ff
    ///  out_of_memory+0x24b/0x2d0
    ///  arc_get_data_buf+0x1c/0x30 [nvidia]
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
    DRIVER_MEMORY {
        code: "OKD017",
        name: "driver-memory",
        summary: "memory that a driver may hold",
        severity: Note,
        confidence: Low,
    }
}

/// Drivers that are known to hold much memory.
const DRIVERS: &[&str] =
    &["nvidia", "amdgpu", "i915", "xe", "nouveau", "mlx5_core", "mlx4_core", "bnxt_en", "ice"];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((residue, _)) = residue(case) else { return };
    let lines = &case.event.lines;
    let found = DRIVERS.iter().find_map(|driver| {
        let line = lines.find(Part::Stack, &format!("[{driver}]"))?;
        Some((driver, line))
    });
    let Some((driver, line)) = found else { return };
    let said = format!(
        "the driver {driver} is at work; its buffers may be part of the {residue} that no counter has"
    );
    findings
        .at(case.line(line), said)
        .remedy(format!("see what {driver} reports under /sys/kernel/debug, and try a newer one"));
}
