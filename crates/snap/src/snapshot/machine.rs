//! Machine: memory, swap, zones and slabs of the host as a whole.

use std::{borrow::Cow, collections::BTreeMap};

use oomkit_core::{
    ident::NodeId,
    units::{Bytes, PageSize, Pages},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::name::Name;

/// Figures by the kernel's names and in the kernel's units.
pub type Figures = BTreeMap<Name, u64>;

/// Whose memory it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Host {
    /// The host's name.
    #[serde(rename = "host")]
    pub name: Option<Name>,
    /// The machine's id, or what stands for it.
    pub machine_id: Option<Name>,
    /// The kernel's release.
    pub kernel: Option<Name>,
    /// The size of a page.
    pub page_size_bytes: Option<PageSize>,
}

/// The machine as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Machine {
    /// `/proc/meminfo`.
    pub meminfo: Option<Meminfo>,
    /// `/proc/vmstat`.
    pub vmstat: Option<Figures>,
    /// `/proc/pressure/memory`.
    pub pressure: Option<Pressure>,
    /// The zones with their free blocks.
    pub zones: Option<Vec<Zone>>,
    /// The kernel's object caches, which only the administrator may see.
    pub slab: Option<Vec<SlabCache>>,
    /// The pools of huge pages, of the machine and of each node.
    pub huge_pages: Option<Vec<HugePages>>,
    /// The swap devices.
    pub swaps: Option<Vec<Swap>>,
    /// The compressed block devices in memory.
    pub zram: Option<Vec<Zram>>,
    /// The compressed cache in front of swap.
    pub zswap: Option<Zswap>,
    /// The file systems that live in memory.
    pub tmpfs: Option<Vec<Tmpfs>>,
    /// The NUMA nodes.
    pub nodes: Option<Vec<Node>>,
}

/// `/proc/meminfo`: most of it sizes, some of it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Meminfo {
    /// What the kernel prints in kB.
    #[serde(flatten)]
    pub sizes: BTreeMap<Name, Bytes>,
    /// What it prints without a unit.
    #[serde(flatten)]
    pub counts: Figures,
}

/// A share of time in hundredths of a percent, as the kernel prints it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u64);

impl Percent {
    /// Takes hundredths of a percent.
    #[must_use]
    pub const fn from_hundredths(hundredths: u64) -> Self {
        Self(hundredths)
    }

    /// Returns hundredths of a percent.
    #[must_use]
    pub const fn hundredths(self) -> u64 {
        self.0
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_precision_loss, reason = "a hundredth of a percent is all there is")]
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "description": "Percent of the time." })
    }
}

/// Writes a count of pages; a reader needs the page size, which stands beside it in the snapshot.
#[expect(clippy::ref_option, reason = "the shape that serde asks for")]
fn pages<S: Serializer>(pages: &Option<Pages>, serializer: S) -> Result<S::Ok, S::Error> {
    pages.map(Pages::get).serialize(serializer)
}

/// How much tasks waited for memory: some of them, or all at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pressure {
    /// The share of the last 10 seconds in which some task waited.
    pub some_avg10: Option<Percent>,
    /// The same for 60 seconds.
    pub some_avg60: Option<Percent>,
    /// The same for 300 seconds.
    pub some_avg300: Option<Percent>,
    /// The microseconds that some task has waited.
    pub some_total: Option<u64>,
    /// The share of the last 10 seconds in which all tasks waited.
    pub full_avg10: Option<Percent>,
    /// The same for 60 seconds.
    pub full_avg60: Option<Percent>,
    /// The same for 300 seconds.
    pub full_avg300: Option<Percent>,
    /// The microseconds that all tasks have waited.
    pub full_total: Option<u64>,
}

