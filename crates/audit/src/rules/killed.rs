//! Processes that were killed, and by whose limit.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::model::{LimitModel, Live, Place, Scope, ScopeId};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The kernel counts kills in a cgroup of a live host.
    /// The finding names whose limit was hit: its own, one above it, or that of the whole machine where no
    /// limit at or above it was hit.
    ///
    /// ## Why it matters
    ///
    /// A victim counts where it lived, and the limit that killed it may belong to something else.
    /// Whoever raises the wrong one changes nothing.
    /// The count starts anew when a container or unit does, so it may have been killed more often.
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
    /// //- /sys/fs/cgroup/batch.slice/memory.events.local
    /// oom 1
    /// oom_kill 0
    /// //- /sys/fs/cgroup/batch.slice/report.service/memory.max
    /// max
    /// //- /sys/fs/cgroup/batch.slice/report.service/memory.events.local
    /// oom 0
    /// oom_kill 1
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
    /// //- /sys/fs/cgroup/batch.slice/report.service/memory.max
    /// 1073741824
    /// //- /sys/fs/cgroup/batch.slice/report.service/memory.events.local
    /// max 95
    /// oom 0
    /// oom_kill 0
    /// //- /sys/fs/cgroup/batch.slice/report.service/cgroup.procs
    /// 812
    /// ```
    KILLED {
        code: "OKA072",
        name: "killed",
        summary: "processes were killed for want of memory",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (id, scope, live) in model.live() {
        let Some(kills) = live.kills().filter(|kills| 0 < *kills) else { continue };
        let times = if kills == 1 { "1 process".to_owned() } else { format!("{kills} processes") };
        let (whose, place, remedy) = blame(model, id, scope, live);
        let message = format!("{times} of {} were killed {whose}", subject(model, scope));
        let message = if kills == 1 { message.replace(" were killed ", " was killed ") } else { message };
        findings.at(live.files.events, message).and(place).remedy(remedy);
    }
}

/// Says whose limit it was, where that stands, and what to do.
fn blame(model: &LimitModel, id: ScopeId, scope: &Scope, live: &Live) -> (String, Option<Place>, String) {
    let owner = live.killer.and_then(|killer| Some((killer, model.scope(killer)?)));
    let limit = owner.and_then(|(_, owner)| owner.memory.limit.as_ref());
    let written = limit.map_or_else(|| "a limit that has changed since".to_owned(), as_written);
    let place = limit.map(|limit| limit.place);
    match owner {
        Some((killer, _)) if killer == id => (
            format!("by its own limit, {written}"),
            place,
            "see in the kernel's log what grew (oomkit decode), and raise this limit or mend that".into(),
        ),
        // The host itself has no limit: what is counted there is counted for the machine.
        Some((killer, owner)) if model.machine.as_ref().is_none_or(|machine| machine.scope != killer) => (
            format!("by the limit of {} above it, {written}", subject(model, owner)),
            place,
            format!("look at that limit; raising one of {} changes nothing", subject(model, scope)),
        ),
        _ => (
            "and no limit at or above it was hit: the machine itself was out of memory, or somebody else killed".into(),
            None,
            "see in the kernel's log who took the memory (oomkit decode), and limit that".into(),
        ),
    }
}
