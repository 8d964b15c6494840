//! Settings that cgroup v2 has no place for.

use oomkit_core::rule::Findings;

use super::words::{as_written, shown, subject};
use crate::{
    model::{LimitModel, Place},
    policy::Hierarchy,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// `mem_swappiness` or `kernel_memory` is set, or the limit of a unit has the name that it had for
    /// cgroup v1, `MemoryLimit=`.
    /// Where the policy says that the machines have cgroup v1, the rule is silent.
    ///
    /// ## Why it matters
    ///
    /// With cgroup v2 they do nothing, and with current kernels the limit of kernel memory does nothing
    /// with v1 either.
    /// systemd takes `MemoryLimit=` for `MemoryMax=` up to version 257, with a warning; from 258 on it passes
    /// it over, and the unit has no limit.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     mem_swappiness: 0
    /// ```
    ///
    /// ```ini web.service
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryLimit=1G
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml cgroup=v1
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     mem_swappiness: 0
    /// ```
    LEGACY_SETTING {
        code: "OKA023",
        name: "legacy-setting",
        summary: "a setting for cgroup v1, which does nothing or soon nothing with v2",
        severity: Warning,
        confidence: Medium,
    }
}

/// The name of a unit's limit for cgroup v1.
const MEMORY_LIMIT: &str = "MemoryLimit=";

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    if model.policy.node.cgroup == Some(Hierarchy::V1) {
        return;
    }
    for (_, scope) in model.all() {
        for setting in &scope.memory.legacy {
            let message =
                format!("{} sets {}, which does nothing with cgroup v2", subject(model, scope), setting.key);
            findings
                .at(setting.place, message)
                .remedy("remove it; memswap_limit at the size of the limit forbids swap on both");
        }
        if let Some(limit) = scope.memory.limit.as_ref().filter(|limit| limit.key == MEMORY_LIMIT) {
            let message = format!(
                "{} has {}, the name for cgroup v1: systemd takes it for MemoryMax= up to version 257, and passes it over from 258 on",
                subject(model, scope),
                as_written(limit)
            );
            findings.at(limit.place, message).remedy(format!("write MemoryMax={}", shown(&limit.spelled)));
        }
    }
}
