//! Something that waits for memory.

use oomkit_core::rule::Findings;

use super::words::subject;
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live host, all tasks of something waited for memory in more than a twentieth of the last minute
    /// (`full avg60` of its pressure).
    ///
    /// ## Why it matters
    ///
    /// It does nothing in that time but to reclaim or to wait for others who do.
    /// Mostly its limit, or the line above which it is slowed, is too near to what it needs.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.max
    /// 1073741824
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.pressure
    /// some avg10=40.00 avg60=35.00 avg300=10.00 total=123456789
    /// full avg10=30.00 avg60=25.00 avg300=8.00 total=98765432
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
    /// 1073741824
    /// //- /sys/fs/cgroup/system.slice/web.service/memory.pressure
    /// some avg10=1.00 avg60=0.80 avg300=0.10 total=123456789
    /// full avg10=0.50 avg60=0.40 avg300=0.10 total=98765432
    /// //- /sys/fs/cgroup/system.slice/web.service/cgroup.procs
    /// 812
    /// ```
    STALLED {
        code: "OKA073",
        name: "stalled",
        summary: "something waits for memory most of the time",
        severity: Warning,
        confidence: High,
    }
}

/// The share of a minute from which on waiting is worth a word, in percent.
const LONG: f32 = 5.0;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope, live) in model.live().filter(|(_, _, live)| live.is_counted) {
        let full = live.pressure.as_ref().known().and_then(|pressure| pressure.full);
        let Some(full) = full.filter(|full| LONG <= full.percent_of_60) else { continue };
        let mut message = format!(
            "{} waited for memory in {:.0} % of the last minute",
            subject(model, scope),
            full.percent_of_60
        );
        let slowed = live.events.own.high.as_ref().known().copied().filter(|times| 0 < *times);
        if let (Some(times), Some(high)) = (slowed, &scope.memory.high) {
            message += &format!("; it was slowed {times} times at {}", super::words::as_written(high));
        }
        let limits = [&scope.memory.high, &scope.memory.limit].into_iter().flatten().map(|one| one.place);
        findings
            .at(live.files.pressure, message)
            .and(limits)
            .remedy("raise what bounds it, or find what grows (oomkit snap trend)");
    }
}
