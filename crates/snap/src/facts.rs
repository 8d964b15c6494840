//! Facts: what others ask of a snapshot, without the kernel's names for it.

use oomkit_core::units::Bytes;

use crate::{
    kernel::{self, event, meminfo, stat},
    snapshot::{Cgroup, Hierarchy, Machine},
};

/// Returns all memory of a machine.
#[must_use]
pub fn memory(machine: &Machine) -> Option<Bytes> {
    kernel::size(machine, meminfo::TOTAL)
}

/// Returns what a control group needs: its usage without the file pages that nobody has used lately.
///
/// It is the working set of the kubelet (`pkg/kubelet/stats`, cAdvisor's `setMemoryStats`): page cache
/// grows into whatever limit there is, so usage alone says what was allowed and not what was needed.
#[must_use]
pub fn working_set(cgroup: &Cgroup) -> Option<Bytes> {
    let key = match cgroup.hierarchy {
        Hierarchy::V1 => stat::OLD_INACTIVE_FILE,
        Hierarchy::V2 => stat::INACTIVE_FILE,
    };
    let unused = kernel::figure(cgroup.stat.as_ref(), key)?;
    Some(Bytes::new(cgroup.usage_bytes?.get().saturating_sub(unused)))
}

/// Returns how many processes were killed since a control group was made.
#[must_use]
pub fn kills(cgroup: &Cgroup) -> Option<u64> {
    kernel::figure(cgroup.events.as_ref(), event::OOM_KILL)
}
