//! A limit that does not leave room for what was used.

use oomkit_core::{
    finding::{Confidence, Severity},
    rule::Findings,
    units::Bytes,
};

use super::{
    past,
    words::{percent_of, subject},
};
use crate::model::{LimitModel, Past, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The limit in force is below the most that snapshots saw in use, or less than a tenth above it, or as
    /// much as the policy's `headroom-percent` says.
    /// It is also too low where processes were killed at a limit as large as this one.
    /// A kill alone does not tell whose limit was hit, so its own has to have been reached, or nine tenths of it.
    /// What was used is the working set: usage without the file pages that nobody used lately.
    /// Nothing is said of a history of less than a day or of 30 moments.
    /// The history is that of a store (`--history STORE`), or a file that `oomkit recommend --format json`
    /// wrote and that lies among the manifests.
    ///
    /// ## Why it matters
    ///
    /// What needs more than its limit is killed, or spends its time in having pages taken and read again.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=512M
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 2880, "seconds": 172800,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "set"}}
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
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 2880, "seconds": 172800,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "set"}}
    /// ]}
    /// ```
    BELOW_HISTORY {
        code: "OKA074",
        name: "limit-below-history",
        summary: "a limit leaves no room for what was used",
        severity: Error,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(past) = scope.past.as_deref().filter(|past| past::is_long(past)) else { continue };
        let Some(ceiling) = model.ceiling(scope) else { continue };
        let Some(limit) = ceiling.size else { continue };
        let Some((severity, what)) = verdict(model, past, limit) else { continue };
        let message = format!(
            "{} has {}, and {what} ({})",
            subject(model, scope),
            past::named(&ceiling, scope),
            past::watched(past)
        );
        let remedy = format!(
            "raise it to {}, a quarter more than that, or find out what needs so much",
            past::with_room(needed(past))
        );
        let finding = findings.at(ceiling.setting.place, message).and([past.place]);
        finding.severity(severity).remedy(remedy);
        if past.is_shared {
            finding.confidence(Confidence::Low);
        }
    }
}

/// Returns the least that was needed: what was used, and where that ended in a kill the limit that killed.
fn needed(past: &Past) -> Bytes {
    past.killed_at().map_or(past.most, |limit| limit.max(past.most))
}

/// Says what is wrong with a limit, and how wrong it is.
fn verdict(model: &LimitModel, past: &Past, limit: Bytes) -> Option<(Severity, String)> {
    if let Some(at) = past.killed_at().filter(|at| limit <= *at) {
        let times = if past.kills == 1 { "once".to_owned() } else { format!("{} times", past.kills) };
        return Some((Severity::Error, format!("was killed {times} at a limit of {at}")));
    }
    let headroom = model.policy.thresholds.headroom_percent;
    match percent_of(limit, past.most) {
        share if share < 100.0 => Some((Severity::Error, format!("used {} at most", past.most))),
        share if share < 100.0 + headroom => Some((
            Severity::Warning,
            format!("used {} at most, which leaves {:.0} % of room", past.most, share - 100.0),
        )),
        _ => None,
    }
}
