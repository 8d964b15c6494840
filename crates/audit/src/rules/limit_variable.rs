//! A limit that depends on a variable.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::{
    model::{LimitModel, Origin, Place},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A memory limit is a variable that is set nowhere and has no default, or whose value or default
    /// comes to no limit.
    /// Variables are looked up in the file `.env` beside the Compose file, never in the environment in
    /// which the audit runs.
    /// With `${NAME:?message}` the project does not start without the variable, and nothing is wrong.
    ///
    /// ## Why it matters
    ///
    /// The limit is in force only where somebody remembers to set the variable.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: ${WEB_MEMORY}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: ${WEB_MEMORY:-0}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: ${WEB_MEMORY:-256m}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: ${WEB_MEMORY:?say how much memory the web server may use}
    /// ```
    LIMIT_VARIABLE {
        code: "OKA006",
        name: "memory-limit-unset-variable",
        summary: "a memory limit depends on a variable that is not set, or that sets none",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        let Some(limit) = scope.memory.limit.as_ref().filter(|limit| limit.origin == Origin::Variable) else {
            continue;
        };
        let subject = subject(model, scope);
        let written = as_written(limit);
        let message = match &limit.value {
            Amount::Unknown(why) => format!("{subject} has {written}, and {why}"),
            Amount::Void(why) => format!("{subject} has {written}, which comes to no limit: {why}"),
            Amount::Unlimited => format!("{subject} has {written}, which comes to no limit"),
            _ => continue,
        };
        findings
            .at(limit.place, message)
            .and([scope.place])
            .remedy("give the variable a default that limits, as in ${NAME:-512m}, or make it required, as in ${NAME:?}");
    }
}
