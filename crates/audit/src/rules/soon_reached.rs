//! Growth that reaches its limit soon.

use oomkit_core::{rule::Findings, units::Duration};

use super::{past, words::subject};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// By the history of snapshots it keeps growing, and at this pace it reaches its limit within seven days.
    /// The pace is the slope that the trend of the store is sure of; steps, noise and what has come to rest are
    /// no growth.
    ///
    /// ## Why it matters
    ///
    /// Whatever grows until its limit is killed there, and a limit that is raised only moves the day.
    ///
    /// ## Fires
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
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=8G
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 1440, "seconds": 86400,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "grows", "rate": {"per_hour_bytes": 5242880}, "now_bytes": 734003200}}
    /// ]}
    /// ```
    SOON_REACHED {
        code: "OKA076",
        name: "limit-soon-reached",
        summary: "at its pace it reaches its limit within days",
        severity: Warning,
        confidence: Low,
    }
}

/// Within so many hours it is soon.
const SOON: u64 = 7 * 24;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(past) = scope.past.as_deref() else { continue };
        let Some((growth, now)) = past.growth.and_then(|growth| Some((growth, growth.now?))) else {
            continue;
        };
        let Some(ceiling) = model.ceiling(scope) else { continue };
        // What is above its limit already is said by the rule for that.
        let left = ceiling.size.and_then(|size| size.get().checked_sub(now.get()));
        let Some(left) = left else { continue };
        let hours = left / growth.per_hour.magnitude().get().max(1);
        if SOON < hours {
            continue;
        }
        let message = format!(
            "{} grows by {} an hour, is at {now}, and reaches {} in about {} ({})",
            subject(model, scope),
            growth.per_hour.magnitude(),
            past::named(&ceiling, scope),
            Duration::from_seconds(hours.saturating_mul(3_600).max(60)),
            past::watched(past)
        );
        findings.at(ceiling.setting.place, message).and([past.place]).remedy(
            "find what it keeps (oomkit snap trend tells since when); a larger limit only moves the day",
        );
    }
}
