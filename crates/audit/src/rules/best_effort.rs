//! A pod of the class BestEffort.

use oomkit_core::rule::Findings;

use super::words::shown;
use crate::model::{LimitModel, Place, Qos, Scope};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// No container of a pod asks for processor time or memory, and none is limited, so that its class is
    /// BestEffort.
    /// Jobs that end by themselves are left alone.
    ///
    /// ## Why it matters
    ///
    /// The kernel's score of such a process is raised by 1000, the most there is: it is killed before
    /// everything else, however small it is.
    /// The scheduler sees nothing of it, and so puts it onto machines that are full.
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
    ///         - {name: app, image: "registry.example/app:1"}
    /// ```
    ///
    /// ## Stays silent
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
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: report}
    /// spec:
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///         - {name: report, image: "registry.example/report:1"}
    /// ```
    BEST_EFFORT {
        code: "OKA002",
        name: "best-effort",
        summary: "a pod asks for nothing, and so is the first to be killed",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        let Some(pod) = &scope.pod else { continue };
        let ends = model.workload_of(scope).is_some_and(|workload| workload.ends);
        if pod.qos != Some(Qos::BestEffort) || ends {
            continue;
        }
        let containers =
            model.children(scope).map(|(_, child)| child).filter(|child| child.holds_processes());
        let containers: Vec<&Scope> = containers.collect();
        let Some((first, others)) = containers.split_first() else { continue };
        if containers.iter().any(|container| is_unknown(container)) {
            continue;
        }
        let places = others.iter().map(|container| container.place);
        let message = format!(
            "{} asks for no memory and no processor time: its processes are killed before all others (adjustment 1000)",
            shown(&scope.path)
        );
        findings
            .at(first.place, message)
            .and(places)
            .remedy("set resources.requests.memory to what it uses in steady state, and a limit above it");
    }
}

/// Tells whether something is written that only shows when it runs, or that is refused.
fn is_unknown(scope: &Scope) -> bool {
    scope.is_partial
        || scope
            .memory
            .amounts()
            .next()
            .is_some_and(|amount| !matches!(amount.value, crate::quantity::Amount::Void(_)))
}
