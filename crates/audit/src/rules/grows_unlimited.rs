//! Growth without a limit.

use oomkit_core::{
    finding::{Confidence, Severity},
    rule::Findings,
};

use super::{advice, past, words::subject};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// By the history of snapshots it keeps growing, and no limit at or above it is in force.
    /// Nothing is said where a limit may be that could not be read.
    ///
    /// ## Why it matters
    ///
    /// This is the incident before it happens: what grows without a limit takes the machine, and the kernel then
    /// kills whoever scores highest, which may well be a neighbor.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 1440, "seconds": 86400,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "grows", "rate": {"per_hour_bytes": 5242880}, "now_bytes": 734003200}}
    /// ]}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 1440, "seconds": 86400,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "grows", "rate": {"per_hour_bytes": 5242880}, "now_bytes": 734003200}}
    /// ]}
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 1440, "seconds": 86400,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "set"}}
    /// ]}
    /// ```
    GROWS_UNLIMITED {
        code: "OKA077",
        name: "unlimited-and-growing",
        summary: "it keeps growing and nothing limits it",
        severity: Error,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(past) = scope.past.as_deref() else { continue };
        let Some(growth) = past.growth else { continue };
        if model.ceiling(scope).is_some() || model.may_be_limited(scope) || scope.is_partial {
            continue;
        }
        let arrived = growth.now.map(|now| format!(", is at {now}")).unwrap_or_default();
        let message = format!(
            "{} grows by {} an hour{arrived}, and nothing limits it ({})",
            subject(model, scope),
            growth.per_hour.magnitude(),
            past::watched(past)
        );
        let finding = findings.at(scope.place, message).and([past.place]);
        finding.remedy(format!("{}; then find what it keeps", advice::limit(model, scope)));
        if past.is_shared {
            finding.confidence(Confidence::Low).severity(Severity::Warning);
        }
    }
}
