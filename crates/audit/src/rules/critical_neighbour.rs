//! Something critical beside something without a limit.

use oomkit_core::{finding::Severity, rule::Findings};

use super::{
    advice, critical, kill_order,
    words::{list, owner, subject},
};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Pod, Scope, ScopeId, ScopeKind},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A workload without a memory limit may run on the same machine as one that others lean on: a
    /// database, a coordination service, a broker, name resolution, the way in for traffic, a pod of the
    /// system, or what the policy calls critical.
    /// Pods are taken to share machines unless something keeps them apart: a node name or selector that
    /// contradicts, an anti-affinity between the two, machines that are kept free for one of them.
    /// Services are taken to share a machine with those of their own project, units with those of their machine or
    /// folder.
    ///
    /// ## Why it matters
    ///
    /// When the one without a limit has taken all memory, the kernel looks for whom to kill on the whole
    /// machine.
    /// Until it finds somebody everything stands still, and whoever it finds may be the critical one.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: report}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - {name: report, image: "registry.example/report:1"}
    /// ---
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: zookeeper}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: zookeeper
    ///           image: zookeeper:3.9
    ///           resources:
    ///             requests: {memory: 1Gi, cpu: 1}
    ///             limits: {memory: 1Gi, cpu: 1}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db: {image: "postgres:16", mem_limit: 2g, memswap_limit: 2g}
    ///   worker: {image: "registry.example/worker:1"}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: report}
    /// spec:
    ///   template:
    ///     spec:
    ///       nodeSelector: {pool: batch}
    ///       containers:
    ///         - {name: report, image: "registry.example/report:1"}
    /// ---
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: zookeeper}
    /// spec:
    ///   template:
    ///     spec:
    ///       nodeSelector: {pool: data}
    ///       containers:
    ///         - {name: zookeeper, image: "zookeeper:3.9", resources: {limits: {memory: 1Gi}}}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db: {image: "postgres:16"}
    ///   worker: {image: "registry.example/worker:1", mem_limit: 512m}
    /// ```
    CRITICAL_NEIGHBOUR {
        code: "OKA043",
        name: "critical-neighbour",
        summary: "a critical workload is at the mercy of one without a limit",
        severity: Error,
        confidence: Medium,
    }
}

/// How many critical ones are looked at, and how many of them are named.
const MOST: (usize, usize) = (500, 5);

/// Something critical.
struct Critical<'a> {
    id: ScopeId,
    scope: &'a Scope,
    why: &'static str,
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let critical: Vec<Critical<'_>> = model
        .leaves()
        .filter(|(_, scope)| scope.stays())
        .filter_map(|(id, scope)| Some(Critical { id, scope, why: critical::why(model, scope)? }))
        .take(MOST.0)
        .collect();
    if critical.is_empty() {
        return;
    }
    let mut said = None;
    for (id, scope) in model.leaves().filter(|(_, scope)| is_unlimited(model, scope)) {
        // One finding for a pod is enough.
        let whole = model.pod_of(scope).map_or(id, |(pod, ..)| pod);
        if said == Some(whole) {
            continue;
        }
        let near =
            critical.iter().filter(|critical| critical.id != id && may_share(model, scope, critical.scope));
        let near: Vec<&Critical<'_>> = near.take(MOST.1).collect();
        if !near.is_empty() {
            said = Some(whole);
            say(model, scope, &near, findings);
        }
    }
}

fn say(model: &LimitModel, scope: &Scope, near: &[&Critical<'_>], findings: &mut Findings<'_, Place>) {
    let Some(first) = near.first() else { return };
    let name = |critical: &&Critical<'_>| {
        let name = owner(model, critical.scope).filter(|_| critical.scope.kind == ScopeKind::Container);
        format!("{} ({})", name.unwrap_or_else(|| subject(model, critical.scope)), critical.why)
    };
    let names: Vec<String> = near.iter().map(name).collect();
    let message = format!(
        "{} has no memory limit and may share a machine with {}: {}",
        subject(model, scope),
        list(&names),
        order(model, scope, first.scope)
    );
    let finding = findings.at(scope.place, message);
    finding.and(near.iter().map(|critical| critical.scope.place)).remedy(advice::limit(model, scope));
    if model.workload_of(scope).is_some_and(|workload| workload.ends) {
        finding.severity(Severity::Warning);
    }
}

/// Says who is killed first when memory is out.
fn order(model: &LimitModel, greedy: &Scope, critical: &Scope) -> String {
    let (one, other) = (kill_order::adjustment(model, greedy), kill_order::adjustment(model, critical));
    let name = super::words::shown(&critical.name);
    if one.high < other.low {
        format!("when memory is out, {name} is killed first (adjustment {other} against {one})")
    } else if other.high < one.low {
        format!("it is killed first (adjustment {one} against {other}), but not before all memory is gone")
    } else if one == other {
        format!("when memory is out, the larger one is killed, which may be {name}")
    } else {
        format!("which of them is killed first depends on their sizes (adjustment {one} against {other})")
    }
}

fn is_unlimited(model: &LimitModel, scope: &Scope) -> bool {
    let unclear = scope
        .memory
        .limit
        .as_ref()
        .is_some_and(|limit| matches!(limit.value, Amount::Refused(_) | Amount::Unknown(_)));
    scope.stays()
        && !scope.is_partial
        && !unclear
        && scope.lies_in.is_none()
        && (model.ceiling(scope).is_none() || scope.live.is_some() && !has_own_limit(scope))
        && !model.may_be_limited(scope)
}

fn has_own_limit(scope: &Scope) -> bool {
    scope.memory.limit.as_ref().is_some_and(|limit| limit.value.applies())
}

/// Tells whether two scopes may run on one machine.
fn may_share(model: &LimitModel, one: &Scope, other: &Scope) -> bool {
    if one.dialect != other.dialect {
        return false;
    }
    if one.dialect == Dialect::Live {
        // A limit that both lie in keeps neither from the other.
        let holds = |above: ScopeId| other.place.scope.is_some_and(|other| model.lies_in(other, above));
        let apart = model.ancestors(one).take_while(|(above, _)| !holds(*above));
        return !apart.into_iter().any(|(_, above)| has_own_limit(above));
    }
    if one.dialect != Dialect::Kubernetes {
        let top = |scope: &Scope| model.ancestors(scope).last().map(|(top, _)| top);
        return top(one) == top(other);
    }
    match (model.pod_of(one), model.pod_of(other)) {
        (Some((one_id, _, one)), Some((other_id, _, other))) => one_id == other_id || !are_apart(one, other),
        _ => false,
    }
}

/// Tells whether something keeps two pods apart.
fn are_apart(one: &Pod, other: &Pod) -> bool {
    let names = matches!((&one.node, &other.node), (Some(one), Some(other)) if one != other);
    let contradicts = one.node_selector.iter().any(|(key, value)| {
        other.node_selector.iter().any(|(other_key, other_value)| key == other_key && value != other_value)
    });
    let away = |one: &Pod, other: &Pod| {
        one.keeps_away.iter().any(|labels| labels.iter().all(|label| other.labels.contains(label)))
    };
    // Machines are kept free for a pod that asks for them and bears what keeps others away.
    let kept_free = |one: &Pod, other: &Pod| {
        !one.node_selector.is_empty() && one.tolerates.iter().any(|key| !other.tolerates.contains(key))
    };
    names
        || contradicts
        || away(one, other)
        || away(other, one)
        || kept_free(one, other)
        || kept_free(other, one)
}
