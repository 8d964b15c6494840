//! A limit that was reached by what cannot be taken back.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, percent, percent_of, subject};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live host, something has used all of its limit at some time, and at least four fifths of what it
    /// uses now is anonymous memory.
    /// A peak that is page cache stays silent: a cache fills whatever it may.
    ///
    /// ## Why it matters
    ///
    /// It has been at the edge already, whether somebody was killed then or not.
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
    /// 500000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.peak
    /// 1000000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.stat
    /// anon 480000000
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
    /// 500000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.peak
    /// 1000000000
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.stat
    /// anon 80000000
    /// file 420000000
    /// //- /sys/fs/cgroup/system.slice/web.service/cgroup.procs
    /// 812
    /// ```
    PEAK_AT_LIMIT {
        code: "OKA071",
        name: "peak-at-limit",
        summary: "the limit was reached, and not by page cache",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    const ANONYMOUS: f64 = 80.0;
    const REACHED: f64 = 99.0;
    for (_, scope, live) in model.live() {
        let Some(limit) = &scope.memory.limit else { continue };
        let (Some(most), Some(peak)) = (model.size_of(limit), live.peak()) else { continue };
        let (Some(used), Some(anon)) = (live.used(), live.kinds.anon) else { continue };
        let empty = most == Bytes::ZERO || used == Bytes::ZERO;
        if empty || percent_of(peak, most) < REACHED || percent_of(anon, used) < ANONYMOUS {
            continue;
        }
        let message = format!(
            "{} has used {peak}, all of {}; {} of what it uses now is anonymous memory",
            subject(model, scope),
            as_written(limit),
            percent(percent_of(anon, used))
        );
        findings
            .at(live.files.peak, message)
            .and([limit.place])
            .remedy("raise the limit by a quarter, or find what grows (oomkit snap trend)");
    }
}
