//! Processes that hang instead of being killed.

use oomkit_core::{finding::Severity, rule::Findings};

use super::words::subject;
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// `oom_kill_disable` is true.
    /// It is an error with a limit, and a warning without one, where it does nothing.
    ///
    /// ## Why it matters
    ///
    /// At its limit the container does not die, it stands still: its processes sleep where nothing can
    /// wake them, and nobody restarts what does not end.
    /// With cgroup v2 the setting is dropped, so that the same file behaves differently on two hosts.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     oom_kill_disable: true
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     oom_kill_disable: false
    /// ```
    OOM_KILL_DISABLED {
        code: "OKA041",
        name: "oom-kill-disabled",
        summary: "processes hang at the limit instead of being killed",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        let Some(disabled) = scope.oom.kill_disable.as_ref().filter(|disabled| disabled.value) else {
            continue;
        };
        let subject = subject(model, scope);
        let remedy = format!("remove {}; raise the limit if the kills are the trouble", disabled.key);
        match model.ceiling(scope) {
            Some(ceiling) => {
                let message = format!("{subject} hangs at its memory limit instead of being killed");
                findings.at(disabled.place, message).and([ceiling.setting.place]).remedy(remedy);
            }
            None => {
                let message =
                    format!("{subject} is not to be killed, which does nothing without a memory limit");
                findings.at(disabled.place, message).severity(Severity::Warning).remedy(remedy);
            }
        }
    }
}
