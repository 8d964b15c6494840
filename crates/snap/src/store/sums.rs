//! Sums: plain rows beside the frames, for people who query the store with `sqlite3`.
//!
//! They are made from a snapshot while it is written and are never read back into one.

use std::collections::BTreeMap;

use oomkit_core::{limit::Limit, units::Bytes};
use rusqlite::{Connection, ToSql, params};

use super::{error::Trouble, names::Names};
use crate::{
    kernel::{self, meminfo, stat, vmstat},
    snapshot::{Cgroup, Hierarchy, Process, Snapshot},
};

/// The length of a span in microseconds: ten minutes.
pub(super) const SPAN: u64 = 600_000_000;

/// Writes the machine's row of a snapshot.
pub(super) fn machine(connection: &Connection, snapshot: &Snapshot, id: i64) -> Result<(), Trouble> {
    let size = |key| kernel::size(&snapshot.machine, key).map(bytes);
    let pressure = snapshot.machine.pressure;
    let some = pressure.and_then(|pressure| pressure.some_avg10);
    let full = pressure.and_then(|pressure| pressure.full_avg10);
    let cells = [
        Some(id),
        size(meminfo::TOTAL),
        size(meminfo::FREE),
        size(meminfo::AVAILABLE),
        size(meminfo::ANONYMOUS),
        size(meminfo::CACHED),
        size(meminfo::BUFFERS),
        size(meminfo::SHARED),
        size(meminfo::SLAB),
        size(meminfo::UNRECLAIMABLE),
        size(meminfo::PAGE_TABLES),
        size(meminfo::KERNEL_STACKS),
        size(meminfo::SWAP_TOTAL),
        size(meminfo::SWAP_FREE),
        some.map(|share| signed(share.hundredths())),
        full.map(|share| signed(share.hundredths())),
        kernel::figure(snapshot.machine.vmstat.as_ref(), vmstat::OOM_KILLS).map(signed),
        snapshot.processes.as_ref().and_then(|processes| i64::try_from(processes.len()).ok()),
    ];
    let sql = "INSERT INTO machine_sample VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(cells))?;
    Ok(())
}

/// Adds a snapshot to the sums of its ten minutes.
pub(super) fn span(
    connection: &Connection,
    names: &mut Names<'_>,
    snapshot: &Snapshot,
    (boot, key): (i64, i64),
) -> Result<(), Trouble> {
    let slot = signed(snapshot.moment.boot_clock.micros() / SPAN);
    let sql = "INSERT INTO span (boot, slot, at, key, samples) VALUES (?1, ?2, ?3, ?4, 1)
               ON CONFLICT (boot, slot) DO UPDATE SET samples = samples + 1 RETURNING id";
    let at = snapshot.moment.at().instant().as_microsecond();
    let span: i64 = connection.prepare_cached(sql)?.query_row([boot, slot, at, key], |row| row.get(0))?;
    for ((name, uid), group) in groups(snapshot.processes.as_deref().unwrap_or_default()) {
        let name = names.summed(name)?;
        group.write(connection, &[&span, &name, &uid])?;
    }
    for cgroup in snapshot.cgroups.iter().flatten() {
        let path = names.summed(cgroup.path.as_bytes())?;
        write_cgroup(connection, span, path, cgroup)?;
    }
    Ok(())
}

/// The processes of one name and user.
#[derive(Default)]
struct Group {
    processes: i64,
    memory: Option<Bytes>,
    shared: Option<Bytes>,
    swap: Option<Bytes>,
}

/// Sums processes by name and user; a sum has what is known of its parts, and is unknown if nothing is.
fn groups(processes: &[Process]) -> BTreeMap<(&[u8], i64), Group> {
    let mut groups: BTreeMap<(&[u8], i64), Group> = BTreeMap::new();
    for process in processes {
        let uid = process.uid.map_or(-1, |uid| uid.get());
        let group = groups.entry((process.comm.as_bytes(), uid)).or_default();
        group.processes += 1;
        add(&mut group.memory, process.rss_anon_bytes);
        // Swap alone is not what a process holds; without the rest, the sum would be too small.
        add(&mut group.memory, process.swap_bytes.filter(|_| process.rss_anon_bytes.is_some()));
        add(&mut group.shared, process.rss_shmem_bytes);
        add(&mut group.swap, process.swap_bytes);
    }
    groups
}

fn add(sum: &mut Option<Bytes>, part: Option<Bytes>) {
    if let Some(part) = part {
        *sum = Some(sum.unwrap_or_default().saturating_add(part));
    }
}

impl Group {
    fn write(&self, connection: &Connection, place: &[&dyn ToSql; 3]) -> Result<(), Trouble> {
        // `max` of several values is NULL if one of them is, hence the `coalesce`.
        let sql = "INSERT INTO name_sum VALUES (?1, ?2, ?3, ?4 IS NOT NULL, ?7, ?4, ?4, ?5, ?6)
            ON CONFLICT (span, name, uid) DO UPDATE SET
                samples = samples + excluded.samples,
                processes = max(processes, excluded.processes),
                memory_sum = coalesce(memory_sum + excluded.memory_sum, memory_sum, excluded.memory_sum),
                memory_max = coalesce(max(memory_max, excluded.memory_max), memory_max, excluded.memory_max),
                shared_max = coalesce(max(shared_max, excluded.shared_max), shared_max, excluded.shared_max),
                swap_max = coalesce(max(swap_max, excluded.swap_max), swap_max, excluded.swap_max)";
        let [span, name, uid] = place;
        let sizes = [self.memory, self.shared, self.swap].map(|size| size.map(bytes));
        let [memory, shared, swap] = &sizes;
        connection.prepare_cached(sql)?.execute(params![
            span,
            name,
            uid,
            memory,
            shared,
            swap,
            self.processes
        ])?;
        Ok(())
    }
}

fn write_cgroup(connection: &Connection, span: i64, path: i64, cgroup: &Cgroup) -> Result<(), Trouble> {
    let sql = "INSERT INTO cgroup_sum VALUES (?1, ?2, ?3, ?4 IS NOT NULL, ?4, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (span, cgroup, hierarchy) DO UPDATE SET
            samples = samples + excluded.samples,
            usage_sum = coalesce(usage_sum + excluded.usage_sum, usage_sum, excluded.usage_sum),
            usage_max = coalesce(max(usage_max, excluded.usage_max), usage_max, excluded.usage_max),
            peak = coalesce(max(peak, excluded.peak), peak, excluded.peak),
            swap_max = coalesce(max(swap_max, excluded.swap_max), swap_max, excluded.swap_max),
            max = coalesce(excluded.max, max),
            oom_kills = coalesce(excluded.oom_kills, oom_kills)";
    let hierarchy = match cgroup.hierarchy {
        Hierarchy::V1 => 1,
        Hierarchy::V2 => 2,
    };
    let max = cgroup.limit_bytes.map(|limit| match limit {
        Limit::Max => -1,
        Limit::At(size) => bytes(size),
    });
    let oom_kills = kernel::figure(cgroup.events.as_ref(), stat::OOM_KILLS).map(signed);
    let [usage, peak, swap] =
        [cgroup.usage_bytes, cgroup.peak_bytes, cgroup.swap_bytes].map(|size| size.map(bytes));
    let cells = params![span, path, hierarchy, usage, peak, swap, max, oom_kills];
    connection.prepare_cached(sql)?.execute(cells)?;
    Ok(())
}

fn bytes(size: Bytes) -> i64 {
    signed(size.get())
}

/// SQLite's integers are signed, so a figure beyond half the range is cut there.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
