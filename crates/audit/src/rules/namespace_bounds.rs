//! What a namespace forbids.

use oomkit_core::{rule::Findings, units::Bytes};

use super::{
    advice,
    words::{as_written, shown, size, subject},
};
use crate::{
    model::{LimitModel, LimitRange, Memory, Origin, Place, Quota, Role, Scope},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A container against the LimitRanges of its namespace, as far as they were read: a default limit
    /// below the request, a limit above the most or below the least that is allowed, a limit too many times
    /// its request; and the sum of a namespace against its ResourceQuotas, replicas counted.
    /// A request below the least that is allowed is refused as well, and so is a container that says nothing
    /// of what a quota counts.
    ///
    /// ## Why it matters
    ///
    /// The object is applied and its pods are refused, one by one, in the events of the namespace.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: defaults, namespace: shop}
    /// spec:
    ///   limits:
    ///     - type: Container
    ///       default: {memory: 256Mi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         requests: {memory: 512Mi}
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: budget, namespace: shop}
    /// spec:
    ///   hard: {limits.memory: 1Gi}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: app
    ///           image: registry.example/app:1
    ///           resources:
    ///             limits: {memory: 512Mi}
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: budget, namespace: shop}
    /// spec:
    ///   hard: {limits.memory: 10Gi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         requests: {memory: 512Mi}
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
    ///       max: {memory: 512Mi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: bank}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         limits: {memory: 1Gi}
    /// ```
    NAMESPACE_BOUNDS {
        code: "OKA014",
        name: "namespace-bounds",
        summary: "a namespace forbids what its workloads ask for",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for range in &model.limit_ranges {
        for (_, scope) in model.leaves() {
            if model.workload_of(scope).is_some_and(|workload| workload.namespace == range.namespace) {
                within_range(model, scope, range, findings);
            }
        }
    }
    for quota in model.quotas.iter().filter(|quota| !quota.scoped) {
        within_quota(model, quota, findings);
    }
    for (_, scope) in model.leaves() {
        if let Some((quota, word)) = uncounted(model, scope) {
            let message = format!(
                "{} has no {word}, and {} counts {word}: its pods are refused",
                subject(model, scope),
                shown(&quota.name)
            );
            findings.at(scope.place, message).and([quota.place]).remedy(advice::limit(model, scope));
        }
    }
}

/// Returns the quota that refuses a container since it says nothing of what is counted, and what that is.
pub(super) fn uncounted<'a>(model: &'a LimitModel, scope: &Scope) -> Option<(&'a Quota, &'static str)> {
    let namespace = &model.workload_of(scope)?.namespace;
    let memory = &scope.memory;
    let of_pod = model.pod_of(scope).map(|(_, pod, _)| &pod.memory);
    // What is said for the whole pod is counted, and what cannot be read may be something.
    if scope.is_partial || of_pod.is_some_and(|pod| pod.limit.is_some() || pod.request.is_some()) {
        return None;
    }
    let quotas = model.quotas.iter().filter(|quota| !quota.scoped && quota.namespace == *namespace);
    quotas.into_iter().find_map(|quota| match () {
        () if quota.limits.is_some() && memory.limit.is_none() => Some((quota, "limits.memory")),
        () if quota.requests.is_some() && memory.request.is_none() => Some((quota, "requests.memory")),
        () => None,
    })
}

fn within_range(model: &LimitModel, scope: &Scope, range: &LimitRange, findings: &mut Findings<'_, Place>) {
    let (limit, request) = (scope.memory.limit.as_ref(), scope.memory.request.as_ref());
    let subject = || subject(model, scope);
    let allowed = &range.container;
    if let (Some(limit), Some(request), Some(most), Some(asked)) =
        (limit, request, size(limit_of(&scope.memory)), size(request_of(&scope.memory)))
        && limit.origin == Origin::Default
        && request.origin == Origin::Written
        && most < asked
    {
        let message = format!(
            "{} has {}, above the limit of {most} that the namespace gives it",
            subject(),
            as_written(request)
        );
        findings
            .at(request.place, message)
            .and([limit.place])
            .remedy(format!("set a limit of {asked} or more"));
    }
    if let Some(request) = request.filter(|request| request.origin != Origin::Default)
        && let Some(min) = allowed.min.as_ref()
        && let (Some(asked), Some(least)) = (request.value.size(), min.value.size())
        && asked < least
    {
        let message = format!(
            "{} has {}, and the namespace allows no less than {}",
            subject(),
            as_written(request),
            shown(&min.spelled)
        );
        findings
            .at(request.place, message)
            .and([min.place])
            .remedy(format!("ask for {} or more, or lower the least of the LimitRange", shown(&min.spelled)));
    }
    let own = limit
        .filter(|limit| limit.origin == Origin::Written)
        .and_then(|limit| Some((limit, limit.value.size()?)));
    let Some((limit, used)) = own else { return };
    if let Some(max) = allowed.max.as_ref()
        && let Some(most) = max.value.size()
        && most < used
    {
        let message =
            format!("{} has {}, and the namespace allows {most} at most", subject(), as_written(limit));
        findings
            .at(limit.place, message)
            .and([max.place])
            .remedy(format!("write {most} at most, or raise the LimitRange"));
    }
    if let Some(ratio) = allowed.ratio.as_ref()
        && let Some(asked) = size(request).filter(|asked| *asked != Bytes::ZERO)
        && u128::from(asked.get()) * u128::from(ratio.value) < u128::from(used.get()) * 1000
    {
        let message = format!(
            "{} has {}, more times its request of {asked} than the namespace allows ({})",
            subject(),
            as_written(limit),
            shown(&ratio.spelled)
        );
        findings.at(limit.place, message).and([ratio.place]).remedy("raise the request, or lower the limit");
    }
}

const fn limit_of(memory: &Memory) -> Option<&crate::model::Setting<Amount>> {
    memory.limit.as_ref()
}

const fn request_of(memory: &Memory) -> Option<&crate::model::Setting<Amount>> {
    memory.request.as_ref()
}

fn within_quota(model: &LimitModel, quota: &Quota, findings: &mut Findings<'_, Place>) {
    type Of = for<'a> fn(&'a Memory) -> Option<&'a crate::model::Setting<Amount>>;
    let sums: [(_, Of, &str); 2] =
        [(&quota.limits, limit_of, "limits"), (&quota.requests, request_of, "requests")];
    for (budget, setting, word) in sums {
        let Some((budget, most)) = budget.as_ref().and_then(|budget| Some((budget, budget.value.size()?)))
        else {
            continue;
        };
        let members =
            model.leaves().filter(|(_, scope)| scope.role != Role::Init).filter_map(|(_, scope)| {
                let workload =
                    model.workload_of(scope).filter(|workload| workload.namespace == quota.namespace)?;
                let size = size(setting(&scope.memory))?;
                Some((scope.place, workload.replicas.times(model.policy.node.count(), size)))
            });
        let members: Vec<(Place, Bytes)> = members.collect();
        let sum: Bytes = members.iter().map(|(_, size)| *size).sum();
        if most < sum {
            let message = format!(
                "the {word} of the namespace {} come to {sum}, and {} allows {most}",
                shown(quota.namespace.name()),
                shown(&quota.name)
            );
            let mut largest = members;
            largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
            let places = largest.into_iter().take(5).map(|(place, _)| place);
            findings.at(budget.place, message).and(places).remedy("raise the quota, or ask for less");
        }
    }
}
