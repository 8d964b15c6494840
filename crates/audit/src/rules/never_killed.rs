//! Something without a limit that is never killed.

use oomkit_core::{finding::Severity, rule::Findings};

use super::{
    kill_order,
    words::{as_written, subject},
};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope, Setting},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The score of something without a memory limit is lowered by 900 or more, or it is never killed at
    /// all.
    /// For pods it is a warning: of the class `system-node-critical` those without a limit are meant.
    ///
    /// Or it has a limit of its own, and an adjustment of -1000, which takes it out of every choice.
    ///
    /// ## Why it matters
    ///
    /// If it leaks, everything else is killed before it, and then the machine stands still.
    /// Where it reaches a limit of its own, the kernel finds nobody to kill there: its processes hang in
    /// page faults, or their allocations fail.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     oom_score_adj: -1000
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   priorityClassName: system-node-critical
    ///   containers:
    ///     - {name: agent, image: "registry.example/agent:1"}
    /// ```
    ///
    /// ```ini web.service
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// OOMScoreAdjust=-1000
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     oom_score_adj: -900
    /// ```
    NEVER_KILLED {
        code: "OKA042",
        name: "never-killed",
        summary: "something is spared whatever it takes, or in spite of its own limit",
        severity: Error,
        confidence: High,
    }
}

/// From here on a score is so low that everything else goes first.
const SPARED: i64 = -900;

/// With this nothing is ever chosen.
const NEVER: i64 = -1000;

/// Units by which one reaches and understands a machine in trouble; they are small, and spared by their makers.
const SMALL: &[&str] = &[
    "ssh.service",
    "sshd.service",
    "systemd-journald.service",
    "systemd-udevd.service",
    "systemd-logind.service",
    "systemd-oomd.service",
    "dbus.service",
    "auditd.service",
    "kubelet.service",
    "containerd.service",
    "docker.service",
    "crio.service",
];

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves().filter(|(_, scope)| scope.stays() && !scope.is_partial) {
        if SMALL.contains(&scope.name.as_str()) {
            continue;
        }
        let adjustment = kill_order::adjustment(model, scope);
        if SPARED < adjustment.high {
            continue;
        }
        if let Some(ceiling) = model.ceiling(scope) {
            if adjustment.high == NEVER && ceiling.owner.place == scope.place {
                without_victim(model, scope, ceiling.setting, findings);
            }
            continue;
        }
        let subject = subject(model, scope);
        let remedy = "give it a limit, so that a leak ends with itself";
        match (&scope.oom.adj, scope.dialect) {
            (Some(adj), _) => {
                let message = format!(
                    "{subject} has {} and no memory limit: everything else is killed before it",
                    as_written(adj)
                );
                findings.at(adj.place, message).and([scope.place]).remedy(remedy);
            }
            (None, Dialect::Kubernetes) => {
                let message = format!(
                    "{subject} has no memory limit, and its priority class lowers its score by {}: everything else is killed before it",
                    adjustment.high.abs()
                );
                findings.at(scope.place, message).severity(Severity::Warning).remedy(remedy);
            }
            (None, Dialect::Live) => {
                let message = format!(
                    "{subject} has no memory limit, and the scores of its processes are lowered by {}: everything else is killed before it",
                    adjustment.high.abs()
                );
                findings.at(scope.place, message).remedy(remedy);
            }
            (None, _) => {}
        }
    }
}

/// Tells of a limit at which the kernel finds nobody to kill.
fn without_victim(
    model: &LimitModel,
    scope: &Scope,
    limit: &Setting<Amount>,
    findings: &mut Findings<'_, Place>,
) {
    let adj = scope.oom.adj.as_ref();
    let spared = adj.map_or_else(|| "an adjustment of -1000".into(), as_written);
    let message = format!(
        "{} has {spared} and {}: where that is reached, the kernel finds nobody to kill, and its processes hang or their allocations fail",
        subject(model, scope),
        as_written(limit)
    );
    let place = adj.map_or(scope.place, |adj| adj.place);
    findings
        .at(place, message)
        .and([limit.place])
        .severity(Severity::Warning)
        .remedy("raise the adjustment to -999: it is still the last to go on the machine, and can be killed at its own limit");
}
