//! A workload that its own limit kills again and again, and that is started anew each time.

use oomkit_core::{finding::Confidence, rule::Findings};

use super::{
    past,
    words::{as_written, subject},
};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A history saw processes of a workload killed three times or more at a limit that is no smaller than the one
    /// in force, and the workload is started anew after each kill: by `Restart=always`, `on-failure` or
    /// `on-abnormal` of systemd, by `restart` of Compose, or because a controller of Kubernetes or a service job of
    /// Nomad does so by itself.
    /// A limit that was raised since is not blamed, and neither is one that was never reached.
    ///
    /// ## Why it matters
    ///
    /// What starts anew looks well to most checks, and is down or cold for a good part of the time.
    /// Nobody sees it, since nothing stays dead; what waits for it sees errors that come and go.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=512M
    /// Restart=always
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 2880, "seconds": 172800,
    ///    "used": {"most_bytes": 530579456}, "limit_bytes": 536870912, "kills": 5, "advice": {"kind": "set"}}
    /// ]}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// The limit was raised since:
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// Restart=always
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 2880, "seconds": 172800,
    ///    "used": {"most_bytes": 530579456}, "limit_bytes": 536870912, "kills": 5, "advice": {"kind": "set"}}
    /// ]}
    /// ```
    ///
    /// It is not started anew:
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=512M
    /// Restart=no
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 2880, "seconds": 172800,
    ///    "used": {"most_bytes": 530579456}, "limit_bytes": 536870912, "kills": 5, "advice": {"kind": "set"}}
    /// ]}
    /// ```
    CRASH_LOOP {
        code: "OKA044",
        name: "crash-loop-by-limit",
        summary: "a limit kills a workload again and again, and it is started anew each time",
        severity: Warning,
        confidence: High,
    }
}

/// Fewer kills are no loop.
const LEAST: u64 = 3;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(past) = scope.past.as_deref().filter(|past| LEAST <= past.kills) else { continue };
        let Some(ceiling) = model.ceiling(scope) else { continue };
        // A limit that was raised since is another matter.
        let (Some(at), Some(limit)) = (past.killed_at(), ceiling.size) else { continue };
        let Some(why) = starts_anew(model, scope).filter(|_| limit <= at) else { continue };
        let message = format!(
            "{} was killed {} times at a limit of {at}, and is started anew each time{why} ({})",
            subject(model, scope),
            past.kills,
            past::watched(past)
        );
        let finding = findings.at(ceiling.setting.place, message);
        finding.and([past.place]).and(scope.oom.restart.as_ref().map(|restart| restart.place));
        finding.remedy(format!(
            "raise {} to what it needs, or find what grows in it",
            as_written(ceiling.setting)
        ));
        if past.is_shared {
            finding.confidence(Confidence::Low);
        }
    }
}

/// Says by what a workload is started anew after a kill; `None` where it is not, or nobody said.
fn starts_anew(model: &LimitModel, scope: &Scope) -> Option<String> {
    if let Some(restart) = &scope.oom.restart {
        return restart.value.then(|| format!(" by {}", as_written(restart)));
    }
    let by_itself = matches!(scope.dialect, Dialect::Kubernetes | Dialect::Nomad)
        && scope.stays()
        && model.workload_of(scope).is_some_and(|workload| !workload.ends);
    by_itself.then(String::new)
}
