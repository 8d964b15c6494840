//! The machine and its control groups in a frame: a table for each of its files.

use std::collections::BTreeMap;

use super::{cgroup, map, map_table, put_map, take_map};
use crate::{
    snapshot::{
        Cgroup, HugePages, Machine, Meminfo, Node, Pressure, SlabCache, Swap, Tmpfs, Zone, Zram, Zswap,
    },
    store::{
        cells::{Cell, Column, columns, rows, table},
        error::Trouble,
        frame::{Frame, Table},
        names::Names,
    },
};

const SIZES: u64 = 1;
const COUNTS: u64 = 2;
const VMSTAT: u64 = 3;
const PRESSURE: u64 = 4;
const ZONES: u64 = 5;
const SLAB: u64 = 6;
const HUGE_PAGES: u64 = 7;
const SWAPS: u64 = 8;
const ZRAM: u64 = 9;
const ZSWAP: u64 = 10;
const TMPFS: u64 = 11;
const NODES: u64 = 12;
const CGROUPS: u64 = 13;

columns! { ZONE: Zone { 1 node? 2 name! 3 free? 4 min? 5 low? 6 high? 7 managed? 8 present? } }
columns! { SLAB_CACHE: SlabCache { 1 name! 2 active? 3 objects? 4 object_bytes? 5 slabs? 6 slab_pages? } }
columns! { HUGE: HugePages { 1 node? 2 size_bytes? 3 total? 4 free? 5 reserved? 6 surplus? } }
columns! { SWAP: Swap { 1 path! 2 kind? 3 size_bytes? 4 used_bytes? 5 priority? } }
columns! { ZRAM_DEVICE: Zram {
    1 name! 2 disk_bytes? 3 original_bytes? 4 compressed_bytes? 5 memory_bytes? 6 limit_bytes? 7 peak_bytes?
} }
columns! { ZSWAP_CACHE: Zswap { 1 enabled? 2 pool_bytes? 3 stored_bytes? 4 max_pool_percent? } }
columns! { TMPFS_MOUNT: Tmpfs { 1 mount_point! 2 size_bytes? 3 used_bytes? } }
columns! { NODE: Node { 1 id? } }

/// For each map of a row: the column that says that it is there, and its number.
const ZONE_COUNTERS: (u64, u64) = (49, 0);
const NODE_SIZES: (u64, u64) = (48, 0);

/// The column that says that the free blocks of a zone are known, and the column of single pages.
const HAS_BLOCKS: u64 = 48;
const BLOCKS: u64 = 1024;

/// More orders than any kernel has.
const ORDERS: u64 = 64;

/// Writes the machine and its control groups as a frame.
pub(in crate::store) fn write(
    machine: &Machine,
    cgroups: Option<&[Cgroup]>,
    names: &mut Names<'_>,
) -> Result<Frame, Trouble> {
    let mut frame = Frame::new();
    if let Some(meminfo) = &machine.meminfo {
        frame.insert(SIZES, map_table(&meminfo.sizes, names)?);
        frame.insert(COUNTS, map_table(&meminfo.counts, names)?);
    }
    if let Some(vmstat) = &machine.vmstat {
        frame.insert(VMSTAT, map_table(vmstat, names)?);
    }
    if let Some(pressure) = &machine.pressure {
        let put = |_: &(), names: &mut Names<'_>| {
            let mut cells = BTreeMap::new();
            cgroup::put_pressure(Some(pressure), names, &mut cells)?;
            Ok(cells)
        };
        frame.insert(PRESSURE, table(&[()], &[], names, by_place, put)?);
    }
    if let Some(zones) = &machine.zones {
        frame.insert(ZONES, table(zones, ZONE, names, by_place, zone_cells)?);
    }
    if let Some(slab) = &machine.slab {
        let by_name = |cache: &SlabCache, _, names: &mut Names<'_>| cache.name.number(names);
        frame.insert(SLAB, table(slab, SLAB_CACHE, names, by_name, no_more)?);
    }
    put_list(&mut frame, HUGE_PAGES, machine.huge_pages.as_deref(), HUGE, names)?;
    put_list(&mut frame, SWAPS, machine.swaps.as_deref(), SWAP, names)?;
    put_list(&mut frame, ZRAM, machine.zram.as_deref(), ZRAM_DEVICE, names)?;
    put_list(&mut frame, ZSWAP, machine.zswap.as_ref().map(std::slice::from_ref), ZSWAP_CACHE, names)?;
    put_list(&mut frame, TMPFS, machine.tmpfs.as_deref(), TMPFS_MOUNT, names)?;
    if let Some(nodes) = &machine.nodes {
        let put = |node: &Node, names: &mut Names<'_>| {
            let mut cells = BTreeMap::new();
            put_map(node.sizes.as_ref(), NODE_SIZES, names, &mut cells)?;
            Ok(cells)
        };
        frame.insert(NODES, table(nodes, NODE, names, by_place, put)?);
    }
    if let Some(cgroups) = cgroups {
        frame.insert(CGROUPS, cgroup::write(cgroups, names)?);
    }
    Ok(frame)
}

