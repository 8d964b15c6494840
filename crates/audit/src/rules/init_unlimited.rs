//! An init container without a limit.

use oomkit_core::rule::Findings;

use super::words::{limit_key, subject};
use crate::model::{LimitModel, Place, Role};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// An init container that ends before the others start has no memory limit, and its pod has none.
    /// One that stays, with `restartPolicy: Always`, is a sidecar and counts like every other container.
    ///
    /// ## Why it matters
    ///
    /// While it runs it may take all memory of the machine.
    /// It also takes the ceiling from the pod as a whole, which is the sum of the limits only if each
    /// container has one.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///     - {name: migrate, image: "registry.example/migrate:1"}
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         limits: {memory: 256Mi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///     - {name: proxy, image: "registry.example/proxy:1", restartPolicy: Always}
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         limits: {memory: 256Mi}
    /// ```
    INIT_UNLIMITED {
        code: "OKA003",
        name: "init-limit-missing",
        summary: "an init container has no memory limit",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves().filter(|(_, scope)| scope.role == Role::Init) {
        if scope.memory.limit.is_some() || model.ceiling(scope).is_some() {
            continue;
        }
        let message = format!(
            "{} has no memory limit: it may take all memory while it runs, and leaves its pod without a ceiling",
            subject(model, scope)
        );
        findings.at(scope.place, message).remedy(format!("set {}", limit_key(scope.dialect)));
    }
}
