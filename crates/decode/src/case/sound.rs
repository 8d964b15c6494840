//! Figures that are printed more than once, in different words: they have to agree.

use oomkit_core::{
    place::Evidence,
    units::{ByteDelta, Bytes},
};

use crate::report::{Part, Zone};

impl super::Case {
    /// Returns how much more free memory the zones show than the machine's counter does.
    pub(crate) fn free_of_zones(&self) -> Option<ByteDelta> {
        let shown = self.sum_of_zones(|zone| zone.free_bytes)?;
        Some(shown.minus(self.counter("free_bytes")?))
    }

    /// Returns how much more memory the zones have than the machine.
    pub(crate) fn present_of_zones(&self) -> Option<ByteDelta> {
        let present = self.sum_of_zones(|zone| zone.counters.get("present_bytes").copied())?;
        Some(present.minus(self.event.machine.as_ref()?.ram_bytes?))
    }

    /// Returns the line of a zone's free lists.
    pub(crate) fn proof_of_free_lists(&self, zone: &Zone) -> Evidence {
        let name = match zone.node {
            Some(node) => format!("Node {node} {}:", zone.name),
            None => format!("{}:", zone.name),
        };
        self.proof(Part::FreeList, &name)
    }

    /// Returns the line of a zone's counters.
    pub(crate) fn proof_of_zone(&self, zone: &Zone) -> Evidence {
        zone.line.map_or_else(|| self.proof(Part::Zone, ""), |line| self.line(line))
    }

    fn sum_of_zones(&self, of: impl Fn(&Zone) -> Option<Bytes>) -> Option<Bytes> {
        let zones = &self.event.machine.as_ref()?.zones;
        // A zone that is known by its free lists alone lost its line.
        zones.iter().map(of).sum::<Option<Bytes>>().filter(|_| !zones.is_empty())
    }
}

/// Returns the name of a zone with its node, as people read it.
pub(crate) fn zone_name(zone: &Zone) -> String {
    match zone.node {
        Some(node) => format!("zone {} of node {node}", zone.name),
        None => format!("zone {}", zone.name),
    }
}
