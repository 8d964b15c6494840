//! Who dies first: the order in which the kernel would kill, for the machine and for each limit.
//!
//! Source: `select_bad_process()` and `oom_badness()` in `mm/oom_kill.c`, `mem_cgroup_get_max()` in
//! `mm/memcontrol.c`.  It follows from the present sizes, and is another order a moment later.

use std::cmp::Reverse;

use oomkit_core::{
    badness::{self, Formula, TotalPages},
    ident::Pid,
    units::{Bytes, PageSize, Pages},
};

use crate::{
    model::{LimitModel, Process, Scope, ScopeId, Swap},
    quantity::Amount,
};

/// The first process of all, which is never killed.
const INIT: Pid = Pid::new(1);

/// The order of victims, should memory be out.
#[derive(Clone, Debug)]
pub struct Prediction<'a> {
    /// Whose memory is out: a cgroup, or the host itself.
    pub scope: ScopeId,
    /// All the memory that scores are a share of.
    pub total: Bytes,
    /// The victims, the first one first.
    pub victims: Vec<Victim<'a>>,
    /// How many processes are never killed.
    pub spared: usize,
    /// How many processes have a score that is not known, and so may come anywhere.
    pub unknown: usize,
}

/// A process that may be killed.
#[derive(Clone, Copy, Debug)]
pub struct Victim<'a> {
    /// The process.
    pub process: &'a Process,
    /// Its points in pages, as the kernel compares them.
    pub points: i64,
    /// The same in thousandths of all memory.
    pub score: i64,
}

/// Predicts the order for the machine, and then for each cgroup that has a limit and processes.
#[must_use]
pub fn predict(model: &LimitModel) -> Vec<Prediction<'_>> {
    let Some(machine) = &model.machine else { return Vec::new() };
    let mut predictions: Vec<Prediction<'_>> = of_machine(model).into_iter().collect();
    let limited = model.live().filter(|(_, scope, _)| has_limit(scope));
    let Some(page) = machine.page_size else { return predictions };
    for (id, scope, _) in limited {
        let Some(total) = total_of(model, scope) else { continue };
        let prediction = order(model.processes_in(id), id, total, page);
        if !prediction.victims.is_empty() || 0 < prediction.unknown {
            predictions.push(prediction);
        }
    }
    predictions
}

/// Predicts the order for the machine.
#[must_use]
pub fn of_machine(model: &LimitModel) -> Option<Prediction<'_>> {
    let machine = model.machine.as_ref()?;
    let total = machine.memory?.saturating_add(machine.swap.unwrap_or(Bytes::ZERO));
    Some(order(machine.processes.iter(), machine.scope, total, machine.page_size?))
}

/// Returns what would be the points of a process, had it grown by a size.
#[must_use]
pub fn grown(process: &Process, by: Bytes, total: Bytes, page: PageSize) -> Option<i64> {
    let mut claim = process.claim?;
    claim.rss = Pages::new(claim.rss.get().saturating_add(page.pages_in(by).get()));
    let total = TotalPages::known(page.pages_in(total));
    Some(badness::points(&claim, Formula::Pages, total)?.low)
}

fn order<'a>(
    processes: impl Iterator<Item = &'a Process>,
    scope: ScopeId,
    total: Bytes,
    page: PageSize,
) -> Prediction<'a> {
    let pages = page.pages_in(total);
    let whole = i64::try_from(pages.get()).unwrap_or(i64::MAX).max(1);
    let mut prediction = Prediction { scope, total, victims: Vec::new(), spared: 0, unknown: 0 };
    for process in processes {
        let Some(claim) = &process.claim else {
            prediction.unknown += 1;
            continue;
        };
        match badness::points(claim, Formula::Pages, TotalPages::known(pages)) {
            Some(points) if process.pid != INIT => prediction.victims.push(Victim {
                process,
                points: points.low,
                score: points.low.saturating_mul(1000) / whole,
            }),
            _ => prediction.spared += 1,
        }
    }
    // Of equals the kernel keeps the last one that it meets, which is the youngest.
    prediction.victims.sort_by_key(|victim| Reverse((victim.points, victim.process.start_ticks)));
    prediction
}

fn has_limit(scope: &Scope) -> bool {
    scope.memory.limit.as_ref().is_some_and(|limit| limit.value.applies())
}

/// Returns all that a cgroup may use: its limit, and what of the swap it may have.
fn total_of(model: &LimitModel, scope: &Scope) -> Option<Bytes> {
    let limit = model.size_of(scope.memory.limit.as_ref()?)?;
    let all = model.machine.as_ref().and_then(|machine| machine.swap).unwrap_or(Bytes::ZERO);
    let swap = match scope.memory.swap.as_ref().map(|swap| &swap.value) {
        Some(Swap::Alone(Amount::Size(size))) => all.min(*size),
        Some(Swap::Total(Amount::Size(both))) => all.min(Bytes::new(both.get().saturating_sub(limit.get()))),
        _ => all,
    };
    Some(limit.saturating_add(swap))
}

#[cfg(test)]
mod tests {
    use oomkit_core::{
        badness::Claim,
        ident::{Comm, OomScoreAdj},
    };

    use super::*;

    fn process(pid: i64, mebi: u64, adj: i64, start_ticks: u64) -> Process {
        let claim = Claim {
            total_vm: Pages::new(mebi * 512),
            rss: Pages::new(mebi * 256),
            swap: Some(Pages::new(0)),
            page_tables: Some(Pages::new(0)),
            adj: OomScoreAdj::new(adj).unwrap(),
            may_be_admin: false,
        };
        let held = Some(Bytes::new(mebi << 20));
        Process {
            pid: Pid::new(pid),
            comm: Comm::new(b"x"),
            scope: None,
            start_ticks,
            claim: Some(claim),
            held,
        }
    }

    #[test]
    fn the_order_is_that_of_the_kernel() {
        let page = PageSize::new(Bytes::new(4096)).unwrap();
        let processes = [
            process(1, 900, 0, 1),
            process(2, 500, 0, 2),
            process(3, 10, 1000, 3),
            process(4, 600, -1000, 4),
            process(5, 500, 0, 9),
            process(6, 700, -500, 5),
            Process { claim: None, ..process(7, 1, 0, 6) },
        ];
        let found = order(processes.iter(), ScopeId::default(), Bytes::new(1 << 30), page);
        let shown: Vec<(i64, i64)> =
            found.victims.iter().map(|victim| (victim.process.pid.get(), victim.score)).collect();
        assert_eq!(shown, [(3, 1009), (5, 488), (2, 488), (6, 183)]);
        assert_eq!((found.spared, found.unknown), (2, 1));
        assert_eq!(grown(&processes[1], Bytes::new(100 << 20), Bytes::new(1 << 30), page), Some(600 * 256));
    }
}
