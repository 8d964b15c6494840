//! Kernel stacks tell of very many threads.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::finding::Severity;

use crate::case::{Case, at_least, of_whole};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Kernel stacks make up at least 2 % of the usable memory; from a quarter on they are among the causes.
    ///
    /// ## Why it matters
    ///
    /// Each thread has a kernel stack, 16 KiB on most machines, whatever it does.
    /// So much of it is tens of thousands of threads.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:171948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:0 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:8000kB min:9000kB low:11000kB high:13000kB present:1048576kB managed:1032192kB kernel_stack:320000kB
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
    /// - `debian-6.18_amd64_threads`
    KERNEL_STACKS {
        code: "OKD010",
        name: "kernel-stacks",
        summary: "kernel stacks of very many threads",
        severity: Note,
        confidence: Medium,
    }
}

/// The usual size of a kernel stack on 64-bit machines.
const STACK: u64 = 16 << 10;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(stacks), Some(usable)) = (case.machine.stacks, case.machine.usable) else { return };
    if !case.speaks_of_machine() || !at_least(stacks, 2, usable) {
        return;
    }
    let said = format!(
        "kernel stacks held {}: about {} threads, at 16 KiB each",
        of_whole(stacks, usable),
        stacks.get() / STACK
    );
    let finding = findings.at(case.proof(Part::Zone, "kernel_stack:"), said);
    finding.remedy(
        "find who starts the threads with `ps -eLf | awk '{print $NF}' | sort | uniq -c | sort -n | tail`; bound \
         them with TasksMax= of the unit or pids.max of the cgroup",
    );
    if at_least(stacks, 25, usable) {
        finding.severity(Severity::Error);
    } else if at_least(stacks, 10, usable) {
        finding.severity(Severity::Warning);
    }
}
