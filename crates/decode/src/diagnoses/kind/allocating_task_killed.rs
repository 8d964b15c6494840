//! The task that asked for memory was killed, whatever its size.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, weight};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kill names oom_kill_allocating_task.
    ///
    /// ## Why it matters
    ///
    /// The victim says nothing about who holds the memory.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_alloc_task`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    ALLOCATING_TASK_KILLED {
        code: "OKD110",
        name: "allocating-task-killed",
        summary: "the asking task was killed, whatever its size",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let found = case.event.lines.find(Part::Kill, "oom_kill_allocating_task");
    let found = found.or_else(|| case.event.lines.find(Part::Choice, "oom_kill_allocating_task"));
    let Some(line) = found.filter(|_| case.is_oom()) else { return };
    let largest =
        case.largest_task().filter(|task| case.victim().is_some_and(|victim| victim.pid != task.pid));
    let larger = largest.map_or_else(String::new, |task| {
        format!("; the largest was {} (pid {}) with {}", task.comm, task.pid, weight(task))
    });
    let said = format!(
        "the asking task was killed because vm.oom_kill_allocating_task is set, not for its size{larger}"
    );
    findings
        .at(case.line(line), said)
        .and(largest.map(|task| case.proof_of_task(task)))
        .remedy("set vm.oom_kill_allocating_task=0, so that the kernel chooses by size");
}
