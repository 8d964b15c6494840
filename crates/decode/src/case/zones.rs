//! The zones as the allocator saw them: which were open to the request, and what they could spare.
//!
//! Source: `__zone_watermark_ok()` in `mm/page_alloc.c`.  The last try before a kill is made against
//! the high watermark; an allocation that fails without a kill has come down to the low ones.

use oomkit_core::{
    place::{Evidence, LineNo},
    units::Bytes,
};

use super::less;
use crate::kernel::{
    gfp::{self, Request},
    zone::ZoneKind,
};
use crate::report::{Event, EventKind, Machine, Part, Zone};

/// A zone with what matters to the request.
#[derive(Clone, Debug)]
pub(crate) struct Gauge {
    /// Where the zone stands among the machine's.
    pub(crate) at: usize,
    pub(crate) kind: ZoneKind,
    /// Whether the request may take from it.
    pub(crate) open: bool,
    pub(crate) free: Bytes,
    /// The lowest watermark, without what boosting has put on top of it for a while.
    pub(crate) min: Bytes,
    pub(crate) high: Bytes,
    /// What is kept from requests that could go to higher zones.
    pub(crate) reserve: Bytes,
    /// What of the free memory is for such a request.
    pub(crate) spare: Bytes,
    /// What has to remain: the watermark that the request was held against, and the reserve.
    pub(crate) needed: Bytes,
    pub(crate) line: Option<LineNo>,
}

/// The zones and the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ZoneFigures {
    /// What the mask allows; `None` where the log has no mask.
    pub(crate) request: Option<Request>,
    /// The zones whose watermarks are known.
    pub(crate) gauges: Vec<Gauge>,
    /// Whether all zones are known with all of their figures, so that sums over them mean something.
    pub(crate) whole: bool,
}

impl ZoneFigures {
    pub(crate) fn of(event: &Event) -> Self {
        let request = event
            .trigger
            .as_ref()
            .filter(|trigger| trigger.gfp_mask.is_some())
            .map(|trigger| gfp::request(&trigger.gfp_flags));
        let Some(machine) = &event.machine else { return Self { request, ..Self::default() } };
        let asked = Asked { request, failed: event.kind == EventKind::AllocFailure };
        let zones = machine.zones.iter().enumerate();
        let gauges: Vec<Gauge> = zones.filter_map(|(at, zone)| gauge(at, zone, machine, asked)).collect();
        let measured = |zone: &Zone| !zone.lowmem_reserve_bytes.is_empty() || zone.name == "Device";
        let whole = gauges.len() == machine.zones.len() && machine.zones.iter().all(measured);
        Self { request, whole: whole && !gauges.is_empty(), gauges }
    }

    /// Returns the zones that the request may take from.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Gauge> {
        self.gauges.iter().filter(|gauge| gauge.open)
    }

    /// Adds up a figure of the zones that the request may take from.
    pub(crate) fn sum(&self, of: impl Fn(&Gauge) -> Bytes) -> Bytes {
        self.open().map(of).sum()
    }
}

impl super::Case {
    /// Returns the zone of a gauge.
    pub(crate) fn zone(&self, gauge: &Gauge) -> Option<&Zone> {
        self.event.machine.as_ref()?.zones.get(gauge.at)
    }

    /// Returns the name of a gauge's zone with its node, as the kernel prints them.
    pub(crate) fn zone_name(&self, gauge: &Gauge) -> String {
        match self.zone(gauge) {
            Some(Zone { node: Some(node), name, .. }) => format!("node {node} {name}"),
            Some(zone) => zone.name.clone(),
            None => String::new(),
        }
    }

    /// Returns a counter of a gauge's zone by its name, such as `free_cma_bytes`.
    pub(crate) fn zone_counter(&self, gauge: &Gauge, name: &str) -> Option<Bytes> {
        self.zone(gauge)?.counters.get(name).copied()
    }

    /// Returns the line of a gauge.
    pub(crate) fn proof_of_gauge(&self, gauge: &Gauge) -> Evidence {
        gauge.line.map_or_else(|| self.proof(Part::Zone, "free:"), |line| self.line(line))
    }
}

/// What was asked for, and whether it merely failed.
#[derive(Clone, Copy)]
struct Asked {
    request: Option<Request>,
    failed: bool,
}

fn gauge(at: usize, zone: &Zone, machine: &Machine, asked: Asked) -> Option<Gauge> {
    let kind = ZoneKind::of(zone.name.as_bytes())?;
    let (free, min, high) = (zone.free_bytes?, zone.min_bytes?, zone.high_bytes?);
    let counter = |name: &str| zone.counters.get(name).copied().unwrap_or_default();
    let contiguous = match asked.request {
        Some(request) if !request.movable => counter("free_cma_bytes"),
        _ => Bytes::ZERO,
    };
    let kept = atomic_reserve(zone).saturating_add(contiguous);
    let reserve = reserve(zone, &machine.zones, asked.request);
    let needed = asked.mark(min, high).saturating_add(reserve);
    // A balloon or a damaged digit has made figures larger than the machine.
    if machine.ram_bytes.is_some_and(|ram| ram < free || ram < needed) {
        return None;
    }
    Some(Gauge {
        at,
        kind,
        open: kind != ZoneKind::Device && asked.request.is_none_or(|request| kind <= request.highest),
        free,
        min: less(min, counter("boost_bytes")),
        high,
        reserve,
        spare: less(free, kept),
        needed,
        line: zone.line,
    })
}

