//! A setting that systemd passes over.

use oomkit_core::rule::Findings;

use super::{
    oom_policy,
    words::{as_written, shown, subject},
};
use crate::{
    model::{LimitModel, Place, Scope, Setting},
    quantity::Reason,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A setting about memory that systemd logs as wrong and passes over: a size that it cannot read, a share above 100 %, zero, a comment behind the value, a key in the wrong section, a misspelt key, the name that cgroup v1 had for it.
    /// What was in force before it stays in force, which is no limit as a rule.
    /// Values of `OOMPolicy=` and `OOMScoreAdjust=` are the business of OKA045.
    ///
    /// ## Why it matters
    ///
    /// The unit starts, and `systemd-analyze verify` ends well.
    /// One line in the journal says that there is no limit.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=512MB
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=512M # measured
    /// ```
    ///
    /// ```ini
    /// [Unit]
    /// MemoryMax=512M
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MaxMemory=512M
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1.5G
    /// MemorySwapMax=0
    /// ```
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=infinity
    /// ```
    SETTING_IGNORED {
        code: "OKA005",
        name: "setting-ignored",
        summary: "a setting that systemd logs as wrong and passes over",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        for setting in scope.passed_over.iter().filter(|setting| !oom_policy::is_of_killing(&setting.key)) {
            let message = format!(
                "{} has {}, which systemd passes over: {}",
                subject(model, scope),
                as_written(setting),
                setting.value
            );
            findings.at(setting.place, message).remedy(remedy(scope, setting));
        }
    }
}

/// Says what to do, and what is in force until then.
fn remedy(scope: &Scope, setting: &Setting<Reason>) -> String {
    let in_force = scope.memory.limit.as_ref().filter(|limit| limit.value.applies());
    match in_force {
        Some(limit) if setting.key == limit.key => {
            format!("write it in a way that systemd takes; until then {} is in force", as_written(limit))
        }
        _ => {
            let meant = scope.meant.as_ref().filter(|meant| meant.place == setting.place);
            let size = meant.map_or("512M", |meant| meant.spelled.as_str());
            format!("write it in a way that systemd takes, such as MemoryMax={} below [Service]", shown(size))
        }
    }
}
