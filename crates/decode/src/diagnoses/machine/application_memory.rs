//! The memory is the ordinary memory of applications, and no single one of them holds it.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{application_memory, many_processes::crowd};
use crate::case::{Case, at_least, of_whole, own_memory, weight};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Anonymous memory that is not shared, with the swap in use, makes up at least half of the machine's memory, and neither one process nor a crowd explains it.
    ///
    /// ## Why it matters
    ///
    /// It is the plain case: more is running than the machine has memory for.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.15_amd64_adj`
    /// - `debian-7.2_amd64_adj`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.18_amd64_swarm`
    /// - `debian-6.12_amd64_tmpfs`
    APPLICATION_MEMORY {
        code: "OKD023",
        name: "application-memory",
        summary: "anonymous memory of applications, spread over many",
        severity: Error,
        confidence: Medium,
    }
}

/// The largest that are named.
const NAMED: usize = 3;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(memory), Some(whole)) = (application_memory(case), case.machine.with_swap()) else { return };
    let are_many = 1 < case.event.task_rows && !case.event.task_table.lacks_rows();
    if !case.is_global() || !are_many || !at_least(memory, 50, whole) {
        return;
    }
    let one = case.largest_task().is_some_and(|task| at_least(weight(task), 50, whole));
    if one || crowd(case).is_some() {
        return;
    }
    let mut largest: Vec<_> = case.event.tasks.iter().collect();
    largest.sort_by_key(|task| std::cmp::Reverse(own_memory(task)));
    largest.truncate(NAMED);
    let named = largest.iter().map(|task| format!("{} {}", task.comm, own_memory(task)));
    let said = format!(
        "{} were anonymous memory of {} processes, none of which holds half; the largest: {}",
        of_whole(memory, whole),
        case.event.task_rows,
        named.collect::<Vec<_>>().join(", ")
    );
    findings.at(case.proof_of("active_anon_bytes"), said).and(largest.first().map(|task| case.proof_of_task(task))).remedy(
        "run less on this machine, give it more memory, or limit the largest of them; together their limits should \
         stay below what the machine has",
    );
}
