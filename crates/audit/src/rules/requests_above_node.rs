//! More requests than memory.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::size;
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// What all workloads of the scan ask for, replicas counted, is more than the machines have for them.
    /// The memory is given with `--node-memory` and `--node-count` or in the policy; what is kept for the
    /// machine itself is taken off, as the policy or the configuration of a kubelet says.
    ///
    /// ## Why it matters
    ///
    /// Some of the pods are never placed, and which ones depends on who comes first.
    ///
    /// ## Fires
    ///
    /// ```yaml node-memory=4Gi
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     spec:
    ///       containers:
    ///         - {name: app, image: "registry.example/app:1", resources: {limits: {memory: 2Gi}}}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml node-memory=4Gi node-count=2
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     spec:
    ///       containers:
    ///         - {name: app, image: "registry.example/app:1", resources: {limits: {memory: 2Gi}}}
    /// ```
    REQUESTS_ABOVE_NODE {
        code: "OKA051",
        name: "requests-above-nodes",
        summary: "the requests come to more than the machines have",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(memory) = model.policy.node.memory else { return };
    let count = model.policy.node.count();
    let told = model.kubelets.iter().map(|kubelet| kubelet.reserved).max();
    let reserved = model.policy.node.reserved.or(told).unwrap_or(Bytes::ZERO);
    let one = memory.get().saturating_sub(reserved.get());
    let all = Bytes::new(one.saturating_mul(u64::from(count)));
    let mut members: Vec<(Place, Bytes)> = Vec::new();
    for (_, scope) in
        model.leaves().filter(|(_, scope)| scope.dialect == Dialect::Kubernetes && scope.stays())
    {
        let Some(asked) = size(scope.memory.request.as_ref()) else { continue };
        let replicas = model.workload_of(scope).map(|workload| workload.replicas).unwrap_or_default();
        members.push((scope.place, replicas.times(count, asked)));
    }
    let sum: Bytes = members.iter().map(|(_, asked)| *asked).sum();
    if sum <= all {
        return;
    }
    members.sort_by_key(|(_, asked)| std::cmp::Reverse(*asked));
    let mut places = members.iter().take(5).map(|(place, _)| *place);
    let Some(first) = places.next() else { return };
    let message = format!("all workloads together ask for {sum}, and the machines have {all} for them");
    findings.at(first, message).and(places).remedy("ask for less, run less, or add machines");
}
