//! The kill came without any shortage: a fault handler gave up, not the allocator.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::units::Bytes;

use crate::case::{Case, Gauge};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The trace goes through pagefault_out_of_memory, the mask is empty, no cgroup is involved, and the open zones have far more free than their high watermarks.
    ///
    /// ## Why it matters
    ///
    /// Some driver or file system returned "out of memory" from a page fault.
    /// Kernels since 5.16 retry in place of killing.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0x0, order=0, oom_score_adj=0
    /// CPU: 0 PID: 5 Comm: java Not tainted 5.4.0 #1
    /// Call Trace:
    ///  dump_header+0x4a/0x1ff
    ///  out_of_memory+0x24b/0x2d0
    ///  pagefault_out_of_memory+0x6f/0x80
    /// Mem-Info:
    /// active_anon:1000 inactive_anon:1000 isolated_anon:0
    ///  free:200000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:800000kB min:4100kB low:5000kB high:6000kB present:1048576kB managed:1032192kB
    /// lowmem_reserve[]: 0 0
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0x0, order=0, oom_score_adj=0
    /// CPU: 0 PID: 5 Comm: java Not tainted 5.4.0 #1
    /// Call Trace:
    ///  dump_header+0x4a/0x1ff
    ///  out_of_memory+0x24b/0x2d0
    ///  pagefault_out_of_memory+0x6f/0x80
    /// Mem-Info:
    /// active_anon:1000 inactive_anon:1000 isolated_anon:0
    ///  free:1400 free_pcp:0 free_cma:0
    /// Node 0 Normal free:5600kB min:4100kB low:5000kB high:6000kB present:1048576kB managed:1032192kB
    /// lowmem_reserve[]: 0 0
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// - `debian-6.12_amd64_global`
    SPURIOUS {
        code: "OKD120",
        name: "spurious",
        summary: "a kill without a shortage",
        severity: Error,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let bare = case.event.trigger.as_ref().is_some_and(|trigger| trigger.gfp_flags.is_empty());
    if !case.is_global() || !bare || !case.calls("pagefault_out_of_memory") {
        return;
    }
    let sum = |of: fn(&Gauge) -> Bytes| case.zones.open().map(of).sum::<Bytes>();
    let (spare, needed) = (sum(|gauge| gauge.spare), sum(|gauge| gauge.high.saturating_add(gauge.reserve)));
    if needed == Bytes::ZERO || spare.get() / 4 < needed.get() {
        return;
    }
    let said = format!(
        "there was no shortage: {spare} were free where {needed} were needed; a page fault gave up for another reason"
    );
    findings.at(case.proof(Part::Stack, "pagefault_out_of_memory"), said).and([case.proof(Part::Zone, "free:")]).remedy(
        "suspect the driver or file system whose functions stand in the call trace, and run a kernel of 5.16 or later, \
         which retries in place of killing",
    );
}
