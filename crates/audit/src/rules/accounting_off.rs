//! Memory that nobody accounts.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::subject;
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The kernel of a live host was told at boot to leave memory out of cgroups, or memory is not accounted
    /// for a part of the tree in which something runs.
    ///
    /// ## Why it matters
    ///
    /// Limits that are set there are accepted by whoever manages it and hold for nothing.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/init.scope/memory.max
    /// max
    /// //- /sys/fs/cgroup/init.scope/cgroup.procs
    /// 1
    /// //- /sys/fs/cgroup/work.slice/job.service/cgroup.procs
    /// 812
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/work.slice/memory.max
    /// max
    /// //- /sys/fs/cgroup/work.slice/job.service/memory.max
    /// max
    /// //- /sys/fs/cgroup/work.slice/job.service/cgroup.procs
    /// 812
    /// ```
    ACCOUNTING_OFF {
        code: "OKA061",
        name: "accounting-off",
        summary: "memory is not accounted, so that nothing there can have a limit",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(machine) = &model.machine else { return };
    if machine.disables_accounting
        && let Some(host) = model.scope(machine.scope)
    {
        findings
            .at(host.place, "the kernel was started with cgroup_disable=memory: nothing can have a limit")
            .remedy("start it without");
        return;
    }
    let bare: Vec<_> = model
        .live()
        .filter(|(_, scope, live)| {
            // Whatever has a figure is accounted, if only by what is above it.
            live.is_counted
                && !live.is_controlled
                && live.used().unwrap_or(Bytes::ZERO) == Bytes::ZERO
                && model.ceiling(scope).is_none()
        })
        .map(|(_, scope, _)| scope)
        .collect();
    let Some((first, others)) = bare.split_first() else { return };
    let mut message = format!("the memory of {} is not accounted", subject(model, first));
    if !others.is_empty() {
        message += &format!(", nor that of {} more", others.len());
    }
    findings.at(first.place, message).and(others.iter().take(8).map(|scope| scope.place)).remedy(
        "write +memory into cgroup.subtree_control above it, or set MemoryAccounting=yes for the unit",
    );
}
