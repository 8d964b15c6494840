//! Decimal and binary units side by side.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Origin, Place, Setting},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The request and the limit of one container in Kubernetes are written in units of different kinds:
    /// `M` and `G` count in thousands, `Mi` and `Gi` in 1024.
    ///
    /// ## Why it matters
    ///
    /// `1500Mi` is more than `1500M`: request and limit that look alike are not, so the pod is not of the
    /// class that its writer wanted, or is refused.
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
    ///         requests: {memory: 1500M}
    ///         limits: {memory: 1500Mi}
    /// ```
    ///
    /// ## Stays silent
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
    ///         requests: {memory: 512Mi}
    ///         limits: {memory: 1Gi}
    /// ```
    UNITS_MIXED {
        code: "OKA012",
        name: "units-mixed",
        summary: "decimal and binary units stand side by side",
        severity: Note,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all().filter(|(_, scope)| scope.dialect == Dialect::Kubernetes) {
        let (Some(request), Some(limit)) = (&scope.memory.request, &scope.memory.limit) else { continue };
        let (Some(one), Some(other)) = (kind(request), kind(limit)) else { continue };
        if one != other {
            let message = format!(
                "{} has {} and {}: one counts in thousands, the other in 1024",
                subject(model, scope),
                as_written(request),
                as_written(limit)
            );
            findings
                .at(limit.place, message)
                .and([request.place])
                .remedy("write both with an i, as in Mi and Gi");
        }
    }
}

/// What a unit counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Thousands,
    Powers,
}

fn kind(setting: &Setting<Amount>) -> Option<Kind> {
    let text = setting.spelled.trim();
    if setting.origin != Origin::Written || setting.value.size().is_none() {
        return None;
    }
    if text.ends_with('i') {
        return Some(Kind::Powers);
    }
    text.ends_with(['k', 'M', 'G', 'T']).then_some(Kind::Thousands)
}
