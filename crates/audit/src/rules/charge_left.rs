//! Memory that is held by nobody who runs.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::subject;
use crate::model::{LimitModel, Live, Place, Scope};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A cgroup of a live host has no processes, and holds 64 MiB or more that is not page cache of files.
    ///
    /// ## Why it matters
    ///
    /// It is what a tmpfs, shared memory or the kernel keeps after the processes are gone.
    /// It shows in no list of processes, counts against the limits above, and goes when the files or segments
    /// are removed.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/old.service/memory.max
    /// max
    /// //- /sys/fs/cgroup/system.slice/old.service/memory.current
    /// 536870912
    /// //- /sys/fs/cgroup/system.slice/old.service/memory.stat
    /// anon 0
    /// file 536870912
    /// shmem 536870912
    /// //- /sys/fs/cgroup/system.slice/old.service/cgroup.procs
    ///
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/old.service/memory.max
    /// max
    /// //- /sys/fs/cgroup/system.slice/old.service/memory.current
    /// 536870912
    /// //- /sys/fs/cgroup/system.slice/old.service/memory.stat
    /// anon 0
    /// file 536870912
    /// shmem 0
    /// //- /sys/fs/cgroup/system.slice/old.service/cgroup.procs
    ///
    /// ```
    CHARGE_LEFT {
        code: "OKA078",
        name: "charge-left",
        summary: "memory is held where nothing runs",
        severity: Note,
        confidence: High,
    }
}

/// Less is not worth a word.
const LEAST: Bytes = Bytes::new(64 << 20);

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope, live) in model.live().filter(|(_, scope, live)| is_left(model, scope, live)) {
        let Some(held) = live.unreclaimable().filter(|held| LEAST <= *held) else { continue };
        let shared = live.kinds.shmem.filter(|shared| *shared != Bytes::ZERO);
        let of = shared.map_or_else(String::new, |shared| format!(", {shared} of it shared memory or tmpfs"));
        let message = format!("{} runs nothing and holds {held}{of}", subject(model, scope));
        findings
            .at(live.files.usage, message)
            .remedy("remove the files from the tmpfs or the segments (ipcs -m, ipcrm) that were left behind");
    }
}

/// Tells whether nothing runs in a cgroup, and nothing lies in it that would be told of by itself.
fn is_left(model: &LimitModel, scope: &Scope, live: &Live) -> bool {
    live.processes == Some(0) && model.children(scope).next().is_none()
}
