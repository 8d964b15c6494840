//! A namespace that gives no limits.

use std::collections::BTreeMap;

use oomkit_core::rule::Findings;

use super::words::shown;
use crate::{
    dialect::Dialect,
    model::{LimitModel, Namespace, Place, Role, Scope},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A namespace that is written holds workloads without a memory limit, and nothing that was read gives
    /// it defaults or a budget: neither a LimitRange nor a ResourceQuota.
    ///
    /// ## Why it matters
    ///
    /// One LimitRange gives a limit to whatever forgets its own.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: budget, namespace: shop}
    /// spec:
    ///   hard: {limits.memory: 8Gi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         limits: {memory: 256Mi}
    /// ```
    NAMESPACE_UNBOUNDED {
        code: "OKA009",
        name: "namespace-without-defaults",
        summary: "a namespace gives no limits to what has none",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let mut seen: BTreeMap<&str, (Place, usize)> = BTreeMap::new();
    for (_, scope) in model.leaves().filter(|(_, scope)| is_unlimited(model, scope)) {
        let Some(Namespace::Named(name)) = model.workload_of(scope).map(|workload| &workload.namespace)
        else {
            continue;
        };
        seen.entry(name).or_insert((scope.place, 0)).1 += 1;
    }
    for (name, (place, count)) in seen {
        let is_here = |namespace: &Namespace| *namespace == Namespace::Named(name.to_owned());
        let bounded = model.limit_ranges.iter().any(|range| is_here(&range.namespace))
            || model.quotas.iter().any(|quota| is_here(&quota.namespace));
        if bounded {
            continue;
        }
        let containers = if count == 1 { "container" } else { "containers" };
        let message = format!(
            "the namespace {} gives no limits, and holds {count} {containers} without one; no LimitRange of it was read",
            shown(name)
        );
        findings.at(place, message).remedy("add a LimitRange with a default for containers");
    }
}

fn is_unlimited(model: &LimitModel, scope: &Scope) -> bool {
    scope.dialect == Dialect::Kubernetes
        && scope.role != Role::Init
        && scope.memory.limit.is_none()
        && model.ceiling(scope).is_none()
}
