//! The candidates and the victim: adjustments, groups, what happened before.

use oomkit_core::{ident::OomScoreAdj, units::Bytes};

use crate::case::{Case, Past, at_least, less};
use crate::report::{EventKind, Scope, TaskTable, Victim};

oomkit_core::rules! {
    Case;
    /// The diagnoses of this family, by code.
    TASKS = [
        shot_for_adjustment::SHOT_FOR_ADJUSTMENT,
        protected_tasks::PROTECTED_TASKS,
        kill_could_not_help::KILL_COULD_NOT_HELP,
        kubernetes_class::KUBERNETES_CLASS,
        adjusted_by_software::ADJUSTED_BY_SOFTWARE,
        inherited_adjustment::INHERITED_ADJUSTMENT,
        address_space_only::ADDRESS_SPACE_ONLY,
        worker_model::WORKER_MODEL,
        crash_loop::CRASH_LOOP,
        cascade::CASCADE,
        sum_exceeds_memory::SUM_EXCEEDS_MEMORY,
        container_init::CONTAINER_INIT,
        victim_was_swapped::VICTIM_WAS_SWAPPED,
    ]
}

/// Returns the first victim with its adjustment, where both are known.
fn adjusted(case: &Case) -> Option<(&Victim, OomScoreAdj)> {
    let victim = case.victim().filter(|_| case.event.kind == EventKind::OomKill)?;
    Some((victim, case.adjustment(victim.pid)?))
}

/// Tells whether Kubernetes runs the victim, or the machine's containers at all.
fn is_kubernetes(case: &Case) -> bool {
    let runtime = case.event.workload.as_ref().and_then(|workload| workload.runtime.as_deref());
    runtime == Some("kubernetes")
}

/// Tells whether the log names the victim's cgroup, so that it is known who runs it.
fn is_place_known(case: &Case) -> bool {
    case.event.constraint.as_ref().is_some_and(|constraint| constraint.task_memcg.is_some())
        || case.event.memcg.as_ref().is_some_and(|memcg| memcg.path.is_some())
}

/// Returns the whole that shares refer to: the cgroup's memory, or the machine's.
fn whole(case: &Case) -> Option<Bytes> {
    match &case.cgroup {
        Some(cgroup) if case.is_cgroup() => cgroup.whole(),
        _ => case.machine.usable.filter(|_| case.is_global()),
    }
}

/// Returns the size of the victim, as the kill tells it, or else its row.
fn size_of(case: &Case, victim: &Victim) -> Option<Bytes> {
    let row = || case.task(victim.pid).and_then(|task| task.rss_bytes);
    victim.rss_bytes.or_else(row).or(victim.anon_rss_bytes)
}

/// The kill that came shortly before, whose memory was on its way back.
pub(super) struct RealKill<'a> {
    pub(super) past: &'a Past,
    seconds: f64,
    sign: Sign,
}

/// What shows that the memory was on its way.
#[derive(Clone, Copy)]
enum Sign {
    /// The machine has that much more free than at that kill.
    Risen(Bytes),
    /// That much is in no candidate's hands any more, and not free yet.
    Pending(Bytes),
}

/// Finds the kill to which this one is an accident.
pub(super) fn real_kill(case: &Case) -> Option<RealKill<'_>> {
    /// A victim's memory comes back within so many seconds.
    const SOON: f64 = 5.0;
    if !case.is_global() || case.before.is_empty() {
        return None;
    }
    let (victim, managed) = (case.victim()?, case.machine.managed?);
    let size = size_of(case, victim)?;
    let kills = case.before.iter().filter(|past| {
        past.kind == EventKind::OomKill
            && past.scope == Scope::Global
            && past.pid != Some(victim.pid)
            && at_least(past.returns, 10, managed)
            && size.get() <= past.returns.get() / 4
    });
    let near = kills.filter_map(|past| Some((past, past.seconds_to(&case.event)?)));
    let (past, seconds) =
        near.filter(|(_, seconds)| *seconds <= SOON).max_by_key(|(past, _)| past.returns)?;
    let half = Bytes::new(past.returns.get() / 2);
    let free = case.counter("free_bytes");
    let risen = free.zip(past.free).map(|(now, then)| less(now, then)).filter(|risen| half <= *risen);
    let pending = || pending(case).filter(|pending| half <= *pending);
    let sign = risen.map(Sign::Risen).or_else(|| pending().map(Sign::Pending))?;
    Some(RealKill { past, seconds, sign })
}

/// Returns the memory that the counters hold and no candidate does: a dying process has left the table.
fn pending(case: &Case) -> Option<Bytes> {
    let listed = !matches!(case.event.task_table, TaskTable::None | TaskTable::Cut);
    listed.then_some(())?;
    let shared = case.counter("shmem_bytes").unwrap_or_default();
    let resident = less(case.tasks.memory, case.tasks.swap);
    let memory = less(less(case.machine.anon?, shared), resident);
    let mapped: Bytes = case.tasks.names.iter().map(|group| group.page_tables).sum();
    let tables = case.counter("pagetables_bytes").map(|tables| less(tables, mapped)).unwrap_or_default();
    Some(memory.saturating_add(tables))
}