/// Returns what is kept for requests that cannot wait: as counted, or else, before Linux 5.5, the
/// free lists that hold nothing else.
fn atomic_reserve(zone: &Zone) -> Bytes {
    let listed = || {
        let lists = zone.free_lists.iter().filter(|list| list.types.as_deref() == Some("H"));
        lists.map(|list| Bytes::new(list.block_bytes.get().saturating_mul(list.count))).sum()
    };
    zone.counters.get("reserved_highatomic_bytes").copied().unwrap_or_else(listed)
}

impl Asked {
    /// Returns the watermark of the last try.
    fn mark(self, min: Bytes, high: Bytes) -> Bytes {
        if !self.failed {
            return high;
        }
        // Who cannot wait may go down to three eighths of min.
        let waits = self.request.is_none_or(|request| request.may_wait);
        if waits { min } else { Bytes::new(min.get() / 8 * 3) }
    }
}

/// Returns what a zone keeps from a request.
///
/// The row has an entry for each kind of zone that the kernel was built with, and which these are is
/// not printed.  But it grows by one step for each zone above that has memory, and those are shown.
fn reserve(zone: &Zone, zones: &[Zone], request: Option<Request>) -> Bytes {
    let row = &zone.lowmem_reserve_bytes;
    let kind = |zone: &Zone| ZoneKind::of(zone.name.as_bytes());
    let Some(asked) = request.map(|request| request.highest).filter(|asked| *asked < ZoneKind::Movable)
    else {
        return row.last().copied().unwrap_or_default();
    };
    let has_memory = |zone: &Zone| zone.counters.get("managed_bytes").is_none_or(|size| *size != Bytes::ZERO);
    let above = zones.iter().filter(|other| {
        other.node == zone.node && kind(zone) < kind(other) && kind(other) <= Some(asked) && has_memory(other)
    });
    let mut steps: Vec<Bytes> = row.iter().copied().filter(|size| *size != Bytes::ZERO).collect();
    steps.dedup();
    above.count().checked_sub(1).and_then(|at| steps.get(at).or(steps.last())).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use oomkit_core::units::KiB;

    use super::*;

    #[test]
    fn reserves_are_found_whatever_the_kernel_was_built_with() {
        /// A zone with its row, in KiB.
        type Row = (&'static str, &'static [u64]);
        /// A zone with what it keeps, in KiB.
        type Kept = (&'static str, u64);
        /// Masks, rows of kernels that have run, and what each zone keeps from such a request.
        const CASES: &[(&str, &[Row], &[Kept])] = &[
            // amd64: DMA, DMA32, Normal, Movable, Device.
            (
                "GFP_KERNEL",
                &[
                    ("DMA", &[0, 2984, 15946, 15946, 15946]),
                    ("DMA32", &[0, 0, 12962, 12962, 12962]),
                    ("Normal", &[0; 5]),
                ],
                &[("DMA", 15946), ("DMA32", 12962), ("Normal", 0)],
            ),
            (
                "GFP_DMA32",
                &[("DMA", &[0, 2984, 15946, 15946, 15946]), ("DMA32", &[0, 0, 12962, 12962, 12962])],
                &[("DMA", 2984), ("DMA32", 0)],
            ),
            // i386: DMA, Normal, HighMem, Movable.
            (
                "GFP_KERNEL",
                &[("DMA", &[0, 3288, 7932, 7932]), ("Normal", &[0, 0, 37180, 37180]), ("HighMem", &[0; 4])],
                &[("DMA", 3288), ("Normal", 0), ("HighMem", 0)],
            ),
            (
                "GFP_HIGHUSER",
                &[("DMA", &[0, 3296, 7788, 3296]), ("Normal", &[0, 0, 35920, 0]), ("HighMem", &[0; 4])],
                &[("DMA", 7788), ("Normal", 35920), ("HighMem", 0)],
            ),
            // A kernel that forgot HighMem on the way to Movable keeps what it printed.
            (
                "GFP_HIGHUSER_MOVABLE",
                &[("DMA", &[0, 3296, 7788, 3296]), ("Normal", &[0, 0, 35920, 0]), ("HighMem", &[0; 4])],
                &[("DMA", 3296), ("Normal", 0), ("HighMem", 0)],
            ),
            // arm64 with an empty DMA32, and ppc64 with nothing but Normal.
            (
                "GFP_KERNEL",
                &[("DMA", &[0, 0, 5120, 5120]), ("Normal", &[0; 4])],
                &[("DMA", 5120), ("Normal", 0)],
            ),
            ("GFP_KERNEL", &[("Normal", &[0, 0, 0])], &[("Normal", 0)]),
        ];
        for (mask, rows, expected) in CASES {
            let zones: Vec<Zone> = rows
                .iter()
                .map(|(name, row)| Zone {
                    name: (*name).into(),
                    lowmem_reserve_bytes: row.iter().map(|kib| KiB::new(*kib).bytes()).collect(),
                    counters: BTreeMap::from([("managed_bytes".into(), Bytes::new(1))]),
                    ..Zone::default()
                })
                .collect();
            let request = Some(gfp::request(&[(*mask).into()]));
            let found: Vec<(&str, u64)> =
                zones.iter().map(|zone| (zone.name.as_str(), reserve(zone, &zones, request).kib())).collect();
            assert_eq!(found, *expected, "{mask}");
        }
    }
}
