//! Memory that is locked cannot be swapped or moved.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::{
    finding::{Confidence, Severity},
    units::Bytes,
};

use crate::case::{Case, at_least, of_whole, own_memory, percent};
use crate::report::{Part, Victim};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Unevictable memory makes up at least a fifth of the usable memory; from half on it is among the causes.
    /// Where the counters are missing, the reaper tells: it leaves locked memory alone, so a victim that
    /// keeps at least half of its memory had locked it.
    ///
    /// ## Why it matters
    ///
    /// mlock, secret memory and the memory of guests with passed-through devices are pinned: neither swap nor reclaim helps.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_mlock`
    ///
    /// ```log
    /// Out of memory: Killed process 5 (vault) total-vm:4000000kB, anon-rss:3000000kB, file-rss:0kB, shmem-rss:0kB
    /// oom_reaper: reaped process 5 (vault), now anon-rss:2990000kB, file-rss:0kB, shmem-rss:0kB
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    MLOCKED {
        code: "OKD019",
        name: "mlocked",
        summary: "memory that is locked",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((locked, usable)) = case.holds("unevictable_bytes", 20) else {
        return by_the_reaper(case, findings);
    };
    let owner = case.largest_task().filter(|task| locked.get() / 2 <= own_memory(task).get());
    let by =
        owner.map_or_else(String::new, |task| format!(", most of it by {} (pid {})", task.comm, task.pid));
    let said = format!("{} were locked into memory{by}", of_whole(locked, usable));
    let finding = findings.at(case.proof_of("unevictable_bytes"), said);
    finding.and(owner.map(|task| case.proof_of_task(task))).remedy(format!(
        "bound what may be locked: LimitMEMLOCK= of the unit or `ulimit -l` (below {}); a virtual machine with \
         passed-through devices locks all its memory, so give it less",
        percent(usable, 50)
    ));
    if !at_least(locked, 50, usable) {
        finding.severity(Severity::Warning);
    }
}

/// Source: `__oom_reap_task_mm()` in `mm/oom_kill.c`, which passes over locked areas.
fn by_the_reaper(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((victim, left)) = left(case) else { return };
    let said = format!(
        "{} (pid {}) still had {left} when the reaper was done, which passes over locked memory alone",
        victim.comm, victim.pid
    );
    findings
        .at(case.proof(Part::Kill, "reaped process"), said)
        .and([case.proof_of_kill(victim)])
        .confidence(Confidence::Medium)
        .remedy("bound what may be locked: LimitMEMLOCK= of the unit or `ulimit -l`");
}

/// Returns the victim that kept most of its memory, and how much that was.
pub(super) fn left(case: &Case) -> Option<(&Victim, Bytes)> {
    let victim = case.victim().filter(|_| case.is_global() && case.counter("unevictable_bytes").is_none())?;
    let (left, had) = (victim.left_bytes?, victim.anon_rss_bytes?);
    at_least(left, 50, had).then_some((victim, left))
}
