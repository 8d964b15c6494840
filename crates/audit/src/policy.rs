//! Policy: the thresholds and facts that a project sets.

use oomkit_core::units::Bytes;

/// What a project sets.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The memory of the machines that all of it runs on; of the largest, where they differ.
    pub node_memory: Option<Bytes>,
}
