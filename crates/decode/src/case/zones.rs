//! The zones as the allocator saw them: which were open to the request, and what they could spare.
//!
//! Source: `__zone_watermark_ok()` in `mm/page_alloc.c`.  The last try before a kill is made against
//! the high watermark.

use oomkit_core::{place::LineNo, units::Bytes};

use crate::kernel::{
    gfp::{self, Request},
    zone::ZoneKind,
};
use crate::report::{Event, Zone};

/// A zone with what matters to the request.
#[derive(Clone, Debug)]
pub(crate) struct Gauge {
    /// Where the zone stands among the machine's.
    pub(crate) at: usize,
    pub(crate) kind: ZoneKind,
    /// Whether the request may take from it.
    pub(crate) open: bool,
    pub(crate) free: Bytes,
    pub(crate) min: Bytes,
    pub(crate) high: Bytes,
    /// What is kept from requests that could go to higher zones.
    pub(crate) reserve: Bytes,
    /// What of the free memory is for such a request.
    pub(crate) spare: Bytes,
    pub(crate) line: Option<LineNo>,
}

/// The zones and the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ZoneFigures {
    /// What the mask allows; `None` where the log has no mask.
    pub(crate) request: Option<Request>,
    /// The zones whose watermarks are known.
    pub(crate) gauges: Vec<Gauge>,
}

impl ZoneFigures {
    pub(super) fn of(event: &Event) -> Self {
        let request = event
            .trigger
            .as_ref()
            .filter(|trigger| trigger.gfp_mask.is_some())
            .map(|trigger| gfp::request(&trigger.gfp_flags));
        let zones = event.machine.as_ref().map(|machine| machine.zones.as_slice()).unwrap_or_default();
        let gauges = zones.iter().enumerate().filter_map(|(at, zone)| gauge(at, zone, zones, request));
        Self { request, gauges: gauges.collect() }
    }

    /// Returns the zones that the request may take from.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Gauge> {
        self.gauges.iter().filter(|gauge| gauge.open)
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
}

fn gauge(at: usize, zone: &Zone, zones: &[Zone], request: Option<Request>) -> Option<Gauge> {
    let kind = ZoneKind::of(zone.name.as_bytes())?;
    let free = zone.free_bytes?;
    let counter = |name: &str| zone.counters.get(name).copied().unwrap_or_default();
    let contiguous = match request {
        Some(request) if !request.movable => counter("free_cma_bytes"),
        _ => Bytes::ZERO,
    };
    let kept = counter("reserved_highatomic_bytes").saturating_add(contiguous);
    Some(Gauge {
        at,
        kind,
        open: kind != ZoneKind::Device && request.is_none_or(|request| kind <= request.highest),
        free,
        min: zone.min_bytes?,
        high: zone.high_bytes?,
        reserve: reserve(zone, zones, request),
        spare: super::less(free, kept),
        line: zone.line,
    })
}

/// Returns what a zone keeps from a request: the row has an entry for each kind of zone that the
/// kernel was built with, and these are not printed.
fn reserve(zone: &Zone, zones: &[Zone], request: Option<Request>) -> Bytes {
    let row = &zone.lowmem_reserve_bytes;
    let highest = zones.iter().filter_map(|zone| ZoneKind::of(zone.name.as_bytes())).max();
    let asked = request.map_or(ZoneKind::Movable, |request| request.highest);
    if highest.is_none_or(|highest| highest <= asked) {
        return row.last().copied().unwrap_or_default();
    }
    let has = |kind| zones.iter().any(|zone| ZoneKind::of(zone.name.as_bytes()) == Some(kind));
    let built: Vec<ZoneKind> =
        [ZoneKind::Dma, ZoneKind::Dma32, ZoneKind::Normal, ZoneKind::HighMem, ZoneKind::Movable]
            .into_iter()
            .filter(|kind| matches!(kind, ZoneKind::Normal | ZoneKind::Movable) || has(*kind))
            .collect();
    let at = built.iter().position(|kind| asked <= *kind);
    at.and_then(|at| row.get(at)).copied().unwrap_or_default()
}
