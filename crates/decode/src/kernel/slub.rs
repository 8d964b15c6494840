//! `SLUB: Unable to allocate memory …`: an allocation of kernel objects that failed.
//!
//! Source: `slab_out_of_memory()` in `mm/slub.c`; Linux up to 6.7 may print `SLAB:` instead.

use oomkit_core::ident::NodeId;

use super::fields::{after, number, number_after, owned, split_once};
use super::trigger::{self, Failure};

/// Reads the head: `SLUB: Unable to allocate memory on node -1, gfp=0x820(GFP_ATOMIC)`.
#[must_use]
pub fn read_head(text: &[u8]) -> Option<Failure> {
    let rest = text.strip_prefix(b"SLUB: ").or_else(|| text.strip_prefix(b"SLAB: "))?;
    let rest = rest.strip_prefix(b"Unable to allocate memory on ")?;
    let key: &[u8] = if after(rest, b"gfp=").is_some() { b"gfp=" } else { b"gfp_mask=" };
    Some(Failure {
        trigger: trigger::allocation(rest, key, b"order:"),
        stalled_seconds: None,
        what: "allocation of kernel objects".into(),
        size: None,
        of_objects: true,
    })
}

/// The cache whose objects could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The name of the cache.
    pub name: String,
    /// The size of an object, in bytes.
    pub object: Option<u64>,
    /// The order of the pages that the cache asks for.
    pub order: Option<u64>,
}

/// Reads `  cache: skbuff_head_cache, object size: 224, buffer size: 256, default order: 1, …`.
#[must_use]
pub fn read_cache(text: &[u8]) -> Option<Cache> {
    let rest = text.trim_ascii_start().strip_prefix(b"cache: ")?;
    let (name, sizes) = split_once(rest, b", object size: ")?;
    Some(Cache {
        name: owned(name),
        object: number(sizes).map(|(size, _)| size),
        order: number_after(sizes, b"default order: "),
    })
}

/// The slabs of a cache on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnNode {
    /// The node.
    pub node: NodeId,
    /// Slabs of the cache.
    pub slabs: u64,
    /// Objects in them.
    pub objects: u64,
    /// Objects that are free.
    pub free: u64,
}

/// Reads `  node 0: slabs: 120, objs: 3840, free: 0`.
#[must_use]
pub fn read_node(text: &[u8]) -> Option<OnNode> {
    let (node, rest) = number(text.trim_ascii_start().strip_prefix(b"node ")?)?;
    let rest = rest.strip_prefix(b": slabs: ")?;
    Some(OnNode {
        node: NodeId::new(u32::try_from(node).ok()?),
        slabs: number(rest)?.0,
        objects: number_after(rest, b"objs: ")?,
        free: number_after(rest, b"free: ")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_lines_are_read() {
        let head = read_head(
            b"SLUB: Unable to allocate memory on CPU 3 (of node 0) on node -1, gfp=0x820(GFP_ATOMIC)",
        );
        assert_eq!(head.unwrap().trigger.gfp_mask.as_deref(), Some("0x820"));
        let cache = read_cache(
            b"  cache: a(1:x), object size: 224, buffer size: 256, default order: 1, min order: 0",
        );
        assert_eq!(cache, Some(Cache { name: "a(1:x)".into(), object: Some(224), order: Some(1) }));
        let node = read_node(b"  node 0: slabs: 120, objs: 3840, free: 7");
        assert_eq!(node.map(|node| (node.slabs, node.objects, node.free)), Some((120, 3840, 7)));
    }

    #[test]
    fn other_lines_are_not() {
        for text in ["SLUB: HWalign=64, Order=0-3", "cache: none", "node 0: x", "SLUB: Unable", ""] {
            let text = text.as_bytes();
            assert!(read_head(text).is_none() && read_cache(text).is_none() && read_node(text).is_none());
        }
    }
}
