//! A limit that is written and is none.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::{
    model::{LimitModel, Origin, Place},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The key of a memory limit is there, but the platform takes its value for none: zero, null, a unit
    /// without a number, a floating-point number that Compose drops.
    /// A limit that comes from a variable is the business of OKA006.
    ///
    /// ## Why it matters
    ///
    /// Somebody believes that there is a limit.
    /// There is none, and no tool that only looks for the key will say so.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         limits: {memory: Mi}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 1e9
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     deploy:
    ///       resources:
    ///         limits: {memory: "0"}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: "1e9"
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: -1
    /// ```
    LIMIT_VOID {
        code: "OKA004",
        name: "memory-limit-void",
        summary: "a memory limit is written, and the platform takes it for none",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        let Some(limit) = &scope.memory.limit else { continue };
        let Amount::Void(why) = &limit.value else { continue };
        if limit.origin != Origin::Written || model.ceiling(scope).is_some() {
            continue;
        }
        let message = format!(
            "{} has no memory limit, in spite of {}: {why}",
            subject(model, scope),
            as_written(limit)
        );
        findings.at(limit.place, message).and([scope.place]).remedy("give the limit a number and a unit");
    }
}
