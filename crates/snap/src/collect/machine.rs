//! The machine as a whole, in the shape of a snapshot.
//!
//! Huge pages of single sizes, compressed block devices, the compressed swap cache's settings and
//! file systems in memory are not read yet, and so are unknown.

use std::time::Duration;

use oomkit_host::{
    kernel::{
        buddyinfo::Buddies,
        meminfo,
        pressure::{self, Stall},
        slabinfo::Cache,
        swaps, zoneinfo,
    },
    tree::Tree,
};

use super::Missed;
use crate::{
    kernel::meminfo as keys,
    name::Name,
    snapshot::{Figures, Machine, Meminfo, Node, Percent, Pressure, SlabCache, Swap, Zone},
};

/// Reads the machine.
pub(super) fn read<T: Tree>(host: &oomkit_host::Host<T>, missed: &mut Missed) -> Machine {
    let buddies = missed.take(host.buddies()).unwrap_or_default();
    Machine {
        meminfo: missed.take(host.meminfo()).map(|read| sizes(&read)),
        vmstat: missed.take(host.vmstat()).map(|read| {
            // A counter below zero is an error of rounding between processors, and says nothing.
            let known = |(name, count)| Some((Name::from(name), u64::try_from(count).ok()?));
            read.counters().filter_map(known).collect()
        }),
        pressure: missed.take(host.pressure()).map(|read| pressure(&read)),
        zones: missed
            .take(host.zones())
            .map(|zones| zones.into_iter().map(|read| zone(read, &buddies)).collect()),
        slab: missed.take(host.caches()).map(|caches| caches.iter().map(cache).collect()),
        huge_pages: None,
        swaps: missed.take(host.swaps()).map(|swaps| swaps.iter().map(swap).collect()),
        zram: None,
        zswap: None,
        tmpfs: None,
        nodes: missed.take(host.nodes()).map(|nodes| {
            let of =
                |(id, read)| Node { id: Some(id), sizes: missed.take(read).map(|read| sizes(&read).sizes) };
            nodes.into_iter().map(of).collect()
        }),
    }
}

fn sizes(read: &meminfo::Meminfo) -> Meminfo {
    let known = read.sizes().map(|(name, size)| (Name::from(name), size));
    let others = read.others.iter().map(|(name, size)| (Name::from(&**name), *size));
    let counts = [
        (keys::HUGE_PAGES_TOTAL, read.huge_pages_total),
        (keys::HUGE_PAGES_FREE, read.huge_pages_free),
        (keys::HUGE_PAGES_RESERVED, read.huge_pages_reserved),
        (keys::HUGE_PAGES_SURPLUS, read.huge_pages_surplus),
    ];
    Meminfo {
        sizes: known.chain(others).collect(),
        counts: counts.into_iter().filter_map(|(name, count)| Some((Name::from(name), count?))).collect(),
    }
}

/// Takes over how long tasks waited.
pub(super) fn pressure(read: &pressure::Pressure) -> Pressure {
    let [some_avg10, some_avg60, some_avg300] = shares(read.some);
    let [full_avg10, full_avg60, full_avg300] = shares(read.full);
    let micros = |stall: Option<Stall>| {
        stall.map(|Stall { total, .. }| u64::try_from(Duration::as_micros(&total)).unwrap_or(u64::MAX))
    };
    Pressure {
        some_avg10,
        some_avg60,
        some_avg300,
        some_total: micros(read.some),
        full_avg10,
        full_avg60,
        full_avg300,
        full_total: micros(read.full),
    }
}

fn shares(stall: Option<Stall>) -> [Option<Percent>; 3] {
    let Some(stall) = stall else { return [None; 3] };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the kernel prints hundredths up to 100 percent, and a cast of any float is bounded"
    )]
    let hundredths =
        |percent: f32| Some(Percent::from_hundredths((f64::from(percent) * 100.0).round() as u64));
    [stall.percent_of_10, stall.percent_of_60, stall.percent_of_300].map(hundredths)
}

fn zone(read: zoneinfo::Zone, buddies: &[Buddies]) -> Zone {
    let own = buddies.iter().find(|own| own.node == read.node && own.zone == read.name);
    let counters: Figures = read.counters.iter().map(|(name, count)| (Name::from(&**name), *count)).collect();
    Zone {
        node: Some(read.node),
        name: Name::from(&*read.name),
        free: read.free,
        min: read.min,
        low: read.low,
        high: read.high,
        managed: read.managed,
        present: read.present,
        free_blocks: own.map(|own| own.blocks.clone()),
        counters: Some(counters),
    }
}

fn cache(read: &Cache) -> SlabCache {
    SlabCache {
        name: Name::from(&*read.name),
        active: Some(read.active_objects),
        objects: Some(read.objects),
        object_bytes: Some(read.object_size),
        slabs: Some(read.slabs),
        slab_pages: Some(read.slab_pages),
    }
}

fn swap(read: &swaps::Swap) -> Swap {
    Swap {
        path: Name::from(&*read.name),
        kind: Some(Name::from(&*read.kind)),
        size_bytes: Some(read.size),
        used_bytes: Some(read.used),
        priority: read.priority,
    }
}
