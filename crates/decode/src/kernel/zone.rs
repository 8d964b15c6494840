//! `Node 0 active_anon:…` and `Node 0 Normal free:…`: counters of nodes and zones, in kB.
//!
//! Source: `show_free_areas()` in `mm/page_alloc.c`, since Linux 6.6 in `mm/show_mem.c`.

use oomkit_core::{ident::NodeId, units::KiB};

use super::counters::{Name, name};
use super::fields::{Item, Value, number, pairs};

/// The counters of a node or a zone, as one line prints them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The node, which kernels without NUMA do not print for zones.
    pub node: Option<NodeId>,
    /// The zone; `None` on a node's line.
    pub zone: Option<String>,
    /// The counters, in the order of the line.
    pub counters: Vec<(Name, KiB)>,
    /// How many pages reclaim looked at (up to Linux 4.11).
    pub pages_scanned: Option<u64>,
    /// Whether reclaim has given up.
    pub all_unreclaimable: Option<bool>,
    /// Words that are neither pairs nor expected: damage of the line.
    pub damaged: u32,
}

/// Splits `Node <n> ` off; the rest is for whoever knows what follows.
#[must_use]
pub fn node_prefix(text: &[u8]) -> (Option<NodeId>, &[u8]) {
    let parts = text
        .strip_prefix(b"Node ")
        .and_then(number)
        .and_then(|(node, rest)| Some((u32::try_from(node).ok()?, rest.strip_prefix(b" ")?)));
    match parts {
        Some((node, rest)) => (Some(NodeId::new(node)), rest),
        None => (None, text),
    }
}

/// Reads what follows `Node <n> ` as the counters of the node.
#[must_use]
pub fn read_node(node: NodeId, rest: &[u8]) -> Option<Line> {
    let is_counters = matches!(pairs(rest).next(), Some(Item::Pair(_, Value::Kib(_))));
    is_counters.then(|| bag(Some(node), None, rest))
}

/// Reads what follows an optional `Node <n> ` as the counters of a zone.
#[must_use]
pub fn read_zone(node: Option<NodeId>, rest: &[u8]) -> Option<Line> {
    let end = rest.iter().position(u8::is_ascii_whitespace)?;
    let (zone, bag_text) = rest.split_at_checked(end)?;
    let is_zone = is_zone_name(zone) && bag_text.trim_ascii_start().starts_with(b"free:");
    is_zone.then(|| bag(node, Some(super::fields::owned(zone)), bag_text))
}

/// The kinds of zones, from the one that the oldest devices reach upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZoneKind {
    /// What devices with few address bits reach.
    Dma,
    /// What devices with 32 address bits reach.
    Dma32,
    /// What the kernel maps at all times.
    Normal,
    /// What a 32-bit kernel maps only when it needs to.
    HighMem,
    /// What holds only pages that can be moved.
    Movable,
    /// Memory of devices, which nobody allocates from.
    Device,
}

impl ZoneKind {
    /// Returns the kind by the name that the kernel prints.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"DMA" => Self::Dma,
            b"DMA32" => Self::Dma32,
            b"Normal" => Self::Normal,
            b"HighMem" => Self::HighMem,
            b"Movable" => Self::Movable,
            b"Device" => Self::Device,
            _ => return None,
        })
    }
}

/// Tells whether a word can be the name of a zone.
#[must_use]
pub fn is_zone_name(word: &[u8]) -> bool {
    ZoneKind::of(word).is_some()
}

fn bag(node: Option<NodeId>, zone: Option<String>, text: &[u8]) -> Line {
    let mut line = Line { node, zone, counters: Vec::with_capacity(24), ..Line::default() };
    let mut asked = false;
    for item in pairs(text) {
        match item {
            Item::Pair(key, Value::Kib(size)) => line.counters.push((name(key), size)),
            Item::Pair(b"pages_scanned", Value::Bare(pages)) => line.pages_scanned = Some(pages),
            Item::Word(b"all_unreclaimable?") => asked = true,
            Item::Word(answer @ (b"yes" | b"no")) if asked => {
                line.all_unreclaimable = Some(answer == b"yes");
                asked = false;
            }
            Item::Pair(_, Value::Bare(_)) | Item::Word(_) => line.damaged += 1,
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Line> {
        let (node, rest) = node_prefix(text.as_bytes());
        read_zone(node, rest).or_else(|| node.and_then(|node| read_node(node, rest)))
    }

    #[test]
    fn a_node_is_read() {
        let line =
            read("Node 1 active_anon:8kB shmem_thp: 0kB isolated(file):4kB all_unreclaimable? yes").unwrap();
        assert_eq!(line.node, Some(NodeId::new(1)));
        assert_eq!(line.all_unreclaimable, Some(true));
        assert_eq!(
            line.counters,
            [
                ("active_anon_bytes".into(), KiB::new(8)),
                ("shmem_thp_bytes".into(), KiB::new(0)),
                ("isolated_file_bytes".into(), KiB::new(4)),
            ]
        );
    }

    #[test]
    fn a_zone_is_read_with_and_without_its_node() {
        for text in
            ["Node 0 DMA32 free:5kB min:6KB pages_scanned:7", "DMA32 free:5kB min:6KB pages_scanned:7"]
        {
            let line = read(text).unwrap();
            assert_eq!(line.zone.as_deref(), Some("DMA32"));
            assert_eq!((line.counters.len(), line.pages_scanned, line.damaged), (2, Some(7), 0));
        }
    }

    #[test]
    fn damage_is_counted() {
        let line = read("Node 0 active_anon:8kB mapp B shmem_pmdmapped: 0KB").unwrap();
        assert_eq!((line.counters.len(), line.damaged), (2, 2));
    }

    #[test]
    fn other_lines_are_neither() {
        for text in ["Node 0 Normal: 1*4kB = 4kB", "Node 0 hugepages_total=0", "Node x", "Normal people", ""]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
