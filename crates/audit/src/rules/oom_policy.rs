//! What a unit does when one of its processes is killed.

use oomkit_core::{
    finding::{Confidence, Severity},
    rule::Findings,
};

use super::words::{as_written, subject};
use crate::model::{LimitModel, OomPolicy, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A value of `OOMPolicy=` or `OOMScoreAdjust=` that systemd passes over, which is an error.
    /// A unit that goes on after one of its processes was killed, although only that process may have told that it works, and without a watchdog, which is a note.
    ///
    /// ## Why it matters
    ///
    /// With a value that is passed over the unit is stopped or scored as if nothing were written.
    /// What goes on without its worker looks alive to everybody and does nothing.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// OOMPolicy=restart
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// OOMScoreAdjust=-1500
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// Type=notify
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// OOMPolicy=continue
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// Type=notify
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// OOMPolicy=continue
    /// WatchdogSec=30
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// OOMPolicy=kill
    /// OOMScoreAdjust=200
    /// ```
    OOM_POLICY {
        code: "OKA045",
        name: "oom-policy",
        summary: "what is said about kills is passed over, or leaves a unit half alive",
        severity: Note,
        confidence: Medium,
    }
}

/// Tells whether a key is about kills, so that this rule tells of it.
pub(super) fn is_of_killing(key: &str) -> bool {
    matches!(key, "OOMPolicy=" | "OOMScoreAdjust=")
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        for setting in scope.passed_over.iter().filter(|setting| is_of_killing(&setting.key)) {
            let message = format!(
                "{} has {}, which systemd passes over: {}",
                subject(model, scope),
                as_written(setting),
                setting.value
            );
            let finding = findings.at(setting.place, message).severity(Severity::Error);
            finding.confidence(Confidence::High).remedy("write a value that systemd takes, below [Service]");
        }
        let Some(unit) = &scope.unit else { continue };
        let told = unit.kind.as_ref().is_some_and(|kind| matches!(&*kind.value, "notify" | "forking"));
        let Some(policy) = unit.oom_policy.as_ref().filter(|policy| policy.value == OomPolicy::Continue)
        else {
            continue;
        };
        if told && !unit.watchdog {
            let message = format!(
                "{} goes on after a kill ({}), and nothing notices when it is the one that works",
                subject(model, scope),
                as_written(policy)
            );
            findings
                .at(policy.place, message)
                .and(unit.kind.as_ref().map(|kind| kind.place))
                .remedy("set WatchdogSec=, or leave OOMPolicy= at stop");
        }
    }
}
