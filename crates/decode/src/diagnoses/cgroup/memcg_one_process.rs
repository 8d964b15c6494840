//! One process holds most of a cgroup's memory.

use oomkit_core::{
    finding::{Confidence, Finding, Severity},
    ident::{Comm, Pid},
    place::Evidence,
    rule::Findings,
    units::Bytes,
};

use crate::case::{Case, at_least, less, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least half of what the cgroup uses, swap included, is anonymous memory, and one process holds
    /// more than half of that.
    /// It is certain where the process holds half of the whole, and heads no story where another kind of memory is larger.
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
pub(in crate::diagnoses) struct Holder<'a> {
    pub(in crate::diagnoses) comm: &'a Comm,
    pub(in crate::diagnoses) pid: Pid,
    pub(in crate::diagnoses) memory: Bytes,
    pub(super) proof: Evidence,
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if let Some((holder, whole)) = largest(case) {
        let swapped =
            case.cgroup.as_ref().and_then(|cgroup| cgroup.swap).is_some_and(|swap| swap != Bytes::ZERO);
        let of_what = if swapped { " of memory and swap" } else { "" };
        let finding = say(case, findings, &holder, &(of_whole(holder.memory, whole) + of_what));
        if !at_least(holder.memory, 50, whole) {
            finding.confidence(Confidence::Medium);
        }
        if larger_class(case).is_some_and(|class| holder.memory < class) {
            finding.severity(Severity::Warning);
        }
    } else if let Some((holder, share)) = by_score(case) {
        let share = format!("{}, {share} % of the limit by its score", holder.memory);
        say(case, findings, &holder, &share).confidence(Confidence::Medium);
    }
}

fn say<'a>(
    case: &Case,
    findings: &'a mut Findings<'_, Evidence>,
    held: &Holder<'_>,
    share: &str,
) -> &'a mut Finding {
    let Holder { comm, pid, proof, .. } = held;
    findings.at(proof.clone(), format!("{comm} (pid {pid}) held {share}")).and([case.proof_of_limit()]).remedy(format!(
        "find out whether {comm} grows without end: compare its size after an hour and after a day under the \
         same load; if it does, find its leak, and if not, the limit is too low for it"
    ))
}

/// Returns the largest of what the cgroup holds beside anonymous memory.
fn larger_class(case: &Case) -> Option<Bytes> {
    let cgroup = case.cgroup.as_ref()?;
    [cgroup.shmem, cgroup.page_cache(), cgroup.kernel, cgroup.unaccounted].into_iter().flatten().max()
}

/// Returns who heads the story where this finding does.
pub(in crate::diagnoses) fn who(case: &Case) -> Option<Holder<'_>> {
    largest(case).map(|(holder, _)| holder).or_else(|| by_score(case).map(|(holder, _)| holder))
}

/// Returns the process that holds more than half of the anonymous memory, and the whole of the group.
pub(super) fn largest(case: &Case) -> Option<(Holder<'_>, Bytes)> {
    let (cgroup, used) = case.full_cgroup()?;
    let whole = used.saturating_add(cgroup.swap.unwrap_or_default());
    let anon = cgroup.anon_and_swap();
    if anon.is_some_and(|anon| !at_least(anon, 50, whole)) {
        return None;
    }
    let holder = holder(case)?;
    let rest = less(anon.unwrap_or(whole), holder.memory);
    (rest < holder.memory).then_some((holder, whole))
}

/// Returns the largest candidate, or the victim where no row is as large.
fn holder(case: &Case) -> Option<Holder<'_>> {
    let by_kill = case.largest_by_kill();
    if let Some((task, memory)) = case.largest_owner().filter(|_| by_kill.is_none()) {
        // Shared pages stand in the size, where an old table does not part them.
        let anon = case.cgroup.as_ref().and_then(|cgroup| cgroup.anon_and_swap());
        let memory = anon.map_or(memory, |anon| memory.min(anon));
        return Some(Holder { comm: &task.comm, pid: task.pid, memory, proof: case.proof_of_task(task) });
    }
    let victim = by_kill.or_else(|| case.victim())?;
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
