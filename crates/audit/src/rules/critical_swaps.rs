//! A critical pod that may be swapped out.

use oomkit_core::rule::Findings;

use super::{
    critical,
    words::{as_written, size, subject},
};
use crate::model::{LimitModel, Place, Qos};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A kubelet is told to let Burstable pods use swap, and a container that others lean on is in one.
    /// Its share is that of its request in the memory of the machine, which is shown if that is known.
    ///
    /// ## Why it matters
    ///
    /// A database that waits for its own pages is slow for everybody that waits for it.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// memorySwap: {swapBehavior: LimitedSwap}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db}
    /// spec:
    ///   containers:
    ///     - name: postgres
    ///       image: postgres:16
    ///       resources:
    ///         requests: {memory: 1Gi}
    ///         limits: {memory: 2Gi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// memorySwap: {swapBehavior: LimitedSwap}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db}
    /// spec:
    ///   containers:
    ///     - name: postgres
    ///       image: postgres:16
    ///       resources:
    ///         requests: {memory: 2Gi}
    ///         limits: {memory: 2Gi}
    /// ```
    CRITICAL_SWAPS {
        code: "OKA024",
        name: "critical-swaps",
        summary: "a critical pod may be swapped out",
        severity: Note,
        confidence: Low,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let told = model.kubelets.iter().find_map(|kubelet| kubelet.swap_behavior.as_ref());
    let Some(told) = told.filter(|told| told.value == "LimitedSwap") else { return };
    for (_, scope) in model.leaves().filter(|(_, scope)| scope.stays()) {
        let Some((_, _, pod)) = model.pod_of(scope) else { continue };
        let (request, limit) = (size(scope.memory.request.as_ref()), size(scope.memory.limit.as_ref()));
        let Some(request) =
            request.filter(|request| pod.qos == Some(Qos::Burstable) && limit != Some(*request))
        else {
            continue;
        };
        let Some(why) = critical::why(model, scope) else { continue };
        let share = match (model.policy.node.memory, model.policy.node.swap) {
            (Some(memory), Some(swap)) if memory.get() != 0 => {
                let share = u128::from(request.get()) * u128::from(swap.get()) / u128::from(memory.get());
                let share = oomkit_core::units::Bytes::new(u64::try_from(share).unwrap_or(u64::MAX));
                format!(", {share} of it")
            }
            _ => String::new(),
        };
        let message = format!(
            "{} is {why}, and may be swapped out{share} ({})",
            subject(model, scope),
            as_written(told)
        );
        findings
            .at(scope.place, message)
            .and([told.place])
            .remedy("set its memory request and limit to the same size: then it gets no swap");
    }
}
