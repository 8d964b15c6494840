//! Settings that cgroup v2 has no place for.

use oomkit_core::rule::Findings;

use super::words::subject;
use crate::{
    model::{LimitModel, Place},
    policy::Hierarchy,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// `mem_swappiness` or `kernel_memory` is set.
    /// Where the policy says that the machines have cgroup v1, the rule is silent.
    ///
    /// ## Why it matters
    ///
    /// With cgroup v2 they do nothing, and with current kernels the limit of kernel memory does nothing
    /// with v1 either.
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
        summary: "a setting that does nothing with cgroup v2",
        severity: Warning,
        confidence: Medium,
    }
}

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
    }
}
