//! `Node 0 Normal: 1*4kB (U) … = 4kB`: the free blocks by size.
//!
//! Source: `show_free_areas()` and `show_migration_types()`.

use oomkit_core::{ident::NodeId, units::KiB};

use super::fields::{number, owned, unit};
use super::zone::is_zone_name;

/// The free lists of a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buddy {
    /// The node, which kernels without NUMA do not print.
    pub node: Option<NodeId>,
    /// The zone.
    pub zone: String,
    /// The lists, smallest block first.
    pub lists: Vec<List>,
    /// The sum that the line prints at its end.
    pub total: Option<KiB>,
    /// Whether something besides lists stands in the line, or the sum does not fit.
    pub damaged: bool,
}

/// The free blocks of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The size of a block; the first one is the page size.
    pub block: KiB,
    /// How many blocks are free.
    pub count: u64,
    /// The types of page blocks (since Linux 3.8).
    pub types: Option<String>,
}

/// Reads what follows an optional `Node <n> `.
#[must_use]
pub fn read(node: Option<NodeId>, rest: &[u8]) -> Option<Buddy> {
    let colon = rest.iter().position(|byte| *byte == b':')?;
    let (zone, lists) = rest.split_at_checked(colon)?;
    if !is_zone_name(zone) {
        return None;
    }
    let mut buddy = Buddy { node, zone: owned(zone), lists: Vec::with_capacity(11), ..Buddy::default() };
    let mut rest = lists.get(1..)?.trim_ascii_start();
    while !rest.is_empty() {
        rest = item(&mut buddy, rest).trim_ascii_start();
    }
    if buddy.lists.is_empty() {
        return None;
    }
    let sum = buddy
        .lists
        .iter()
        .fold(0u64, |sum, list| sum.saturating_add(list.block.get().saturating_mul(list.count)));
    buddy.damaged |= buddy.total.is_some_and(|total| total.get() != sum);
    Some(buddy)
}

fn item<'a>(buddy: &mut Buddy, text: &'a [u8]) -> &'a [u8] {
    if let Some((list, rest)) = list(text) {
        buddy.lists.push(list);
        return rest;
    }
    if let Some((types, rest)) =
        text.strip_prefix(b"(").and_then(|rest| super::fields::split_once(rest, b")"))
    {
        match buddy.lists.last_mut() {
            Some(list) => list.types = Some(owned(types)),
            None => buddy.damaged = true,
        }
        return rest;
    }
    if let Some((total, rest)) = text.strip_prefix(b"=").map(<[u8]>::trim_ascii_start).and_then(number) {
        buddy.total = Some(KiB::new(total));
        return unit(rest).unwrap_or_default();
    }
    buddy.damaged = true;
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    text.get(end..).unwrap_or_default()
}

fn list(text: &[u8]) -> Option<(List, &[u8])> {
    let (count, rest) = number(text)?;
    let (block, rest) = number(rest.strip_prefix(b"*")?)?;
    Some((List { block: KiB::new(block), count, types: None }, unit(rest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_types_and_sum_are_read() {
        let buddy = read(None, b"DMA: 1*4kB (U) 0*8kB 2*16kB (UM) = 36kB").unwrap();
        assert_eq!(buddy.zone, "DMA");
        assert_eq!(buddy.total, Some(KiB::new(36)));
        assert!(!buddy.damaged);
        assert_eq!(buddy.lists.iter().map(|list| list.count).collect::<Vec<_>>(), [1, 0, 2]);
        assert_eq!(buddy.lists[2].types.as_deref(), Some("UM"));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_damage() {
        assert!(read(None, b"Normal: 1*4kB 1*8kB = 4kB").unwrap().damaged);
        assert!(read(None, b"Normal: 1*4kB 1*8 = 4kB").unwrap().damaged);
    }

    #[test]
    fn other_lines_are_no_lists() {
        for text in [&b"Normal free:4kB"[..], b"DMA per-cpu:", b"DMA:", b"CPU: 1 PID: 2", b""] {
            assert_eq!(read(None, text), None);
        }
    }
}
