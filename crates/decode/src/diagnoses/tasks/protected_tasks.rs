//! Those whom the kernel may not kill hold the memory.

use oomkit_core::{
    finding::{Confidence, Severity},
    place::Evidence,
    rule::Findings,
    units::Bytes,
};

use super::whole;
use crate::case::{Case, at_least, is_protected, of_whole, own_memory};
use crate::report::{EventKind, Task};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Candidates with an adjustment of −900 or less hold together at least a quarter of the machine's usable memory, or of the cgroup's, and the victim is none of them.
    ///
    /// ## Why it matters
    ///
    /// The kernel spares them, and kills everybody else first.
    /// From half of the memory on, they are what is to be looked at, whoever died.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_deadlock`
    /// - `ubuntu-5.15_amd64_adj`
    /// - `debian-6.1_amd64_memcg1_nokill`
    /// - `ubuntu-5.4_amd64_memcg2_nokill`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    PROTECTED_TASKS {
        code: "OKD502",
        name: "protected-tasks",
        summary: "protected processes hold the memory",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(whole) = whole(case).filter(|whole| at_least(case.tasks.protected, 25, *whole)) else { return };
    let protected = || case.event.tasks.iter().filter(|task| is_protected(task));
    let victim = case.victim().and_then(|victim| case.task(victim.pid));
    let Some(largest) = protected().max_by_key(|task| own_memory(task)) else { return };
    // Where even the victim is protected, nobody was spared for that.
    if victim.is_some_and(is_protected) {
        return;
    }
    // Before Linux 6.8 shared pages are counted for each of their users.
    let count = protected().count();
    let parted = protected().all(|task| task.rss_anon_bytes.is_some());
    let doubtful = !parted && 1 < count && whole < case.tasks.memory;
    let held = if doubtful { own_memory(largest) } else { case.tasks.protected };
    // Of a table that is cut, less than half is no majority.
    if !at_least(held, if case.event.task_table.lacks_rows() { 50 } else { 25 }, whole) {
        return;
    }
    let part = if held < whole { of_whole(held, whole) } else { format!("all of the {whole}") };
    let name = format!("{} (pid {}, adjustment {})", largest.comm, largest.pid, adjustment(largest));
    let said = if count == 1 {
        format!("{name} is protected and holds {part}")
    } else {
        format!("{count} protected processes hold {part}, the largest is {name} with {}", own_memory(largest))
    };
    let finding = findings.at(case.proof_of_task(largest), said);
    finding.remedy(remedy(largest, whole));
    if case.event.kind == EventKind::OomKill && !at_least(held, 50, whole) {
        finding.severity(Severity::Warning);
    }
    if doubtful {
        finding.confidence(Confidence::Medium);
    }
}

fn adjustment(task: &Task) -> String {
    task.oom_score_adj.map_or_else(String::new, |adj| adj.to_string())
}

fn remedy(largest: &Task, whole: Bytes) -> String {
    format!(
        "limit the memory of {} (MemoryMax= of its unit, or the limit of its container; {} leaves half to the others), or \
         take back its protection: OOMScoreAdjust= of the unit, whose children inherit it",
        largest.comm,
        crate::case::percent(whole, 50)
    )
}
