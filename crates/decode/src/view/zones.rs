//! Zones: free memory held against the watermarks, with what is kept from the request, and in which
//! blocks it lies.

use oomkit_core::{
    document::{Bar, Block, Document, Gauge, Mark, Tone},
    units::{Bytes, Share},
};

use super::{
    Case, push_left_out,
    words::{NOT_IN_LOG, detail, name},
};
use crate::{
    case::{self, ZoneFigures},
    report::{FreeList, Machine, Zone},
};

/// The zones that are shown as a rule.
const USUAL: usize = 12;

/// Where the highest watermark stands on the scale; what lies far above it need not be told apart.
const HIGHEST: f64 = 0.6;

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let Some(machine) = &case.event.machine else { return };
    if machine.zones.is_empty() {
        return;
    }
    let figures = ZoneFigures::of(case.event);
    let shown = telling(&machine.zones, case.rows(USUAL));
    let left_out = machine.zones.len() - shown.len();
    document.push(detail("Zones: free memory and watermarks"));
    let gauges = shown.iter().map(|(at, zone)| gauge(case, zone, figure(&figures, *at)));
    document.push(Block::Gauges(gauges.collect()));
    push_left_out(document, left_out);
    if shown.iter().any(|(_, zone)| state(zone) == Some(State::BelowMin)) {
        let meaning = "Below min, only the kernel's emergency allocations succeed.";
        document.push(Block::Text(Tone::Quiet, meaning.into()));
    }
    if shown.iter().any(|(at, zone)| is_kept(zone, figure(&figures, *at))) {
        let meaning = "What a zone keeps for requests that can use no higher zone is of no use to this one.";
        document.push(Block::Text(Tone::Quiet, meaning.into()));
    }
    if case.is_full() {
        reserves(machine, document);
        for zone in &machine.zones {
            let heading = format!("Counters of zone {}", zone_name(zone));
            super::machine::counters(&heading, &zone.counters, true, document);
        }
    }
}

/// Returns the zones to be shown with their places: all of them, or those short of memory first, in
/// the order of the log.
fn telling(zones: &[Zone], room: usize) -> Vec<(usize, &Zone)> {
    let mut shortest: Vec<(usize, &Zone)> = zones.iter().enumerate().collect();
    shortest.sort_by_key(|(_, zone)| state(zone).unwrap_or(State::AboveHigh));
    shortest.truncate(room);
    shortest.sort_by_key(|(at, _)| *at);
    shortest
}

fn figure(figures: &ZoneFigures, at: usize) -> Option<&case::Gauge> {
    figures.gauges.iter().find(|gauge| gauge.at == at)
}

fn gauge(case: &Case<'_>, zone: &Zone, figure: Option<&case::Gauge>) -> Gauge {
    let high = [zone.high_bytes, zone.low_bytes, zone.min_bytes].into_iter().flatten().max();
    let share =
        |size: Bytes| high.and_then(|high| Share::of(size, high)).map(|share| share.fraction() * HIGHEST);
    let mark = |label: &str, size: Bytes| Mark {
        label: label.to_owned(),
        value: size.to_string(),
        share: share(size).unwrap_or(0.0),
    };
    let marks = [("min", zone.min_bytes), ("low", zone.low_bytes), ("high", zone.high_bytes)];
    let marks = marks.into_iter().filter_map(|(label, size)| Some(mark(label, size?)));
    let reserve = figure.map(|figure| figure.reserve).filter(|reserve| *reserve != Bytes::ZERO);
    let (tone, words) = standing(zone, figure);
    Gauge {
        label: zone_name(zone),
        level: zone.free_bytes.map(|free| mark("free", free)),
        marks: marks.collect(),
        kept: reserve.map(|reserve| mark("kept", reserve)),
        state: words,
        tone,
        parts: if case.is_rich() { blocks(case, zone) } else { Vec::new() },
        parts_are: "free, by size of block".into(),
        notes: Vec::new(),
    }
}

