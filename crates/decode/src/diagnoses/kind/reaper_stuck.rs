//! The reaper could not take the victim's memory back.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The reaper says that it was unable to reap a process.
    ///
    /// ## Why it matters
    ///
    /// A victim that waits for a disk or a lock keeps its memory, and the kernel goes on killing others.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// oom_reaper: unable to reap pid:5 (java)
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    REAPER_STUCK {
        code: "OKD115",
        name: "reaper-stuck",
        summary: "the victim's memory did not come back",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    for victim in case.event.victims.iter().filter(|victim| victim.reaped == Some(false)) {
        let said = format!("the memory of {} (pid {}) did not come back in time", victim.comm, victim.pid);
        let words = format!("pid:{}", victim.pid);
        findings.at(case.proof(Part::Kill, &words), said).remedy(
            "look for tasks that hang in uninterruptible sleep at that time (hung-task lines, stuck disks or network \
             file systems): the victim waited for one of them",
        );
    }
}
