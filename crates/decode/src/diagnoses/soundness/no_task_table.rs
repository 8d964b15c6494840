//! The report has no task table.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::{EventKind, Part};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The report has its head and the figures of memory, but neither a row nor the header of the task table.
    ///
    /// ## Why it matters
    ///
    /// Without it, only the victim's size is known, and nobody can tell whether another process was larger.
    /// The setting `vm.oom_dump_tasks` turns it off, and up to Linux 2.6.35 it was off unless asked for.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_nodump`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.1_amd64_memcg1_docker`
    NO_TASK_TABLE {
        code: "OKD912",
        name: "no-task-table",
        summary: "the report has no task table",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let event = &case.event;
    let has = |part| event.lines.find(part, "").is_some();
    let figures = has(Part::Counters) || has(Part::Cgroup);
    let over = !event.victims.is_empty() || matches!(event.kind, EventKind::OomNoVictim | EventKind::Panic);
    if event.task_rows != 0 || !has(Part::Head) || has(Part::Tasks) || !figures || !over || !case.is_oom() {
        return;
    }
    let said = "the log has no task table (vm.oom_dump_tasks is 0, or its lines are missing), so the other candidates \
                are unknown";
    findings
        .at(case.proof_of_choice(), said)
        .remedy("set vm.oom_dump_tasks=1, unless a machine has too many processes");
}
