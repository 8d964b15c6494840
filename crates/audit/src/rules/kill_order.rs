//! The order in which the kernel would kill, as far as it follows from what is written.
//!
//! Source: `pkg/kubelet/qos/policy.go` for pods; others keep the adjustment that they are given.

use oomkit_core::units::Bytes;

use super::words::size;
use crate::{
    dialect::Dialect,
    model::{Given, LimitModel, Qos, Scope},
};

/// What a score is raised by, in thousandths of all memory; one number, or what lies between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Adjustment {
    /// The least that it can be.
    pub(super) low: i64,
    /// The most that it can be.
    pub(super) high: i64,
}

impl Adjustment {
    const fn exactly(value: i64) -> Self {
        Self { low: value, high: value }
    }
}

impl std::fmt::Display for Adjustment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.low == self.high {
            return self.low.fmt(f);
        }
        write!(f, "{} to {}", self.low, self.high)
    }
}

/// Returns what the score of a scope's processes is raised by.
pub(super) fn adjustment(model: &LimitModel, scope: &Scope) -> Adjustment {
    if scope.dialect == Dialect::Live {
        return observed(model, scope);
    }
    if scope.dialect != Dialect::Kubernetes {
        let given = scope.oom.adj.as_ref().and_then(|adj| match adj.value {
            Given::Known(adj) => Some(i64::from(adj.get())),
            Given::Refused(_) => None,
        });
        return Adjustment::exactly(given.unwrap_or(0));
    }
    let Some((_, _, pod)) = model.pod_of(scope) else { return Adjustment::exactly(0) };
    if pod.priority_class.as_ref().is_some_and(|class| class.value == "system-node-critical") {
        return Adjustment::exactly(-997);
    }
    match pod.qos {
        Some(Qos::Guaranteed) => Adjustment::exactly(-997),
        Some(Qos::BestEffort) => Adjustment::exactly(1000),
        _ => burstable(size(scope.memory.request.as_ref()), model.policy.node.memory),
    }
}

/// Returns what the scores of its processes are raised by in fact.
fn observed(model: &LimitModel, scope: &Scope) -> Adjustment {
    let Some(id) = scope.place.scope else { return Adjustment::exactly(0) };
    let adjustments = model.processes_in(id).filter_map(|process| Some(i64::from(process.claim?.adj.get())));
    let all = adjustments
        .map(Adjustment::exactly)
        .reduce(|one, other| Adjustment { low: one.low.min(other.low), high: one.high.max(other.high) });
    all.unwrap_or(Adjustment::exactly(0))
}

fn burstable(request: Option<Bytes>, capacity: Option<Bytes>) -> Adjustment {
    let Some(request) = request.filter(|request| *request != Bytes::ZERO) else {
        return Adjustment::exactly(999);
    };
    let Some(capacity) = capacity.filter(|capacity| *capacity != Bytes::ZERO) else {
        return Adjustment { low: 3, high: 999 };
    };
    let share = u128::from(request.get()) * 1000 / u128::from(capacity.get());
    let value = 1000 - i64::try_from(share).unwrap_or(i64::MAX).min(2000);
    Adjustment::exactly(value.clamp(3, 999))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_lower_the_score() {
        let gibi = |count: u64| Some(Bytes::new(count << 30));
        for (request, capacity, expected) in [
            (gibi(4), gibi(64), Adjustment::exactly(938)),
            (Some(Bytes::new(1 << 20)), gibi(64), Adjustment::exactly(999)),
            (gibi(64), gibi(64), Adjustment::exactly(3)),
            (None, gibi(64), Adjustment::exactly(999)),
            (gibi(4), None, Adjustment { low: 3, high: 999 }),
        ] {
            assert_eq!(burstable(request, capacity), expected);
        }
    }
}
