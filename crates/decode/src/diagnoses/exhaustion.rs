//! Whether the memory was really gone: the allocator's own test, replayed.

use oomkit_core::units::Bytes;

use crate::case::{Case, Gauge, at_least, less};
use crate::report::{FreeList, Zone};

oomkit_core::rules! {
    Case;
    /// The diagnoses of this family, by code.
    EXHAUSTION = [
        exhausted::EXHAUSTED,
        emergency_reserve::EMERGENCY_RESERVE,
        fragmentation::FRAGMENTATION,
        no_compaction::NO_COMPACTION,
        not_fragmentation::NOT_FRAGMENTATION,
        low_zone::LOW_ZONE,
        device_memory_asked::DEVICE_MEMORY_ASKED,
        lowmem_reserve::LOWMEM_RESERVE,
        contiguous_memory_free::CONTIGUOUS_MEMORY_FREE,
        highatomic_reserve::HIGHATOMIC_RESERVE,
        watermark_boost::WATERMARK_BOOST,
        min_free_kbytes::MIN_FREE_KBYTES,
        numa_imbalance::NUMA_IMBALANCE,
        free_elsewhere::FREE_ELSEWHERE,
        reclaim_gave_up::RECLAIM_GAVE_UP,
        no_file_system_reclaim::NO_FILE_SYSTEM_RECLAIM,
    ]
}

/// What a request found in the zones that it may take from.
#[derive(Clone, Copy)]
struct Stock {
    /// What is free for such a request.
    spare: Bytes,
    /// What has to remain: watermarks and reserves.
    needed: Bytes,
    /// Whether that is too little.
    exhausted: bool,
}

/// Adds up what the zones had for the request; `None` where the dump does not show all of them.
fn stock(case: &Case) -> Option<Stock> {
    let order = case.order().filter(|_| case.speaks_of_machine() && case.zones.whole)?;
    let hidden = case.machine.hidden_free.zip(case.machine.managed);
    if hidden.is_some_and(|(hidden, managed)| at_least(hidden, 5, managed)) {
        return None;
    }
    let (spare, needed) = (case.zones.sum(|gauge| gauge.spare), case.zones.sum(|gauge| gauge.needed));
    // Memory comes back between the decision and the dump; in single pages, it shows.
    let exhausted = match order {
        0 => spare.get() / 2 <= needed.get(),
        _ => case.zones.open().all(|gauge| gauge.spare <= gauge.needed),
    };
    (needed != Bytes::ZERO).then_some(Stock { spare, needed, exhausted })
}

/// The pieces that a request for several pages in one piece could have had.
#[derive(Clone, Copy)]
struct Pieces {
    /// The size that was asked for.
    size: Bytes,
    /// What is free in pieces of that size or more, of a type that the request may use.
    fitting: Bytes,
    /// What is free in pieces of that size or more which are kept for others.
    kept: Bytes,
    /// Whether such a request fails for want of pieces, though there are pages enough.
    wanting: bool,
}

/// Looks for pieces in the open zones that have pages enough; `None` where these are not known.
fn pieces(case: &Case) -> Option<Pieces> {
    let order = case.order().filter(|order| 0 < *order && case.speaks_of_machine() && case.zones.whole)?;
    let size = Bytes::new(case.machine.page.get().checked_shl(order)?);
    let mut sum = Pieces { size, fitting: Bytes::ZERO, kept: Bytes::ZERO, wanting: true };
    let mut rich = 0;
    for gauge in case.zones.open().filter(|gauge| gauge.needed < gauge.spare) {
        let zone = case.zone(gauge).filter(|zone| !zone.free_lists.is_empty())?;
        let movable = case.zones.request.is_some_and(|request| request.movable);
        let found = of_zone(zone, gauge, size, movable);
        sum.fitting = sum.fitting.saturating_add(found.fitting);
        sum.kept = sum.kept.saturating_add(found.kept);
        sum.wanting &= found.wanting;
        rich += 1;
    }
    (0 < rich).then_some(sum)
}

fn of_zone(zone: &Zone, gauge: &Gauge, size: Bytes, movable: bool) -> Pieces {
    let large = || zone.free_lists.iter().filter(|list| size <= list.block_bytes && 0 < list.count);
    let usable = |list: &&FreeList| {
        let types = list.types.as_deref();
        types.is_none_or(|types| types.contains(['U', 'M', 'E', 'R']) || (movable && types.contains('C')))
    };
    let total = |list: &FreeList| Bytes::new(list.block_bytes.get().saturating_mul(list.count));
    let fitting = large().filter(usable).map(total).sum();
    let kept = large().filter(|list| !usable(list)).map(total).sum();
    let wanting = if asks_for_a_share(zone) { !has_share(zone, gauge, size) } else { fitting == Bytes::ZERO };
    Pieces { size, fitting, kept, wanting }
}

/// Tells whether the kernel wants a share of the free memory in large pieces, as it did before
/// Linux 4.4, rather than one piece; its free lists tell no types yet, or have a reserve among them.
fn asks_for_a_share(zone: &Zone) -> bool {
    let mut used = zone.free_lists.iter().filter(|list| 0 < list.count);
    used.any(|list| list.types.as_deref().is_none_or(|types| types.contains('R')))
}

/// Replays that older test: what is left without the smaller pieces, against a mark that halves with
/// each size.
fn has_share(zone: &Zone, gauge: &Gauge, size: Bytes) -> bool {
    let (mut left, mut mark) = (gauge.spare, less(gauge.needed, gauge.reserve));
    for list in zone.free_lists.iter().filter(|list| list.block_bytes < size) {
        left = less(left, Bytes::new(list.block_bytes.get().saturating_mul(list.count)));
        mark = Bytes::new(mark.get() / 2);
        if left <= mark {
            return false;
        }
    }
    true
}

/// Says how an order is written: `16.0 KiB in one piece (order 2)`.
fn in_one_piece(size: Bytes, order: u32) -> String {
    format!("{size} in one piece (order {order})")
}
