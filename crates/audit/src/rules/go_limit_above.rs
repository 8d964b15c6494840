//! A soft limit of Go that leaves no room.

use oomkit_core::{finding::Severity, rule::Findings};

use super::words::{shown, subject};
use crate::{
    model::{LimitModel, Place},
    runtimes::go::{Source, limit},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// `GOMEMLIMIT` is at or above the memory limit, is taken from the limit of a container that has none,
    /// or is taken from it in another unit than bytes.
    /// Taken from the limit as it is, it is a note.
    ///
    /// ## Why it matters
    ///
    /// The runtime collects garbage harder the closer it comes to this limit.
    /// If the kernel's limit is reached first, that never happens.
    /// Without a limit Kubernetes fills in the memory of the whole machine.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example/app:1
    ///     mem_limit: 512m
    ///     environment: {GOMEMLIMIT: 1GiB}
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       env:
    ///         - name: GOMEMLIMIT
    ///           valueFrom: {resourceFieldRef: {resource: limits.memory}}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example/app:1
    ///     mem_limit: 1g
    ///     environment: {GOMEMLIMIT: 900MiB}
    /// ```
    GO_LIMIT_ABOVE {
        code: "OKA086",
        name: "go-limit-above",
        summary: "a GOMEMLIMIT that leaves no room within the limit",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(found) = scope.program.as_ref().and_then(|program| limit(program)) else { continue };
        let ceiling = model.ceiling(scope);
        let size = ceiling.and_then(|ceiling| ceiling.size);
        let subject = subject(model, scope);
        let (message, severity) = match (&found.value, ceiling, size) {
            (Source::Written(amount), _, Some(limit)) if amount.size().is_some_and(|soft| limit <= soft) => (
                format!("{subject} has {}, and its memory limit is {limit}", shown(&found.spelled)),
                Severity::Warning,
            ),
            (Source::Limit { .. }, None, _) => (
                format!(
                    "{subject} takes GOMEMLIMIT from its memory limit and has none: it gets the memory of the machine"
                ),
                Severity::Warning,
            ),
            (Source::Limit { divisor }, Some(_), _) if 1 < *divisor => (
                format!(
                    "{subject} takes GOMEMLIMIT from its memory limit divided by {divisor}, and Go counts bytes"
                ),
                Severity::Warning,
            ),
            (Source::Limit { .. }, Some(_), _) => (
                format!(
                    "{subject} takes all of its memory limit as GOMEMLIMIT, which leaves no room for what Go does not count"
                ),
                Severity::Note,
            ),
            _ => continue,
        };
        let place = ceiling.map(|ceiling| ceiling.setting.place);
        findings
            .at(found.place, message)
            .severity(severity)
            .and(place)
            .remedy("set GOMEMLIMIT to nine tenths of the memory limit, in MiB");
    }
}
