//! A node that evicts pods only when it is too late.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, percent_of, subject};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A kubelet evicts pods at less than one percent of free memory on a node of 16 GiB or more, or not at
    /// all, while a container without a limit is among the files.
    /// The memory of the node has to be said (`--node-memory`).
    /// Shares of 0 and of 100 percent turn the threshold off.
    /// Where `evictionHard` sets other thresholds and not this one, this one is off, unless
    /// `mergeDefaultEvictionSettings` is true; without `evictionHard` the kubelet's own 100Mi hold.
    ///
    /// ## Why it matters
    ///
    /// The kubelet looks every ten seconds.
    /// What allocates a gigabyte a second is through the last 100Mi long before, and then the kernel chooses
    /// the victim, by other rules than the kubelet's.
    ///
    /// ## Fires
    ///
    /// ```yaml node-memory=64Gi
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// evictionHard: {memory.available: 100Mi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// ```yaml node-memory=64Gi
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// evictionHard: {nodefs.available: 10%}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// ```yaml node-memory=64Gi
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// evictionHard: {memory.available: 100%}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml node-memory=64Gi
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// evictionHard: {memory.available: "1.5%"}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// ```yaml node-memory=64Gi
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// evictionHard: {memory.available: 100Mi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources: {limits: {memory: 256Mi}}
    /// ```
    EVICTION_LATE {
        code: "OKA053",
        name: "eviction-late",
        summary: "a node evicts pods only when it is too late",
        severity: Warning,
        confidence: Medium,
    }
}

/// What a kubelet keeps free where nothing is said.
const DEFAULT: Bytes = Bytes::new(100 << 20);

/// From this size on a node is large.
const LARGE: Bytes = Bytes::new(16 << 30);

/// A threshold below so many percent of a large node is late.
const LEAST: f64 = 1.0;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(memory) = model.policy.node.memory.filter(|memory| LARGE <= *memory) else { return };
    let unlimited = model.leaves().find(|(_, scope)| {
        let may_be = scope.is_partial || model.may_be_limited(scope);
        scope.dialect == Dialect::Kubernetes && scope.stays() && !may_be && model.ceiling(scope).is_none()
    });
    let Some((_, unlimited)) = unlimited else { return };
    for kubelet in &model.kubelets {
        let (threshold, place, written) = match &kubelet.eviction {
            None => (Some(DEFAULT), kubelet.place, "the default of 100Mi".to_owned()),
            Some(setting) => (model.size_of(setting), setting.place, as_written(setting)),
        };
        let Some(threshold) = threshold.filter(|threshold| percent_of(*threshold, memory) < LEAST) else {
            continue;
        };
        let when = match threshold {
            Bytes::ZERO => format!("the kubelet evicts no pod for want of memory ({written})"),
            threshold => format!("the kubelet evicts pods at {threshold} of {memory} ({written})"),
        };
        let message =
            format!("{when}, and {} has no limit: the kernel kills first", subject(model, unlimited));
        let wanted = Bytes::new((memory.get() / 100).div_ceil(64 << 20).saturating_mul(64 << 20));
        findings.at(place, message).and([unlimited.place]).remedy(format!(
            "set evictionHard memory.available to {}Mi or more, and limit what has no limit",
            wanted.get() >> 20
        ));
    }
}
