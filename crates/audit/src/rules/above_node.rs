//! More than a machine has.

use oomkit_core::rule::Findings;

use super::words::{as_written, shown, size, subject};
use crate::model::{LimitModel, Place, Scope, ScopeKind};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A container or a pod asks for more memory than the largest machine has, or is limited to more.
    /// The memory of the machines is given with `--node-memory` or in the policy; without it the rule is
    /// silent.
    ///
    /// ## Why it matters
    ///
    /// What asks for more is never placed; a limit above all memory limits nothing.
    ///
    /// ## Fires
    ///
    /// ```yaml node-memory=8Gi
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         limits: {memory: 16Gi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml node-memory=8Gi
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         limits: {memory: 4Gi}
    /// ```
    ABOVE_NODE {
        code: "OKA018",
        name: "above-node",
        summary: "a container or pod is larger than the largest machine",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(most) = model.policy.node.memory else { return };
    for (_, scope) in model.all() {
        let all = [&scope.memory.request, &scope.memory.limit];
        let above = all.into_iter().flatten().find(|setting| most < size(Some(setting)).unwrap_or_default());
        if let Some(setting) = above {
            let message =
                format!("{} has {}, and a machine has {most}", subject(model, scope), as_written(setting));
            findings.at(setting.place, message).remedy(format!("stay below {most}, or use a larger machine"));
        } else if scope.kind == ScopeKind::Pod {
            pod(model, scope, findings);
        }
    }
}

/// Looks at what the containers of a pod ask for together.
fn pod(model: &LimitModel, pod: &Scope, findings: &mut Findings<'_, Place>) {
    let Some(most) = model.policy.node.memory else { return };
    let together = model.children(pod).map(|(_, child)| child).filter(|child| child.stays());
    let asked = together.filter_map(|child| size(child.memory.request.as_ref())).sum();
    if most < asked {
        let message = format!(
            "the containers of {} ask for {asked} together, and a machine has {most}",
            shown(&pod.path)
        );
        findings
            .at(pod.place, message)
            .remedy(format!("ask for less than {most} together, or use a larger machine"));
    }
}
