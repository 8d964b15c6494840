//! A line for slowing down where nothing can be swapped and nobody kills.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, subject};
use crate::{
    model::{LimitModel, Place, Scope, Swap},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A unit is slowed above a line, there is no swap for it, and no killer of user space is asked to look after it.
    /// Whether there is swap is known from `MemorySwapMax=0` or from the policy.
    ///
    /// ## Why it matters
    ///
    /// What leaks and cannot be swapped is neither killed nor goes on: it hangs at the line.
    /// Nothing restarts it, because it has not failed.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryHigh=800M
    /// MemorySwapMax=0
    /// MemoryMax=1G
    /// ```
    ///
    /// ```ini example.service swap=0
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryHigh=800M
    /// MemoryMax=1G
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryHigh=800M
    /// MemorySwapMax=0
    /// MemoryMax=1G
    /// ManagedOOMMemoryPressure=kill
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryHigh=800M
    /// MemoryMax=1G
    /// ```
    HIGH_HANGS {
        code: "OKA031",
        name: "high-hangs",
        summary: "what leaks is slowed to a halt, and nobody ends it",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        let Some(high) = scope.memory.high.as_ref().filter(|high| high.value.applies()) else { continue };
        if !has_no_swap(model, scope) || is_looked_after(model, scope) {
            continue;
        }
        let message = format!(
            "{} is slowed at {} and has no swap: a leak ends in a standstill, not in a kill",
            subject(model, scope),
            as_written(high)
        );
        findings.at(high.place, message).remedy(
            "set ManagedOOMMemoryPressure=kill beside it, allow some swap, or do with MemoryMax= alone",
        );
    }
}

fn has_no_swap(model: &LimitModel, scope: &Scope) -> bool {
    let none = |scope: &Scope| {
        scope.memory.swap.as_ref().is_some_and(|swap| swap.value == Swap::Alone(Amount::Size(Bytes::ZERO)))
    };
    model.policy.node.swap == Some(Bytes::ZERO)
        || none(scope)
        || model.ancestors(scope).any(|(_, above)| none(above))
}

/// Tells whether a killer of user space is asked to look after a scope, by itself or by one above it.
pub(super) fn is_looked_after(model: &LimitModel, scope: &Scope) -> bool {
    let asks = |scope: &Scope| scope.unit.as_ref().is_some_and(|unit| !unit.managed.is_empty());
    asks(scope) || model.ancestors(scope).any(|(_, above)| asks(above))
}
