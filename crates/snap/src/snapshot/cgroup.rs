//! Cgroup: one control group as it was.

use oomkit_core::{limit::Limit, units::Bytes};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Figures, Pressure};
use crate::name::Name;

/// Which of the kernel's two hierarchies a control group belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hierarchy {
    /// The memory controller's own, of old.
    V1,
    /// The unified one.
    #[default]
    V2,
}

/// One control group as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cgroup {
    /// The path below the mount of its hierarchy, such as `/system.slice/ssh.service`.
    pub path: Name,
    /// Its hierarchy.
    pub hierarchy: Hierarchy,
    /// What it uses.
    pub usage_bytes: Option<Bytes>,
    /// What it may use.
    pub limit_bytes: Option<Limit>,
    /// Where it is slowed down.
    pub high_bytes: Option<Limit>,
    /// What is spared as long as others have something to give.
    pub low_bytes: Option<Limit>,
    /// What is never taken from it.
    pub min_bytes: Option<Limit>,
    /// The most that it ever used.
    pub peak_bytes: Option<Bytes>,
    /// What it has in swap.
    pub swap_bytes: Option<Bytes>,
    /// What it may have in swap; in the old hierarchy, memory and swap together.
    pub swap_limit_bytes: Option<Limit>,
    /// The most that it ever had in swap.
    pub swap_peak_bytes: Option<Bytes>,
    /// How often its limit was hit, in the old hierarchy.
    pub failures: Option<u64>,
    /// Whether the kernel kills all of it or one process.
    pub kills_group: Option<bool>,
    /// The figures of its usage, by the kernel's names and in the kernel's units.
    pub stat: Option<Figures>,
    /// What happened to it, counted since it was made; children included.
    pub events: Option<Figures>,
    /// How much its tasks waited for memory.
    pub pressure: Option<Pressure>,
}

impl Cgroup {
    /// Returns where it stands; one path may stand in both hierarchies.
    #[must_use]
    pub const fn place(&self) -> (&Name, Hierarchy) {
        (&self.path, self.hierarchy)
    }
}
