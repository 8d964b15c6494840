//! No memory limit is in force.

use oomkit_core::{
    finding::{Confidence, Severity},
    rule::Findings,
    units::Bytes,
};

use super::{advice, limit_soft, namespace_bounds, words::subject};
use crate::{
    model::{LimitModel, Place, Qos, Role, Scope},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A container, service or task has no memory limit of its own, and nothing above it has one either:
    /// no limit of the pod, no default of a LimitRange in the same namespace, no limit of a parent.
    /// A limit that is written and does not count is the business of other rules, which tell why.
    ///
    /// It is an error where nothing is asked for either and the workload does not end by itself: such a
    /// pod is the first to die, and until then it may take all memory of its machine.
    ///
    /// Where a kustomization beside the file lays patches over it, a note is all: one of them may set a limit.
    ///
    /// On a live host, a unit that never used a sixteenth of the memory is worth a note only.
    ///
    /// ## Why it matters
    ///
    /// What leaks without a limit takes the memory of everything beside it.
    /// The kernel then kills whatever has the highest score, which need not be the one that leaked.
    /// With a limit, the one that leaks is the one that dies.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1
    ///           resources:
    ///             requests: {memory: 256Mi}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    /// ```
    ///
    /// ```ini web.container
    /// [Container]
    /// Image=docker.io/library/nginx:1.27
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: defaults, namespace: shop}
    /// spec:
    ///   limits:
    ///     - type: Container
    ///       default: {memory: 512Mi}
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
    /// metadata: {name: web}
    /// spec:
    ///   resources:
    ///     limits: {memory: 1Gi}
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// The container lies in the cgroup of its service:
    ///
    /// ```ini web.container
    /// [Container]
    /// Image=docker.io/library/nginx:1.27
    ///
    /// [Service]
    /// MemoryMax=512M
    /// ```
    ///
    /// Nomad gives a task 300 MiB where nobody says anything:
    ///
    /// ```hcl
    /// job "web" {
    ///   group "api" {
    ///     task "server" {
    ///       driver = "docker"
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     deploy:
    ///       resources:
    ///         limits: {memory: 128M}
    /// ```
    LIMIT_MISSING {
        code: "OKA001",
        name: "memory-limit-missing",
        summary: "no memory limit is in force",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves().filter(|(_, scope)| is_missing(model, scope)) {
        let mut message = format!("{} has no memory limit", subject(model, scope));
        let pod = model.pod_of(scope);
        let best_effort = pod.is_some_and(|(_, _, pod)| pod.qos == Some(Qos::BestEffort));
        let ends = model.workload_of(scope).is_some_and(|workload| workload.ends);
        if best_effort {
            message += ", nor a request";
        }
        message += ": it may take all memory of its machine";
        let is_patched = model.file(scope.place.file).is_some_and(|file| file.is_patched);
        if is_patched {
            message += ", unless a patch of its kustomization sets one: audit what kustomize build renders";
        }
        let finding = findings.at(scope.place, message);
        finding.remedy(advice::limit(model, scope));
        if best_effort && !ends {
            finding.severity(Severity::Error);
        }
        if is_small(model, scope) {
            finding.severity(Severity::Note);
        }
        if is_patched {
            finding.severity(Severity::Note).confidence(Confidence::Medium);
        }
        if let Some(outside) = &scope.lies_in {
            // What it lies in may have a limit, and nobody can see that here.
            finding.and([outside.place]).severity(Severity::Note).confidence(Confidence::Medium);
        }
    }
}

/// Tells whether a limit is missing, and no other rule tells why.
fn is_missing(model: &LimitModel, scope: &Scope) -> bool {
    let says_nothing = scope.memory.limit.as_ref().is_none_or(|limit| limit.value == Amount::Unlimited);
    !limit_soft::is_only_soft(scope)
        && says_nothing
        && scope.role != Role::Init
        && !scope.is_partial
        && model.ceiling(scope).is_none()
        && namespace_bounds::uncounted(model, scope).is_none()
        && !model.may_be_limited(scope)
}

/// Tells whether a unit of a live host has never used enough to be a danger; containers are others' work.
fn is_small(model: &LimitModel, scope: &Scope) -> bool {
    const SHARE: u64 = 16;
    let Some(live) = scope.live.as_ref() else { return false };
    let is_container = live.workload.as_ref().is_some_and(|workload| workload.container_id.is_some());
    let memory = model.machine.as_ref().and_then(|machine| machine.memory);
    let is_low = |(peak, memory): (Bytes, Bytes)| peak.get() < memory.get() / SHARE;
    !is_container && live.peak().or_else(|| live.used()).zip(memory).is_some_and(is_low)
}
