//! A server of many processes that dies as one.

use oomkit_core::rule::Findings;

use super::words::subject;
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place},
    policy::Hierarchy,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A server that survives the death of one of its processes, such as PostgreSQL, has a memory limit in
    /// Kubernetes, where all processes of a container are killed together since release 1.28 with cgroup v2.
    /// A kubelet that is told otherwise in the same scan silences it.
    ///
    /// ## Why it matters
    ///
    /// One greedy query then ends all connections and starts the container anew, where one backend would
    /// have ended before.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db}
    /// spec:
    ///   containers:
    ///     - name: postgres
    ///       image: postgres:16
    ///       resources:
    ///         limits: {memory: 2Gi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// singleProcessOOMKill: true
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db}
    /// spec:
    ///   containers:
    ///     - name: postgres
    ///       image: postgres:16
    ///       resources:
    ///         limits: {memory: 2Gi}
    /// ```
    GROUP_KILL {
        code: "OKA040",
        name: "group-kill",
        summary: "a server of many processes dies as one",
        severity: Note,
        confidence: Low,
    }
}

/// Parts of the names of images whose server survives the death of a child.
const SERVERS: &[&str] = &["postgres", "postgresql", "postgis", "timescaledb", "pgvector", "spilo"];

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let single = model
        .kubelets
        .iter()
        .any(|kubelet| kubelet.single_process.as_ref().is_some_and(|single| single.value));
    if single || model.policy.node.cgroup == Some(Hierarchy::V1) {
        return;
    }
    for (_, scope) in
        model.leaves().filter(|(_, scope)| scope.dialect == Dialect::Kubernetes && scope.stays())
    {
        let is_server = scope.program.as_ref().is_some_and(|program| program.is_image(SERVERS));
        let beside = scope
            .program
            .as_ref()
            .is_some_and(|program| program.is_image(&["exporter", "backup", "operator"]));
        if !is_server || beside {
            continue;
        }
        let Some(ceiling) = model.ceiling(scope) else { continue };
        let message = format!(
            "at its limit all processes of {} are killed together, although the server survives the loss of one",
            subject(model, scope)
        );
        findings.at(scope.place, message).and([ceiling.setting.place]).remedy(
            "set singleProcessOOMKill in the kubelet's configuration if one query must not end all others",
        );
    }
}
