//! Memory that is locked cannot be swapped or moved.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::finding::Severity;

use crate::case::{Case, at_least, of_whole, own_memory, percent};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Unevictable memory makes up at least a fifth of the usable memory; from half on it is among the causes.
    ///
    /// ## Why it matters
    ///
    /// mlock, secret memory and the memory of guests with passed-through devices are pinned: neither swap nor reclaim helps.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_mlock`
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
    let Some((locked, usable)) = case.holds("unevictable_bytes", 20) else { return };
    let owner = case.largest_task().filter(|task| locked.get() / 2 <= own_memory(task).get());
    let by = owner.map_or_else(String::new, |task| format!(", most of it by {} (pid {})", task.comm, task.pid));
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