/// Says where a zone's free memory stands, and how that is meant.
fn standing(zone: &Zone, figure: Option<&case::Gauge>) -> (Tone, String) {
    let Some(state) = state(zone) else { return (Tone::Quiet, NOT_IN_LOG.into()) };
    let closed = figure.is_some_and(|figure| !figure.open);
    let beside = match (closed, is_kept(zone, figure)) {
        (true, _) => ", not open to this request",
        (false, true) => ", but kept",
        (false, false) => "",
    };
    let tone = match state {
        State::BelowMin => Tone::Bad,
        State::BelowLow => Tone::Doubtful,
        State::BelowHigh | State::AboveHigh => Tone::Plain,
    };
    (if closed { Tone::Quiet } else { tone }, format!("{}{beside}", state.words()))
}

/// Tells whether what is free above the watermarks is kept from the request.
fn is_kept(zone: &Zone, figure: Option<&case::Gauge>) -> bool {
    let Some(figure) = figure.filter(|figure| figure.open && figure.reserve != Bytes::ZERO) else {
        return false;
    };
    state(zone) == Some(State::AboveHigh) && figure.free < figure.high.saturating_add(figure.reserve)
}

fn zone_name(zone: &Zone) -> String {
    match zone.node {
        Some(node) => format!("{node} {}", name(&zone.name)),
        None => name(&zone.name).into_owned(),
    }
}

/// Where a zone's free memory stands between its watermarks, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    BelowMin,
    BelowLow,
    BelowHigh,
    AboveHigh,
}

impl State {
    const fn words(self) -> &'static str {
        match self {
            Self::BelowMin => "below min",
            Self::BelowLow => "below low",
            Self::BelowHigh => "below high",
            Self::AboveHigh => "above high",
        }
    }
}

fn state(zone: &Zone) -> Option<State> {
    let free = zone.free_bytes?;
    let marks = [
        (zone.min_bytes, State::BelowMin),
        (zone.low_bytes, State::BelowLow),
        (zone.high_bytes, State::BelowHigh),
    ];
    let below = marks.into_iter().find(|(mark, _)| mark.is_some_and(|mark| free < mark));
    below.map(|(_, state)| state).or_else(|| zone.high_bytes.map(|_| State::AboveHigh))
}

/// Returns the free blocks of each size, with those marked that are too small for the request.
fn blocks(case: &Case<'_>, zone: &Zone) -> Vec<Bar> {
    let size = |list: &FreeList| Bytes::new(list.block_bytes.get().saturating_mul(list.count));
    let whole = zone.free_lists.iter().map(size).sum();
    let asked = case.event.trigger.as_ref().and_then(|trigger| trigger.order);
    let asked = asked.and_then(|order| u32::try_from(order.get()).ok()).unwrap_or(0);
    let page = case.event.page_size_bytes.bytes().get();
    let wanted = page.checked_shl(asked).unwrap_or(u64::MAX);
    let bars = zone.free_lists.iter().map(|list| {
        let tone = if list.block_bytes.get() < wanted { Tone::Quiet } else { Tone::Plain };
        let types = list.types.as_ref().map_or_else(String::new, |types| format!(" ({})", name(types)));
        let bar = Bar::of(list.block_bytes.to_string(), size(list), whole, tone);
        Bar { value: format!("{}{types}", list.count), ..bar }
    });
    bars.collect()
}

fn reserves(machine: &Machine, document: &mut Document) {
    let reserves = machine.zones.iter().filter(|zone| !zone.lowmem_reserve_bytes.is_empty());
    let reserves: Vec<_> = reserves
        .map(|zone| {
            let sizes = zone.lowmem_reserve_bytes.iter().map(ToString::to_string);
            (zone_name(zone), sizes.collect::<Vec<_>>().join(", "))
        })
        .collect();
    if !reserves.is_empty() {
        document.push(Block::Appendix("What requests for higher zones must leave free".into()));
        document.push(Block::Facts(reserves));
    }
}