/// Reads the machine and its control groups from a frame.
pub(in crate::store) fn read(
    frame: &Frame,
    names: &mut Names<'_>,
) -> Result<(Machine, Option<Vec<Cgroup>>), Trouble> {
    let meminfo = match (frame.get(&SIZES), frame.get(&COUNTS)) {
        (Some(sizes), Some(counts)) => {
            Some(Meminfo { sizes: map(sizes, names)?, counts: map(counts, names)? })
        }
        _ => None,
    };
    let machine = Machine {
        meminfo,
        vmstat: frame.get(&VMSTAT).map(|table| map(table, names)).transpose()?,
        pressure: frame.get(&PRESSURE).map(|table| pressure(table, names)).transpose()?,
        zones: frame.get(&ZONES).map(|table| zones(table, names)).transpose()?,
        slab: take_list(frame, SLAB, SLAB_CACHE, names)?,
        huge_pages: take_list(frame, HUGE_PAGES, HUGE, names)?,
        swaps: take_list(frame, SWAPS, SWAP, names)?,
        zram: take_list(frame, ZRAM, ZRAM_DEVICE, names)?,
        zswap: take_list(frame, ZSWAP, ZSWAP_CACHE, names)?.and_then(|list| list.into_iter().next()),
        tmpfs: take_list(frame, TMPFS, TMPFS_MOUNT, names)?,
        nodes: frame.get(&NODES).map(|table| nodes(table, names)).transpose()?,
    };
    let cgroups = frame.get(&CGROUPS).map(|table| cgroup::read(table, names)).transpose()?;
    Ok((machine, cgroups))
}

/// Numbers the rows of a short list, whose order is kept.
#[expect(clippy::unnecessary_wraps, reason = "other tables ask the names, which may fail")]
fn by_place<T>(_: &T, at: usize, _: &mut Names<'_>) -> Result<u64, Trouble> {
    Ok(u64::try_from(at).unwrap_or(u64::MAX))
}

#[expect(clippy::unnecessary_wraps, reason = "other tables ask the names, which may fail")]
fn no_more<T>(_: &T, _: &mut Names<'_>) -> Result<BTreeMap<u64, u64>, Trouble> {
    Ok(BTreeMap::new())
}

fn put_list<T>(
    frame: &mut Frame,
    tag: u64,
    list: Option<&[T]>,
    columns: &[Column<T>],
    names: &mut Names<'_>,
) -> Result<(), Trouble> {
    if let Some(list) = list {
        frame.insert(tag, table(list, columns, names, by_place, no_more)?);
    }
    Ok(())
}

fn take_list<T: Default>(
    frame: &Frame,
    tag: u64,
    columns: &[Column<T>],
    names: &mut Names<'_>,
) -> Result<Option<Vec<T>>, Trouble> {
    let table = frame.get(&tag);
    table.map(|table| rows(table, T::default, columns, names, |_, _, _, _| Ok(()))).transpose()
}

fn zone_cells(zone: &Zone, names: &mut Names<'_>) -> Result<BTreeMap<u64, u64>, Trouble> {
    let mut cells = BTreeMap::new();
    put_map(zone.counters.as_ref(), ZONE_COUNTERS, names, &mut cells)?;
    if let Some(blocks) = &zone.free_blocks {
        cells.insert(HAS_BLOCKS, 1);
        cells.extend((BLOCKS..BLOCKS + ORDERS).zip(blocks.iter().copied()));
    }
    Ok(cells)
}

fn zones(table: &Table, names: &mut Names<'_>) -> Result<Vec<Zone>, Trouble> {
    rows(table, Zone::default, ZONE, names, |zone, tag, cell, names| {
        if tag == HAS_BLOCKS {
            zone.free_blocks.get_or_insert_default();
        } else if (BLOCKS..BLOCKS + ORDERS).contains(&tag) {
            // Tags come in ascending order, so the blocks do too.
            zone.free_blocks.get_or_insert_default().push(cell);
        }
        take_map(&mut zone.counters, ZONE_COUNTERS, (tag, cell), names)
    })
}

fn nodes(table: &Table, names: &mut Names<'_>) -> Result<Vec<Node>, Trouble> {
    rows(table, Node::default, NODE, names, |node, tag, cell, names| {
        take_map(&mut node.sizes, NODE_SIZES, (tag, cell), names)
    })
}

fn pressure(table: &Table, names: &mut Names<'_>) -> Result<Pressure, Trouble> {
    let found = rows(
        table,
        || None,
        &[],
        names,
        |pressure: &mut Option<Pressure>, tag, cell, names| {
            cgroup::take_pressure(pressure, (tag, cell), names)
        },
    )?;
    Ok(found.into_iter().flatten().next().unwrap_or_default())
}
