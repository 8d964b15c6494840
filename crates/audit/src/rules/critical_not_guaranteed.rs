//! A critical workload that is not Guaranteed.

use oomkit_core::rule::Findings;

use super::{
    critical,
    words::{size, subject},
};
use crate::model::{LimitModel, Place, Qos};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A database, a broker, name resolution or another workload that others lean on is not of the class
    /// Guaranteed.
    /// What is critical is told from images and names, priority classes, and the policy.
    /// A critical workload whose memory is wholly set aside is left alone, whatever is said of its
    /// processor time.
    ///
    /// ## Why it matters
    ///
    /// Its score is raised, so that it may be killed for what another one took.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: db}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: postgres
    ///           image: postgres:16
    ///           resources:
    ///             requests: {memory: 1Gi}
    ///             limits: {memory: 2Gi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: db}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: postgres
    ///           image: postgres:16
    ///           resources:
    ///             requests: {memory: 2Gi, cpu: 1}
    ///             limits: {memory: 2Gi}
    /// ```
    CRITICAL_NOT_GUARANTEED {
        code: "OKA016",
        name: "critical-not-guaranteed",
        summary: "a critical workload can be killed for what others took",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves().filter(|(_, scope)| scope.stays()) {
        let Some((_, _, pod)) = model.pod_of(scope) else { continue };
        let class = match pod.qos {
            Some(Qos::Burstable) => "Burstable",
            Some(Qos::BestEffort) => "BestEffort",
            _ => continue,
        };
        let all_set_aside = size(scope.memory.limit.as_ref()).is_some()
            && size(scope.memory.limit.as_ref()) == size(scope.memory.request.as_ref());
        // Pods of the system get the best score whatever their class.
        let of_the_system =
            pod.priority_class.as_ref().is_some_and(|class| class.value.starts_with("system-"));
        let Some(why) = critical::why(model, scope).filter(|_| !all_set_aside && !of_the_system) else {
            continue;
        };
        let message = format!("{} is {why}, and its pod is of the class {class}", subject(model, scope));
        findings.at(scope.place, message).remedy(
            "set the same memory and processor time as request and limit of every container of the pod",
        );
    }
}
