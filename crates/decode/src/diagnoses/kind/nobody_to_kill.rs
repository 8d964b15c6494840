//! The OOM killer found nobody whom it may kill.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::{ident::OomScoreAdj, units::Bytes};

use crate::case::{Case, own_memory};
use crate::report::{EventKind, Part};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel says that there is no process to kill, or panics because memory is deadlocked.
    ///
    /// ## Why it matters
    ///
    /// Everybody who is left is protected by an adjustment of −1000, or dying already.
    /// A machine then panics, a cgroup hangs.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_deadlock`
    /// - `debian-6.1_amd64_memcg1_nokill`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    NOBODY_TO_KILL {
        code: "OKD108",
        name: "nobody-to-kill",
        summary: "nobody was left to kill",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let deadlock = case
        .event
        .panic
        .as_deref()
        .is_some_and(|text| text.contains("eadlock") || text.contains("no killable"));
    if !case.is_oom() || !(case.event.kind == EventKind::OomNoVictim || deadlock) {
        return;
    }
    let never = || case.event.tasks.iter().filter(|task| task.oom_score_adj == Some(OomScoreAdj::NEVER));
    let sum: Bytes = never().map(own_memory).sum();
    let largest = never().max_by_key(|task| own_memory(task));
    let said = match largest {
        Some(task) => format!(
            "nobody was left to kill: {} processes are protected for good (−1000) and hold {sum}, the largest is {} (pid {}) with {}",
            never().count(),
            task.comm,
            task.pid,
            own_memory(task)
        ),
        None => "nobody was left to kill; who holds the memory is not in the log".to_owned(),
    };
    let place = case.proof(Part::Marker, "");
    findings.at(place, said).and(largest.map(|task| case.proof_of_task(task))).remedy(
        "give no adjustment of −1000 to what can grow: −900 protects as well and leaves a way out \
         (OOMScoreAdjust= of the unit); limit the memory of what is protected",
    );
}
