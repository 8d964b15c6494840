//! The first version of cgroups accounts memory.

use oomkit_core::rule::Findings;
use oomkit_host::kernel::cgroup_limits::Version;

use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live host memory is accounted by version 1 of cgroups, by itself or beside version 2.
    ///
    /// ## Why it matters
    ///
    /// Version 1 knows no protection and no line for slowing down, and its pressure is not told.
    /// systemd 258 has removed it, and the kubelet refuses such a host from 1.35 on unless told otherwise.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/memory/release_agent
    ///
    /// //- /sys/fs/cgroup/memory/memory.limit_in_bytes
    /// 9223372036854771712
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/init.scope/memory.max
    /// max
    /// ```
    LEGACY_HIERARCHY {
        code: "OKA060",
        name: "legacy-hierarchy",
        summary: "memory is accounted by version 1 of cgroups",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(machine) = model.machine.as_ref().filter(|machine| machine.version == Some(Version::V1)) else {
        return;
    };
    let Some(host) = model.scope(machine.scope) else { return };
    let beside = if machine.is_hybrid { ", with version 2 beside it" } else { "" };
    findings
        .at(host.place, format!("memory is accounted by version 1 of cgroups{beside}"))
        .remedy("start with systemd.unified_cgroup_hierarchy=1 when what runs here can do without version 1");
}
