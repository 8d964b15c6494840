//! Swap is full.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::units::Bytes;

use crate::case::{Case, at_least};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// There is swap, and at most 2 % of it are free.
    ///
    /// ## Why it matters
    ///
    /// The demand is memory and swap together; more swap only puts off the end, if the demand grows.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_global_swap`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    SWAP_FULL {
        code: "OKD025",
        name: "swap-full",
        summary: "swap is full",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(total), Some(used)) = (case.machine.swap_total, case.machine.swap_used) else { return };
    if !case.is_global() || !at_least(used, 98, total) {
        return;
    }
    let most = case.event.tasks.iter().max_by_key(|task| task.swap_bytes);
    let most = most.filter(|task| task.swap_bytes.is_some_and(|swap| swap != Bytes::ZERO));
    let whose = most.map_or_else(String::new, |task| {
        format!("; {} (pid {}) has most of it, {}", task.comm, task.pid, task.swap_bytes.unwrap_or_default())
    });
    let said = format!("swap is full, all {total} of it{whose}");
    findings.at(case.proof(Part::Total, "Free swap"), said).and(most.map(|task| case.proof_of_task(task)));
}
