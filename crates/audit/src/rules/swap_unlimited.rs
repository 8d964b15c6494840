//! All swap beside a limit.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, subject};
use crate::{
    model::{LimitModel, Place, Swap},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A scope has a memory limit and is told that it may use all swap.
    ///
    /// ## Why it matters
    ///
    /// What does not fit into the limit goes to swap until that is full, and then everybody without a
    /// limit of their own is without swap.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     memswap_limit: -1
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     memswap_limit: 768m
    /// ```
    SWAP_UNLIMITED {
        code: "OKA021",
        name: "swap-unlimited",
        summary: "a limit holds for memory, and none for swap",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    if model.policy.node.swap == Some(Bytes::ZERO) {
        return;
    }
    for (_, scope) in model.all() {
        let (Some(swap), Some(limit)) = (&scope.memory.swap, &scope.memory.limit) else { continue };
        let all = matches!(swap.value, Swap::Total(Amount::Unlimited) | Swap::Alone(Amount::Unlimited));
        if all && limit.value.applies() {
            let message = format!(
                "{} may use all swap ({}) beside {}",
                subject(model, scope),
                as_written(swap),
                as_written(limit)
            );
            findings
                .at(swap.place, message)
                .and([limit.place])
                .remedy("set the same size for memory and swap together");
        }
    }
}
