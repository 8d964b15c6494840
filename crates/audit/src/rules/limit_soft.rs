//! Only a soft limit.

use oomkit_core::rule::Findings;

use super::{
    advice,
    words::{as_written, subject},
};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// There is a reservation, a soft limit or a line from which on processes are slowed, and no hard
    /// limit, neither its own nor one above it.
    /// A request in Kubernetes is none of these: it only guides the scheduler.
    ///
    /// ## Why it matters
    ///
    /// A reservation limits nothing, and a line that slows is no ceiling: what leaks goes on until the
    /// machine is out of memory, or stands still.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_reservation: 128m
    /// ```
    ///
    /// ```hcl
    /// job "web" {
    ///   group "api" {
    ///     task "server" {
    ///       driver = "docker"
    ///       resources {
    ///         memory     = 256
    ///         memory_max = -1
    ///       }
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_reservation: 128m
    ///     mem_limit: 256m
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         requests: {memory: 256Mi}
    /// ```
    LIMIT_SOFT {
        code: "OKA007",
        name: "soft-limit-only",
        summary: "there is a soft limit and no hard one",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        if !is_only_soft(scope) || scope.is_partial || model.ceiling(scope).is_some() {
            continue;
        }
        let Some(soft) = scope.memory.high.as_ref().or(scope.memory.request.as_ref()) else { continue };
        let message =
            format!("{} has {} and no limit: it limits nothing", subject(model, scope), as_written(soft));
        findings.at(soft.place, message).and([scope.place]).remedy(advice::limit(model, scope));
    }
}

/// Tells whether a scope says something soft and nothing hard.
pub(super) fn is_only_soft(scope: &Scope) -> bool {
    let hard = scope.memory.limit.as_ref().is_some_and(|limit| limit.value != Amount::Unlimited);
    let reserved = scope.memory.request.as_ref().filter(|_| scope.dialect != Dialect::Kubernetes);
    let soft = scope.memory.high.as_ref().or(reserved).is_some_and(|soft| soft.value.applies());
    soft && !hard
}
