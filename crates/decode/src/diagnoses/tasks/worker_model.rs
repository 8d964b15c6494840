//! The oldest of many alike is their small master.

use oomkit_core::{place::Evidence, rule::Findings};

use super::whole;
use crate::case::{Case, at_least, own_memory};
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least five candidates of one name hold a quarter of the memory, and the one with the lowest process id has less than half of what the others have on average.
    /// Process ids wrap, so this is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// That one is likely the master, which only starts the others.
    /// What counts is the number of workers times the size of one.
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
    /// [    700]    33   700    90000    900  520192        0             0 httpd
    /// [    701]    33   701    90000    30000  520192        0             0 httpd
    /// [    702]    33   702    90000    30000  520192        0             0 httpd
    /// [    703]    33   703    90000    30000  520192        0             0 httpd
    /// [    704]    33   704    90000    30000  520192        0             0 httpd
    /// [    705]    33   705    90000    30000  520192        0             0 httpd
    /// [    706]    33   706    90000    30000  520192        0             0 httpd
    /// Out of memory: Killed process 703 (httpd) total-vm:4000kB, anon-rss:120000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.15_amd64_tmpfs`
    WORKER_MODEL {
        code: "OKD508",
        name: "worker-model",
        summary: "a small master and its large workers",
        severity: Note,
        confidence: Low,
    }
}

/// Fewer may be alike by chance.
const CROWD: u64 = 5;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(whole), Some(group)) = (whole(case), case.tasks.names.first()) else { return };
    if group.tasks < CROWD || !at_least(group.memory, 25, whole) {
        return;
    }
    let Some(named) = case.largest_of(group).map(|task| &task.comm) else { return };
    let members = case.event.tasks.iter().filter(|task| task.comm == *named);
    let Some(oldest) = members.min_by_key(|task| task.tgid.unwrap_or(task.pid)) else { return };
    let workers = group.tasks - 1;
    let mean = Bytes::new(group.memory.get().saturating_sub(own_memory(oldest).get()) / workers.max(1));
    if mean.get() / 2 <= own_memory(oldest).get() {
        return;
    }
    let said = format!(
        "{} (pid {}) with {} looks like the master of {workers} workers of {mean} each, by this rule of thumb: count the \
         workers, and do not blame it",
        oldest.comm,
        oldest.pid,
        own_memory(oldest)
    );
    findings.at(case.proof_of_task(oldest), said);
}
