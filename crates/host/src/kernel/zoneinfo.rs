//! `/proc/zoneinfo`: the zones of each node, with their watermarks and counters.

use oomkit_core::{ident::NodeId, reading::Reading, units::Pages};

use super::fields::{lines, number, parted, words};

/// A zone of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The node.
    pub node: NodeId,
    /// The name, such as `Normal`.
    pub name: Box<str>,
    /// Free pages.
    pub free: Option<Pages>,
    /// Below this, only the kernel and the dying get memory.
    pub min: Option<Pages>,
    /// Below this, the kernel starts to reclaim.
    pub low: Option<Pages>,
    /// At this, the kernel stops to reclaim.
    pub high: Option<Pages>,
    /// What the watermarks are raised by for a while.
    pub boost: Option<Pages>,
    /// The span of the zone, with its holes.
    pub spanned: Option<Pages>,
    /// The pages that are there.
    pub present: Option<Pages>,
    /// The pages that the kernel manages.
    pub managed: Option<Pages>,
    /// What each lower kind of allocation must leave.
    pub protection: Vec<Pages>,
    /// The zone's own counters by the kernel's names.
    pub counters: Vec<(Box<str>, u64)>,
    /// The counters of the node, which stand with its first zone.
    pub node_counters: Vec<(Box<str>, u64)>,
}

impl Zone {
    /// Reads all zones.
    #[must_use]
    pub fn read_all(bytes: &[u8]) -> Reading<Vec<Self>> {
        let mut zones: Vec<Self> = Vec::new();
        let mut section = Section::Zone;
        for line in lines(bytes) {
            if let Some(zone) = head(line) {
                zones.push(zone);
                section = Section::Zone;
                continue;
            }
            let Some(zone) = zones.last_mut() else { continue };
            match line.trim_ascii() {
                b"per-node stats" => section = Section::Node,
                b"pagesets" => section = Section::Skipped,
                line => zone.take(line, &mut section),
            }
        }
        if zones.is_empty() { Reading::malformed(bytes) } else { Reading::Known(zones) }
    }

    /// Returns a counter of the zone by the kernel's name.
    #[must_use]
    pub fn counter(&self, name: &str) -> Option<u64> {
        self.counters.iter().find(|(own, _)| &**own == name).map(|(_, value)| *value)
    }

    fn take(&mut self, line: &[u8], section: &mut Section) {
        let line = match line.strip_prefix(b"pages ") {
            Some(rest) => {
                *section = Section::Zone;
                rest
            }
            None => line,
        };
        if let Some(list) = line.strip_prefix(b"protection:") {
            let list = list.trim_ascii().trim_ascii_start();
            let list = list.strip_prefix(b"(").and_then(|list| list.strip_suffix(b")")).unwrap_or(list);
            let pages = list.split(|b| *b == b',').filter_map(number);
            self.protection = pages.map(Pages::new).collect();
            return;
        }
        let mut words = words(line);
        let (Some(name), Some(value)) = (words.next(), words.next().and_then(number)) else { return };
        let field = match (&*section, name) {
            (Section::Skipped, _) => return,
            (Section::Zone, b"free") => &mut self.free,
            (Section::Zone, b"min") => &mut self.min,
            (Section::Zone, b"low") => &mut self.low,
            (Section::Zone, b"high") => &mut self.high,
            (Section::Zone, b"boost") => &mut self.boost,
            (Section::Zone, b"spanned") => &mut self.spanned,
            (Section::Zone, b"present") => &mut self.present,
            (Section::Zone, b"managed") => &mut self.managed,
            (Section::Zone, _) => return self.counters.push((text(name), value)),
            (Section::Node, _) => return self.node_counters.push((text(name), value)),
        };
        *field = Some(Pages::new(value));
    }
}

#[derive(Clone, Copy)]
enum Section {
    Zone,
    Node,
    Skipped,
}

/// Reads `Node 0, zone   Normal`.
fn head(line: &[u8]) -> Option<Zone> {
    let (node, zone) = parted(line.strip_prefix(b"Node ")?, b',')?;
    let node = u32::try_from(number(node)?).ok()?;
    let name = zone.trim_ascii().strip_prefix(b"zone")?.trim_ascii();
    Some(Zone {
        node: NodeId::new(node),
        name: text(name),
        free: None,
        min: None,
        low: None,
        high: None,
        boost: None,
        spanned: None,
        present: None,
        managed: None,
        protection: Vec::new(),
        counters: Vec::new(),
        node_counters: Vec::new(),
    })
}

fn text(word: &[u8]) -> Box<str> {
    String::from_utf8_lossy(word).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_nodes_are_told_apart() {
        let text = b"Node 0, zone      DMA\n  per-node stats\n      nr_inactive_anon 248676\n      nr_mapped    64033\n\
            \x20 pages free     3840\n        boost    0\n        min      11\n        low      14\n        high     17\n\
            \x20       promo    20\n        spanned  4095\n        present  3998\n        managed  3840\n\
            \x20       protection: (0, 2991, 24090)\n      nr_free_pages 3840\n  pagesets\n    cpu: 0\n\
            \x20             count:    0\n              high: 9\n  vm stats threshold: 8\n  node_unreclaimable:  0\n  start_pfn: 1\n\
            Node 1, zone   Normal\n  pages free     7\n";
        let pages = |count| Some(Pages::new(count));
        let mut first = head(b"Node 0, zone DMA").unwrap();
        first.free = pages(3840);
        first.boost = pages(0);
        first.min = pages(11);
        first.low = pages(14);
        first.high = pages(17);
        first.spanned = pages(4095);
        first.present = pages(3998);
        first.managed = pages(3840);
        first.protection = [0, 2991, 24090].map(Pages::new).to_vec();
        first.counters = vec![("promo".into(), 20), ("nr_free_pages".into(), 3840)];
        first.node_counters = vec![("nr_inactive_anon".into(), 248_676), ("nr_mapped".into(), 64_033)];
        let mut second = head(b"Node 1, zone Normal").unwrap();
        second.free = pages(7);
        assert_eq!(first.counter("nr_free_pages"), Some(3840));
        assert_eq!(Zone::read_all(text), Reading::Known(vec![first, second]));
        for bytes in [&b""[..], b"pages free 1\n", b"Node x, zone DMA\n"] {
            assert!(matches!(Zone::read_all(bytes), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
