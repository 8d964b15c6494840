//! Facts: what others ask of a snapshot, without the kernel's names for it.

use oomkit_core::units::Bytes;

use crate::{
    kernel::{self, meminfo},
    snapshot::Machine,
};

/// Returns all memory of a machine.
#[must_use]
pub fn memory(machine: &Machine) -> Option<Bytes> {
    kernel::size(machine, meminfo::TOTAL)
}
