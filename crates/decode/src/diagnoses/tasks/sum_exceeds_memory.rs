//! The candidates hold more than there is, because what they share is counted for each.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::Case;
use crate::report::{Part, Task};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The resident memory of all candidates adds up to more than the machine has; where the table parts anonymous memory from the rest, its sum alone.
    ///
    /// ## Why it matters
    ///
    /// Shared pages stand in the row of every process that maps them: shared segments, program files, pages that a fork has not copied yet.
    /// The sum is no memory, and whoever adds rows up looks for a leak that is none.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:200000 inactive_anon:1000 isolated_anon:0
    ///  active_file:100 inactive_file:100 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:100 pagetables:1000 bounce:0
    ///  free:3000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 4096 pages reserved
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [    700]    26   700    90000    62000   520192        0             0 postgres
    /// [    701]    26   701    90000    62000   520192        0             0 postgres
    /// [    702]    26   702    90000    62000   520192        0             0 postgres
    /// [    703]    26   703    90000    62000   520192        0             0 postgres
    /// [    704]    26   704    90000    62000   520192        0             0 postgres
    /// [    705]    26   705    90000    62000   520192        0             0 postgres
    /// Out of memory: Killed process 703 (postgres) total-vm:4000kB, anon-rss:2000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.18_amd64_swarm`
    SUM_EXCEEDS_MEMORY {
        code: "OKD511",
        name: "sum-exceeds-memory",
        summary: "shared pages counted many times",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(managed) = case.machine.managed.filter(|_| case.is_global()) else { return };
    let resident = |task: &Task| task.rss_anon_bytes.or(task.rss_bytes).unwrap_or_default();
    let sum: Bytes = case.event.tasks.iter().map(resident).fold(Bytes::ZERO, Bytes::saturating_add);
    let Some(largest) = case.largest_task().filter(|_| managed < sum) else { return };
    let what = if largest.rss_anon_bytes.is_some() { "anonymous" } else { "resident" };
    let said = format!(
        "the rows of the task table add up to {sum} {what} memory, and the machine has {managed}: pages that processes \
         share are counted for each of them, so the sum says nothing"
    );
    findings.at(case.proof_of_task(largest), said).and([case.proof(Part::Total, "pages RAM")]);
}
