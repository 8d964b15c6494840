//! More is asked for than may be used.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, shown, size, subject};
use crate::{
    model::{LimitModel, Origin, Place, Scope, Setting, Swap},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A request or reservation above the limit of the same scope, memory and swap together below the
    /// memory alone, a container's limit or request above that of its pod or task.
    /// Limits that a namespace gives are the business of OKA014.
    ///
    /// ## Why it matters
    ///
    /// The platform refuses the object, or does not create the container.
    ///
    /// ## Fires
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
    ///         requests: {memory: 1Gi}
    ///         limits: {memory: 512Mi}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     memswap_limit: 256m
    /// ```
    ///
    /// ## Stays silent
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
    ///         requests: {memory: 1024Mi}
    ///         limits: {memory: 1Gi}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     mem_reservation: 256m
    ///     memswap_limit: -1
    /// ```
    REQUEST_ABOVE_LIMIT {
        code: "OKA013",
        name: "request-above-limit",
        summary: "more is asked for than may be used",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        own(model, scope, findings);
        within(model, scope, findings);
    }
}

/// Compares what a scope says of itself.
fn own(model: &LimitModel, scope: &Scope, findings: &mut Findings<'_, Place>) {
    let Some((limit, most)) =
        sized(scope.memory.limit.as_ref()).filter(|(limit, _)| limit.origin != Origin::Default)
    else {
        return;
    };
    let subject = || subject(model, scope);
    if let Some((request, asked)) = sized(scope.memory.request.as_ref())
        && most < asked
        && request.origin != Origin::Derived
    {
        let message = format!(
            "{} asks for more than it may use: {} is above {}",
            subject(),
            as_written(request),
            as_written(limit)
        );
        findings.at(request.place, message).and([limit.place]).remedy(format!(
            "ask for {} at most, or raise the limit to {}",
            given(limit, most),
            given(request, asked)
        ));
    }
    if let Some(swap) = &scope.memory.swap
        && let Swap::Total(total) = &swap.value
        && let Some(total) = total.size()
        && total < most
    {
        let message = format!(
            "{} has {}, which counts memory and swap together and is below {}",
            subject(),
            as_written(swap),
            as_written(limit)
        );
        findings
            .at(swap.place, message)
            .and([limit.place])
            .remedy(format!("write {} for no swap, or the sum of memory and swap", given(limit, most)));
    }
}

/// Compares a scope with the one around it.
fn within(model: &LimitModel, scope: &Scope, findings: &mut Findings<'_, Place>) {
    // A slice may be smaller than what lies in it, and is taken nevertheless.
    let around = scope
        .parent
        .filter(|_| scope.unit.is_none() && scope.live.is_none())
        .and_then(|parent| model.scope(parent));
    let Some(around) = around else { return };
    let pairs =
        [(&scope.memory.limit, &around.memory.limit), (&scope.memory.request, &around.memory.request)];
    for (inner, outer) in pairs {
        let (Some((inner, asked)), Some((outer, most))) = (sized(inner.as_ref()), sized(outer.as_ref()))
        else {
            continue;
        };
        if asked <= most || inner.origin == Origin::Derived || outer.origin == Origin::Derived {
            continue;
        }
        let message = format!(
            "{} has {}, which is above what is around it: {}",
            subject(model, scope),
            as_written(inner),
            as_written(outer)
        );
        findings
            .at(inner.place, message)
            .and([outer.place])
            .remedy(format!("write {} at most", given(outer, most)));
    }
}

/// Returns a size as it was written, since a rounded one may be refused as well.
fn given(setting: &Setting<Amount>, size: Bytes) -> String {
    match setting.origin {
        Origin::Written => shown(setting.spelled.trim()),
        _ => size.to_string(),
    }
}

fn sized(setting: Option<&Setting<Amount>>) -> Option<(&Setting<Amount>, Bytes)> {
    Some((setting?, size(setting)?))
}
