//! A limit on a manager of containers, which binds none of them.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A memory limit stands on the unit of a container manager, such as `docker.service` or `kubelet.service`.
    /// The containers run in cgroups outside of that unit, so the limit binds the manager alone.
    ///
    /// ## Why it matters
    ///
    /// The containers are as free as before, and the manager itself may be killed at the limit.
    ///
    /// ## Fires
    ///
    /// ```ini docker.service
    /// [Service]
    /// ExecStart=/usr/bin/dockerd
    /// Delegate=yes
    /// MemoryMax=8G
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini docker.service
    /// [Service]
    /// ExecStart=/usr/bin/dockerd
    /// Delegate=yes
    /// ```
    ///
    /// ```ini web.service
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=8G
    /// ```
    MANAGER_LIMITED {
        code: "OKA008",
        name: "manager-limited",
        summary: "a limit on a container manager, which does not bind its containers",
        severity: Warning,
        confidence: High,
    }
}

/// The units whose containers lie elsewhere.
const MANAGERS: &[&str] = &[
    "docker.service",
    "containerd.service",
    "crio.service",
    "kubelet.service",
    "nomad.service",
    "k3s.service",
    "k3s-agent.service",
    "rke2-server.service",
    "rke2-agent.service",
];

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        if !is_manager(&scope.name) {
            continue;
        }
        let soft = scope.memory.high.as_ref();
        let Some(limit) = scope.memory.limit.as_ref().or(soft).filter(|limit| limit.value.applies()) else {
            continue;
        };
        let message = format!(
            "{} has {}, which binds the manager and none of its containers",
            subject(model, scope),
            as_written(limit)
        );
        findings
            .at(limit.place, message)
            .remedy("limit the containers, or the slice that they are put into, as with the cgroup parent of the manager");
    }
}

/// Tells whether a unit manages containers that lie outside of it.
pub(super) fn is_manager(unit: &str) -> bool {
    MANAGERS.contains(&unit)
}
