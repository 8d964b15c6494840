//! One piece of shared memory stands in the resident memory of many processes.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::Task;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least three processes have a resident memory of about the size of the machine's shared memory, which is a tenth of the usable memory or more.
    /// This is asked only where the task table does not part shared from anonymous memory.
    ///
    /// ## Why it matters
    ///
    /// Adding up resident memory counts that piece once for each of them, and makes more memory than the machine has.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:251948 inactive_anon:1000 isolated_anon:0
    ///  active_file:500 inactive_file:500 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:1000 slab_unreclaimable:1000
    ///  mapped:0 shmem:60000 pagetables:100 bounce:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Free swap  = 0kB
    /// Total swap = 0kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [     11]    26    11    90000    62000   520192        0             0 postgres
    /// [     12]    26    12    90000    62000   520192        0             0 postgres
    /// [     13]    26    13    90000    62000   520192        0             0 postgres
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.18_amd64_swarm`
    /// - `debian-6.12_amd64_tmpfs`
    SHARED_COUNTED_OFTEN {
        code: "OKD005",
        name: "shared-counted-often",
        summary: "one piece of shared memory counted in many processes",
        severity: Note,
        confidence: Medium,
    }
}

/// Fewer may be of that size by chance.
const SHARERS: usize = 3;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((shared, _)) = case.holds("shmem_bytes", 10) else { return };
    let near = |task: &&Task| {
        let resident = task.rss_bytes.unwrap_or_default();
        task.rss_anon_bytes.is_none() && resident.get().abs_diff(shared.get()) <= shared.get() / 5
    };
    let mut sharers = case.event.tasks.iter().filter(near);
    let (Some(first), others) = (sharers.next(), sharers.count()) else { return };
    if others + 1 < SHARERS {
        return;
    }
    let said = format!(
        "{} processes have about {shared} resident each, which is all shared memory there is: it is one piece, \
         counted in each of them",
        others + 1
    );
    findings.at(case.proof_of_task(first), said).and([case.proof_of("shmem_bytes")]);
}
