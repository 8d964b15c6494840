//! Use that cannot be taken back, near the limit.

use oomkit_core::{finding::Severity, rule::Findings, units::Bytes};

use super::words::{as_written, percent, percent_of, subject};
use crate::model::{LimitModel, Place, Scope, ScopeId};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live host, nine tenths of a limit are taken by what the kernel cannot take back without swap:
    /// anonymous memory, shared memory, and the kernel's own.
    /// From 97 percent on it is an error.
    /// Each limit is held against the use at its own level, whoever below it has the memory.
    ///
    /// ## Why it matters
    ///
    /// The next allocation that does not fit kills.
    /// Page cache does not count here, since it goes before anybody is killed; a use that looks full may be
    /// nothing but cache.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.max
    /// 1000000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.current
    /// 960000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.stat
    /// anon 940000000
    /// file 20000000
    /// //- /sys/fs/cgroup/system.slice/web.service/cgroup.procs
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
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.max
    /// 1000000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.current
    /// 999000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.stat
    /// anon 100000000
    /// file 899000000
    /// //- /sys/fs/cgroup/system.slice/web.service/cgroup.procs
    /// 812
    /// ```
    NEAR_LIMIT {
        code: "OKA070",
        name: "near-limit",
        summary: "what cannot be taken back is near the limit",
        severity: Warning,
        confidence: High,
    }
}

/// From here on it is near, and from here on it is as good as there, in percent.
const NEAR: (f64, f64) = (90.0, 97.0);

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (id, scope, live) in model.live() {
        let Some(limit) = &scope.memory.limit else { continue };
        let (Some(most), Some(used)) = (model.size_of(limit), live.unreclaimable()) else { continue };
        let share = percent_of(used, most);
        if most == Bytes::ZERO || share < NEAR.0 {
            continue;
        }
        let mut message = format!(
            "{} uses {used} that cannot be taken back, {} of {}",
            subject(model, scope),
            percent(share),
            as_written(limit)
        );
        if let Some((inner, size)) = largest(model, id, scope) {
            message += &format!("; the largest in it is {} with {size}", subject(model, inner));
        }
        let finding = findings.at(live.files.usage, message);
        finding.and([limit.place]).remedy(format!(
            "find what grows (oomkit snap trend), or raise the limit to {} at least",
            Bytes::new(used.get().saturating_mul(5) / 4)
        ));
        if NEAR.1 <= share {
            finding.severity(Severity::Error);
        }
    }
}

/// Returns the largest of those that are counted in a scope, where it is not one itself.
fn largest<'a>(model: &'a LimitModel, id: ScopeId, scope: &Scope) -> Option<(&'a Scope, Bytes)> {
    if scope.holds_processes() {
        return None;
    }
    let inner = model.live().filter(|(inner, _, live)| live.is_counted && model.lies_in(*inner, id));
    inner.filter_map(|(_, scope, live)| Some((scope, live.unreclaimable()?))).max_by_key(|(_, size)| *size)
}
