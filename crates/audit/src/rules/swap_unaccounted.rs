//! A limit that holds for memory alone, since swap is not accounted.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, subject};
use crate::model::{LimitModel, Place, Scope};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A live host has swap, limits of memory are set, and the kernel has no file for the use of swap: it was
    /// built or started without accounting it (`swapaccount=0`).
    ///
    /// ## Why it matters
    ///
    /// Whatever is said about swap is dropped in silence.
    /// What is over its limit of memory goes into swap, as much as there is, and slows the whole machine.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// SwapTotal: 2097152 kB
    /// //- /sys/fs/cgroup/memory/release_agent
    ///
    /// //- /sys/fs/cgroup/memory/memory.limit_in_bytes
    /// 9223372036854771712
    /// //- /sys/fs/cgroup/memory/batch/memory.limit_in_bytes
    /// 536870912
    /// //- /sys/fs/cgroup/memory/batch/cgroup.procs
    /// 812
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// SwapTotal: 2097152 kB
    /// //- /sys/fs/cgroup/memory/release_agent
    ///
    /// //- /sys/fs/cgroup/memory/memory.limit_in_bytes
    /// 9223372036854771712
    /// //- /sys/fs/cgroup/memory/batch/memory.limit_in_bytes
    /// 536870912
    /// //- /sys/fs/cgroup/memory/batch/memory.memsw.limit_in_bytes
    /// 536870912
    /// //- /sys/fs/cgroup/memory/batch/cgroup.procs
    /// 812
    /// ```
    SWAP_UNACCOUNTED {
        code: "OKA022",
        name: "swap-unaccounted",
        summary: "swap is not accounted, so that limits hold for memory alone",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let swap = model.machine.as_ref().and_then(|machine| machine.swap);
    let Some(swap) = swap.filter(|swap| *swap != Bytes::ZERO) else { return };
    let is_limited = |scope: &&Scope| scope.memory.limit.as_ref().is_some_and(|limit| limit.value.applies());
    let limited: Vec<&Scope> = model.live().map(|(_, scope, _)| scope).filter(is_limited).collect();
    // One that has the file is enough to know that the kernel accounts it.
    if limited.iter().any(|scope| scope.memory.swap.is_some()) {
        return;
    }
    let Some((first, others)) = limited.split_first() else { return };
    let Some(limit) = &first.memory.limit else { return };
    let message = format!(
        "{} has {}, and may take all {swap} of swap beside it: the kernel does not account swap",
        subject(model, first),
        as_written(limit)
    );
    findings
        .at(limit.place, message)
        .and(others.iter().take(8).map(|scope| scope.place))
        .remedy("start the kernel with swapaccount=1, or turn swap off with swapoff -a");
}
