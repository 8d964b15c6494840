//! A limit that is not where one looks for it.

use std::collections::BTreeMap;

use oomkit_core::{finding::Severity, rule::Findings};

use super::words::{as_written, subject};
use crate::{
    model::{LimitModel, Place, Scope, ScopeId},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A cgroup of a live host has no limit of its own, and is bound by that of one above it.
    /// It is a warning where that limit is shared with others, unless it is that of a pod.
    ///
    /// ## Why it matters
    ///
    /// Its own file says `max`, and it is killed all the same.
    /// Where others share the limit, the one that leaks takes the memory of all of them, and the kernel
    /// chooses among all.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/batch.slice/memory.max
    /// 1073741824
    /// //- /sys/fs/cgroup/batch.slice/report.service/memory.max
    /// max
    /// //- /sys/fs/cgroup/batch.slice/report.service/cgroup.procs
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
    /// //- /sys/fs/cgroup/batch.slice/memory.max
    /// 1073741824
    /// //- /sys/fs/cgroup/batch.slice/report.service/memory.max
    /// 536870912
    /// //- /sys/fs/cgroup/batch.slice/report.service/cgroup.procs
    /// 812
    /// ```
    LIMIT_ELSEWHERE {
        code: "OKA059",
        name: "limit-elsewhere",
        summary: "the limit in force belongs to something above",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let shares = shares(model);
    for (_, scope, _) in model.live().filter(|(_, scope, live)| live.is_counted && is_open(scope)) {
        let Some(ceiling) = model.ceiling(scope) else { continue };
        let (Some(size), Some(owner)) = (ceiling.size, ceiling.owner.place.scope) else { continue };
        let others = shares.get(&owner).map_or(0, |count| count.saturating_sub(1));
        let mut message = format!(
            "{} has no limit of its own, and is bound by {} at {size} ({})",
            subject(model, scope),
            subject(model, ceiling.owner),
            as_written(ceiling.setting)
        );
        if 0 < others {
            let word = if others == 1 { "other" } else { "others" };
            message += &format!(", a limit that it shares with {others} {word}");
        }
        let finding = findings.at(scope.place, message);
        finding.and([ceiling.setting.place]);
        // The limit of a pod is shared by its containers as it is meant to be.
        let is_of_pod = is_pod(ceiling.owner);
        if 0 < others && !is_of_pod {
            finding.severity(Severity::Warning).remedy(super::advice::limit(model, scope));
        } else {
            finding.remedy("look there when it is killed; a limit of its own would say so in its own events");
        }
    }
}

/// Counts what is counted in each scope.
fn shares(model: &LimitModel) -> BTreeMap<ScopeId, usize> {
    let mut shares = BTreeMap::new();
    for (_, scope, _) in model.live().filter(|(_, _, live)| live.is_counted) {
        for (above, _) in model.ancestors(scope) {
            *shares.entry(above).or_default() += 1;
        }
    }
    shares
}

fn is_pod(scope: &Scope) -> bool {
    let workload = scope.live.as_ref().and_then(|live| live.workload.as_ref());
    workload.is_some_and(|workload| workload.pod_uid.is_some() && workload.container_id.is_none())
}

fn is_open(scope: &Scope) -> bool {
    scope.memory.limit.as_ref().is_some_and(|limit| limit.value == Amount::Unlimited)
}
