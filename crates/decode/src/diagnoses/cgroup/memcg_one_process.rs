//! One process holds most of a cgroup's memory.

use oomkit_core::{
    finding::Confidence,
    ident::{Comm, Pid},
    place::Evidence,
    rule::Findings,
    units::Bytes,
};

use crate::case::{Case, at_least, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least half of what the cgroup uses, swap included, is anonymous memory, and one process holds
    /// at least half of that.
    /// Where the log has no task table, the victim's size is taken; where it has no statistics, the
    /// use of the whole group; and where it has neither, the score that the kernel printed, which is a
    /// share of the limit.
    ///
    /// ## Why it matters
    ///
    /// It is the plainest of causes: the limit is too low for this process, or the process leaks.
    /// It need not be the process that was killed.
    ///
    /// ## Fires
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `ubuntu-4.15_amd64_memcg1_memsw`
    /// - `debian-7.2_amd64_memcg2_nested`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_memcg2_pipe`
    /// - `ubuntu-4.15_amd64_memcg2_shm`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    MEMCG_ONE_PROCESS {
        code: "OKD326",
        name: "memcg-one-process",
        summary: "one process holds most of a cgroup's memory",
        severity: Error,
        confidence: High,
    }
}

/// A process and what it holds.
pub(super) struct Holder<'a> {
    pub(super) comm: &'a Comm,
    pub(super) pid: Pid,
    pub(super) memory: Bytes,
    pub(super) proof: Evidence,
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (held, share, confidence) = if let Some((holder, whole)) = largest(case) {
        let swapped =
            case.cgroup.as_ref().and_then(|cgroup| cgroup.swap).is_some_and(|swap| swap != Bytes::ZERO);
        let of_what = if swapped { " of memory and swap" } else { "" };
        let share = of_whole(holder.memory, whole) + of_what;
        (holder, share, Confidence::High)
    } else if let Some((holder, share)) = by_score(case) {
        let share = format!("{}, {share} % of the limit by its score", holder.memory);
        (holder, share, Confidence::Medium)
    } else {
        return;
    };
    let Holder { comm, pid, proof, .. } = held;
    let finding = findings.at(proof, format!("{comm} (pid {pid}) held {share}")).confidence(confidence);
    finding.and([case.proof_of_limit()]).remedy(format!(
        "find out whether {comm} grows without end: compare its size after an hour and after a day under the \
         same load; if it does, find its leak, and if not, the limit is too low for it"
    ));
}

/// Returns the process that holds at least half of the anonymous memory, and the whole of the group.
pub(super) fn largest(case: &Case) -> Option<(Holder<'_>, Bytes)> {
    let (cgroup, used) = case.full_cgroup()?;
    let whole = used.saturating_add(cgroup.swap.unwrap_or_default());
    let anon = cgroup.anon_and_swap();
    if anon.is_some_and(|anon| !at_least(anon, 50, whole)) {
        return None;
    }
    let holder = holder(case)?;
    at_least(holder.memory, 50, anon.unwrap_or(whole)).then_some((holder, whole))
}

/// Returns the largest candidate, or the victim where there is no table.
fn holder(case: &Case) -> Option<Holder<'_>> {
    if let Some((task, memory)) = case.largest_owner() {
        // Shared pages stand in the size, where an old table does not part them.
        let anon = case.cgroup.as_ref().and_then(|cgroup| cgroup.anon_and_swap());
        let memory = anon.map_or(memory, |anon| memory.min(anon));
        return Some(Holder { comm: &task.comm, pid: task.pid, memory, proof: case.proof_of_task(task) });
    }
    let victim = case.victim()?;
    let memory = victim.anon_rss_bytes?;
    Some(Holder { comm: &victim.comm, pid: victim.pid, memory, proof: case.proof_of_kill(victim) })
}

/// Up to Linux 5.0 a kill line stands for itself: the score is a share of the limit and of swap.
fn by_score(case: &Case) -> Option<(Holder<'_>, i64)> {
    let known = case.cgroup.as_ref().is_some_and(|cgroup| cgroup.whole().is_some());
    if known || !case.is_cgroup() {
        return None;
    }
    let victim = case.victim()?;
    let (anon, resident) = (victim.anon_rss_bytes?, victim.rss_bytes?);
    let share = victim.score? - i64::from(victim.oom_score_adj?.get());
    let holder =
        Holder { comm: &victim.comm, pid: victim.pid, memory: anon, proof: case.proof_of_kill(victim) };
    ((500..=1000).contains(&share) && at_least(anon, 90, resident)).then_some((holder, share / 10))
}
