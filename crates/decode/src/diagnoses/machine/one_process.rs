//! One process holds most of the machine's memory.

use oomkit_core::{
    finding::{Confidence, Finding},
    place::Evidence,
    rule::Findings,
    units::Bytes,
};

use crate::case::{Case, at_least, is_protected, of_whole, percent, size_by_kill, weight};
use crate::report::{Part, Task};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The memory and swap of one process make up at least half of the machine's memory and the
    /// swap in use.
    /// Where the log has no task table, the victim's size is taken; where it does not tell the whole,
    /// the score that the kernel printed does, which is a share of it.
    ///
    /// ## Why it matters
    ///
    /// It is the plainest of causes: give the process a limit, find its leak, or give it a larger
    /// machine.
    /// Without a limit of its own, such a process takes everybody else down with it.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.4_amd64_global_swap`
    /// - `debian-6.18_amd64_nodump`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.18_amd64_swarm`
    /// - `debian-6.12_amd64_tmpfs`
    /// - `debian-6.18_amd64_pgtable`
    ONE_PROCESS {
        code: "OKD001",
        name: "one-process",
        summary: "one process holds most of the memory",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.is_global() {
        return;
    }
    let listed = case.largest_task().filter(|_| case.largest_by_kill().is_none());
    match (listed, case.machine.with_swap()) {
        (Some(task), Some(whole)) => {
            let memory = weight(task);
            if at_least(memory, 50, whole) {
                let said = said(&task.comm.to_string(), task.pid.get(), &of_whole(memory, whole));
                let finding = findings.at(case.proof_of_task(task), said);
                finding.and([case.proof(Part::Total, "pages RAM")]);
                // In a cgroup of its own nobody could be killed either; another rule says what to do.
                if !is_spared(case, task) {
                    advise(case, finding, memory, whole);
                }
            }
        }
        _ => by_the_kill(case, findings),
    }
}

/// Tells whether a process is protected, and another one died for that.
fn is_spared(case: &Case, task: &Task) -> bool {
    let victim = case.victim().and_then(|victim| case.task(victim.pid));
    is_protected(task) && !victim.is_some_and(is_protected)
}

/// Without a row of the victim there is the kill, and what the kernel says of the victim's share.
fn by_the_kill(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(victim) = case.victim() else { return };
    let Some(memory) = size_by_kill(victim) else { return };
    let name = victim.comm.to_string();
    if let Some(whole) = case.machine.with_swap() {
        if at_least(memory, 50, whole) {
            let said = said(&name, victim.pid.get(), &of_whole(memory, whole));
            advise(case, findings.at(case.proof_of_kill(victim), said), memory, whole);
        }
        return;
    }
    let (Some(score), Some(adj)) = (victim.score, victim.oom_score_adj) else { return };
    let share = score - i64::from(adj.get());
    let Ok(thousandths @ 500..=1000) = u64::try_from(share) else { return };
    let Some(whole) = victim.total_by_score() else { return };
    let part =
        format!("{memory}, {}.{} % of memory and swap by its score", thousandths / 10, thousandths % 10);
    let finding = findings.at(case.proof_of_kill(victim), said(&name, victim.pid.get(), &part));
    finding.and([case.proof_of_choice()]);
    if victim.oom_score_adj_inferred {
        finding.confidence(Confidence::Medium);
    }
    advise(case, finding, memory, whole);
}

fn said(name: &str, pid: i64, part: &str) -> String {
    format!("{name} (pid {pid}) held {part}")
}

/// Half of the machine for one process leaves the rest room to live.
fn advise(case: &Case, finding: &mut Finding, memory: Bytes, whole: Bytes) {
    let limit = percent(whole, 50);
    let unlimited = match case.event.workload.as_ref().and_then(|workload| workload.runtime.as_deref()) {
        Some("kubernetes") => "resources.limits.memory of its container",
        Some("docker" | "podman") => "--memory of its container",
        _ => "memory.max of its cgroup (MemoryMax= of its unit, or the limit of its container)",
    };
    finding.remedy(format!(
        "set {unlimited}: no limit stopped it at {memory}; a limit of at most {limit} would have killed it \
         alone, and spared the others"
    ));
}
