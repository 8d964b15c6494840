//! The machine in the model: totals, nodes, zones, free lists, huge pages, slab caches, allocation sites.

use std::{borrow::Cow, collections::BTreeMap};

use oomkit_core::{account::Account, ident::NodeId, place::LineNo, units::Bytes};
use schemars::JsonSchema;
use serde::Serialize;

/// Counters by the kernel's names with `_bytes`.
pub type Counters = BTreeMap<Cow<'static, str>, Bytes>;

/// The machine's memory, as the Mem-Info block tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Machine {
    /// All memory that the kernel knows of (`pages RAM`).
    pub ram_bytes: Option<Bytes>,
    /// Memory that the kernel keeps from the page allocator (`pages reserved`).
    pub reserved_bytes: Option<Bytes>,
    /// Memory that the page allocator manages: RAM less what is reserved.
    pub managed_bytes: Option<Bytes>,
    /// Memory above what a 32-bit kernel maps, or movable-only memory.
    pub highmem_bytes: Option<Bytes>,
    /// Memory reserved for contiguous allocations.
    pub cma_reserved_bytes: Option<Bytes>,
    /// Memory set aside as faulty.
    pub hwpoisoned_bytes: Option<Bytes>,
    /// The page cache, with shared memory and swap cache.
    pub pagecache_bytes: Option<Bytes>,
    /// All swap space.
    pub swap_total_bytes: Option<Bytes>,
    /// Free swap space.
    pub swap_free_bytes: Option<Bytes>,
    /// Pages that are in memory and in swap.
    pub swap_cache_bytes: Option<Bytes>,
    /// The global counters, by the kernel's names with `_bytes`.
    pub counters: Counters,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The zones.
    pub zones: Vec<Zone>,
    /// The pools of huge pages.
    pub hugepages: Vec<HugePages>,
}

/// A NUMA node's counters.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Node {
    /// The node's number.
    pub node: NodeId,
    /// The counters, by the kernel's names with `_bytes`.
    pub counters: Counters,
    /// Whether reclaim has given up on the node.
    pub all_unreclaimable: Option<bool>,
    /// Where the node's memory was; since Linux 4.8 slab stands in its residue.
    pub account: Option<Account>,
    /// The line.
    pub line: LineNo,
}

/// A zone's counters and free lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Zone {
    /// The node that the zone belongs to; `null` where the kernel prints none.
    pub node: Option<NodeId>,
    /// The name of the zone.
    pub name: String,
    /// Free memory.
    pub free_bytes: Option<Bytes>,
    /// The watermark below which only the kernel's emergency allocations succeed.
    pub min_bytes: Option<Bytes>,
    /// The watermark at which kswapd wakes.
    pub low_bytes: Option<Bytes>,
    /// The watermark at which kswapd sleeps.
    pub high_bytes: Option<Bytes>,
    /// The other counters, by the kernel's names with `_bytes`.
    pub counters: Counters,
    /// What each request for a higher zone must leave free here, by zone type.
    pub lowmem_reserve_bytes: Vec<Bytes>,
    /// Whether reclaim has given up on the zone (up to Linux 4.7).
    pub all_unreclaimable: Option<bool>,
    /// The free lists, smallest block first.
    pub free_lists: Vec<FreeList>,
    /// The sum that the kernel prints for the free lists.
    pub free_lists_bytes: Option<Bytes>,
    /// The line of the counters.
    pub line: Option<LineNo>,
}

/// The free blocks of one size.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FreeList {
    /// The size of a block.
    pub block_bytes: Bytes,
    /// How many there are.
    pub count: u64,
    /// Which types of page blocks they lie in: `U`, `M`, `E`, `R`, `H`, `C`, `I`.
    pub types: Option<String>,
}

/// A pool of huge pages.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HugePages {
    /// The node.
    pub node: Option<NodeId>,
    /// The size of one huge page.
    pub size_bytes: Bytes,
    /// Pages in the pool.
    pub total: u64,
    /// Free pages in the pool.
    pub free: u64,
    /// Pages above the configured number.
    pub surplus: u64,
}

/// A cache of the slab allocator.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SlabCache {
    /// The name of the cache.
    pub name: String,
    /// What its objects use.
    pub used_bytes: Bytes,
    /// What the cache holds.
    pub total_bytes: Bytes,
}

/// A place in the kernel's source that allocates memory.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AllocationSite {
    /// What is allocated from there; rounded by the kernel since Linux 6.12.
    pub bytes: Bytes,
    /// How many allocations there are.
    pub calls: u64,
    /// File and line.
    pub place: String,
    /// The module.
    pub module: Option<String>,
    /// The function.
    pub function: String,
}