/// A zone of a node, with its watermarks and free blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Zone {
    /// The node.
    pub node: Option<NodeId>,
    /// The name, such as `Normal`.
    pub name: Name,
    /// Free pages.
    #[serde(rename = "free_pages", serialize_with = "pages")]
    #[schemars(with = "Option<u64>")]
    pub free: Option<Pages>,
    /// The watermark below which only a few may allocate.
    #[serde(rename = "min_pages", serialize_with = "pages")]
    #[schemars(with = "Option<u64>")]
    pub min: Option<Pages>,
    /// The watermark at which reclaim starts.
    #[serde(rename = "low_pages", serialize_with = "pages")]
    #[schemars(with = "Option<u64>")]
    pub low: Option<Pages>,
    /// The watermark at which reclaim ends.
    #[serde(rename = "high_pages", serialize_with = "pages")]
    #[schemars(with = "Option<u64>")]
    pub high: Option<Pages>,
    /// Pages that the kernel manages.
    #[serde(rename = "managed_pages", serialize_with = "pages")]
    #[schemars(with = "Option<u64>")]
    pub managed: Option<Pages>,
    /// Pages that are there.
    #[serde(rename = "present_pages", serialize_with = "pages")]
    #[schemars(with = "Option<u64>")]
    pub present: Option<Pages>,
    /// Free blocks of 1, 2, 4, … pages.
    pub free_blocks: Option<Vec<u64>>,
    /// What else the kernel counts for this zone, by its names.
    pub counters: Option<Figures>,
}

/// A cache of kernel objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SlabCache {
    /// The name.
    pub name: Name,
    /// Objects in use.
    pub active: Option<u64>,
    /// Objects for which there is room.
    pub objects: Option<u64>,
    /// The size of an object.
    pub object_bytes: Option<Bytes>,
    /// Slabs that are there.
    pub slabs: Option<u64>,
    /// Pages in a slab.
    #[serde(rename = "pages_per_slab", serialize_with = "pages")]
    #[schemars(with = "Option<u64>")]
    pub slab_pages: Option<Pages>,
}

/// A pool of huge pages of one size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HugePages {
    /// The node, or `None` for the whole machine.
    pub node: Option<NodeId>,
    /// The size of a huge page.
    pub size_bytes: Option<Bytes>,
    /// Pages in the pool.
    pub total: Option<u64>,
    /// Pages that nobody uses.
    pub free: Option<u64>,
    /// Pages that are promised.
    pub reserved: Option<u64>,
    /// Pages beyond the pool's set size.
    pub surplus: Option<u64>,
}

/// A swap device or file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Swap {
    /// The path.
    pub path: Name,
    /// The kind, such as `partition`.
    pub kind: Option<Name>,
    /// The size.
    pub size_bytes: Option<Bytes>,
    /// What is used.
    pub used_bytes: Option<Bytes>,
    /// The priority; the highest is used first.
    pub priority: Option<i64>,
}

/// A compressed block device in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Zram {
    /// The name, such as `zram0`.
    pub name: Name,
    /// The size of the device.
    pub disk_bytes: Option<Bytes>,
    /// What is stored, before compression.
    pub original_bytes: Option<Bytes>,
    /// What is stored, compressed.
    pub compressed_bytes: Option<Bytes>,
    /// The memory that this takes.
    pub memory_bytes: Option<Bytes>,
    /// The most memory that it may take.
    pub limit_bytes: Option<Bytes>,
    /// The most memory that it ever took.
    pub peak_bytes: Option<Bytes>,
}

/// The compressed cache in front of swap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Zswap {
    /// Whether it is on.
    pub enabled: Option<bool>,
    /// The memory that it takes.
    pub pool_bytes: Option<Bytes>,
    /// What is stored, before compression.
    pub stored_bytes: Option<Bytes>,
    /// The share of memory that it may take, in whole percent.
    pub max_pool_percent: Option<u64>,
}

/// A file system that lives in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tmpfs {
    /// Where it is mounted.
    pub mount_point: Name,
    /// The size that it may reach; `None` also where there is no bound.
    pub size_bytes: Option<Bytes>,
    /// What is used.
    pub used_bytes: Option<Bytes>,
}

/// A NUMA node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Node {
    /// The node's number.
    pub id: Option<NodeId>,
    /// Its part of the machine's memory, by the kernel's names.
    pub sizes: Option<BTreeMap<Name, Bytes>>,
}
