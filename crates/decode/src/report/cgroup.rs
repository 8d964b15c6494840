//! The cgroup at its limit in the model.

use std::collections::BTreeMap;

use oomkit_core::{limit::Limit, units::Bytes};
use schemars::JsonSchema;
use serde::Serialize;

/// A memory cgroup at its limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Memcg {
    /// The path of the cgroup whose limit was hit.
    pub path: Option<String>,
    /// The limit of memory.
    pub limit_bytes: Option<Limit>,
    /// The use of memory.
    pub usage_bytes: Option<Bytes>,
    /// How often the limit was hit.
    pub failcnt: Option<u64>,
    /// The limit of swap (cgroup v2).
    pub swap_limit_bytes: Option<Limit>,
    /// The use of swap (cgroup v2).
    pub swap_usage_bytes: Option<Bytes>,
    /// The limit of memory and swap together (cgroup v1).
    pub memsw_limit_bytes: Option<Limit>,
    /// The use of memory and swap together (cgroup v1).
    pub memsw_usage_bytes: Option<Bytes>,
    /// The limit of kernel memory (cgroup v1).
    pub kmem_limit_bytes: Option<Limit>,
    /// The use of kernel memory (cgroup v1).
    pub kmem_usage_bytes: Option<Bytes>,
    /// Memory that the cgroup is guaranteed (since Linux 6.19).
    pub min_bytes: Option<Bytes>,
    /// Memory that the cgroup is protected up to (since Linux 6.19).
    pub low_bytes: Option<Bytes>,
    /// The statistics of the limited cgroup, by the kernel's names; sizes in bytes, events as counts.
    pub stat: BTreeMap<String, u64>,
    /// Whether the statistics may have been cut by the length of a kernel record.
    pub stat_may_be_cut: bool,
    /// The statistics of the cgroups below it, where the kernel prints them (Linux 3.9 to 5.2).
    pub children: Vec<MemcgStat>,
}

/// The statistics of one cgroup below the limited one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct MemcgStat {
    /// The path of the cgroup.
    pub path: String,
    /// Its statistics, by the kernel's names; sizes in bytes, events as counts.
    pub stat: BTreeMap<String, u64>,
}
