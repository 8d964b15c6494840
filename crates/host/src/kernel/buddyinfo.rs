//! `/proc/buddyinfo`: free blocks of each zone by their order.

use oomkit_core::{
    ident::NodeId,
    reading::Reading,
    units::{Order, Pages},
};

use super::fields::{lines, number, parted, words};

/// The free blocks of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buddies {
    /// The node.
    pub node: NodeId,
    /// The name of the zone.
    pub zone: Box<str>,
    /// The number of free blocks of 2^n pages, for each n from 0.
    pub blocks: Vec<u64>,
}

impl Buddies {
    /// Reads all zones.
    #[must_use]
    pub fn read_all(bytes: &[u8]) -> Reading<Vec<Self>> {
        let zones: Vec<Self> = lines(bytes).filter_map(zone).collect();
        if zones.is_empty() { Reading::malformed(bytes) } else { Reading::Known(zones) }
    }

    /// Returns the free pages in blocks of at least this order.
    #[must_use]
    pub fn pages_from(&self, order: Order) -> Pages {
        let least = usize::try_from(order.get()).unwrap_or_default();
        let pages = self.blocks.iter().enumerate().skip(least).map(|(order, blocks)| {
            let pages = u32::try_from(order).ok().and_then(|order| 1_u64.checked_shl(order));
            pages.and_then(|pages| blocks.checked_mul(pages)).unwrap_or(u64::MAX)
        });
        Pages::new(pages.fold(0, u64::saturating_add))
    }
}

/// Reads `Node 0, zone   Normal    583   1228  11789`.
fn zone(line: &[u8]) -> Option<Buddies> {
    let (node, rest) = parted(line.strip_prefix(b"Node ")?, b',')?;
    let node = u32::try_from(number(node)?).ok()?;
    let mut words = words(rest);
    if words.next()? != b"zone" {
        return None;
    }
    let zone = String::from_utf8_lossy(words.next()?).into();
    Some(Buddies { node: NodeId::new(node), zone, blocks: words.map_while(number).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_by_order() {
        let text =
            b"Node 0, zone      DMA      0      0      1\nNode 12, zone   Normal    583   1228  11789\nx\n";
        let read = Buddies::read_all(text).known().unwrap();
        let normal = Buddies { node: NodeId::new(12), zone: "Normal".into(), blocks: vec![583, 1228, 11789] };
        assert_eq!(read.last(), Some(&normal));
        assert_eq!(read.len(), 2);
        for (order, pages) in [(0, 583 + 2 * 1228 + 4 * 11789), (2, 4 * 11789), (3, 0)] {
            assert_eq!(normal.pages_from(Order::new(order)), Pages::new(pages));
        }
        let endless = Buddies { blocks: vec![u64::MAX; 100], ..normal };
        assert_eq!(endless.pages_from(Order::new(0)), Pages::new(u64::MAX));
        assert!(matches!(Buddies::read_all(b""), Reading::Malformed(_)));
    }
}
