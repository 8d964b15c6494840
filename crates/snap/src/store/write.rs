//! Writing: one snapshot, one transaction.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::{
    Store,
    error::{Error, Trouble},
    frame,
    kept::{self, Base, Kept, Numbers},
    layout,
    names::Names,
    place,
    read::{self, SnapshotId},
    sums,
};
use crate::snapshot::Snapshot;

/// How many frames may refer to one key frame.
const GROUP: i64 = 120;

/// The time that a key frame is for, in microseconds: an hour, which is also the longest distance
/// between snapshots that thinning leaves, so that of each hour it leaves the key frame.
const HOUR: u64 = 3_600_000_000;

/// What became of a snapshot that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The snapshot in the store.
    pub id: SnapshotId,
    /// Whether its processes were left out since the disk is nearly full; their sums are there.
    pub cut: bool,
}

impl Store {
    /// Writes a snapshot, whole or not at all.
    ///
    /// # Errors
    ///
    /// Where the disk is full, or another process writes for longer than the options have
    /// patience; the store is as it was before.
    pub fn write(&mut self, snapshot: &Snapshot) -> Result<Written, Error> {
        let room = place::room(&self.path);
        let cut = room.is_some_and(|room| room < self.options.reserve) && snapshot.processes.is_some();
        self.add(snapshot, cut).map_err(|trouble| trouble.at(&self.path))
    }

    fn add(&mut self, snapshot: &Snapshot, cut: bool) -> Result<Written, Trouble> {
        // The lock is taken before anything is read, so that no two writers see the same last frame.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sorted = (!snapshot.is_sorted()).then(|| {
            let mut sorted = snapshot.clone();
            sorted.sort();
            sorted
        });
        let snapshot = sorted.as_ref().unwrap_or(snapshot);
        let version = kept::version(&transaction)?;
        let boot = boot(&transaction, snapshot)?;
        let (base, numbers) = base(&transaction, self.kept.take(), version, boot, snapshot)?;
        let frame: i64 =
            transaction.query_row("SELECT coalesce(max(id), 0) + 1 FROM frame", [], |row| row.get(0))?;
        let key = base.as_ref().map_or(frame, |base| base.key);
        let mut names = Names::writing(&transaction, key, numbers);
        let machine = layout::machine_frame(&snapshot.machine, snapshot.cgroups.as_deref(), &mut names)?;
        let packed_machine = frame::encode(&machine, base.as_ref().map(|base| &base.machine))?;
        let processes = match snapshot.processes.as_deref().filter(|_| !cut) {
            Some(processes) => Some(layout::process_frame(processes, &mut names)?),
            None => None,
        };
        let base_processes = base.as_ref().and_then(|base| base.processes.as_ref());
        let packed = processes.as_ref().map(|processes| frame::encode(processes, base_processes));
        let sql = "INSERT INTO frame (id, key, machine, processes) VALUES (?1, ?2, ?3, ?4)";
        transaction.prepare_cached(sql)?.execute(params![
            frame,
            (key != frame).then_some(key),
            packed_machine,
            packed.transpose()?
        ])?;
        let id = row(&transaction, snapshot, (boot, frame), cut)?;
        sums::machine(&transaction, snapshot, id)?;
        sums::span(&transaction, &mut names, snapshot, (boot, key))?;
        let numbers = names.into_numbers();
        transaction.commit()?;
        let base = base.unwrap_or(Base { key, machine, processes });
        self.kept = Some(Kept::new(version, base, numbers));
        Ok(Written { id: SnapshotId::new(id), cut })
    }
}

/// Returns the number of a snapshot's boot, which is made when it is first seen.
fn boot(connection: &Connection, snapshot: &Snapshot) -> Result<i64, Trouble> {
    let (moment, host) = (&snapshot.moment, &snapshot.host);
    let bytes = |name: &Option<crate::name::Name>| name.as_ref().map(|name| name.as_bytes().to_vec());
    let page_size = host.page_size_bytes.map(|size| size.bytes().get().cast_signed());
    let cells = params![
        moment.boot_id.as_bytes(),
        bytes(&host.machine_id),
        bytes(&host.name),
        bytes(&host.kernel),
        page_size
    ];
    // All that is known of the host stands here, so a host that is renamed gets another row; the
    // first of the rows is what the boot is ordered by.
    let sql = "SELECT id FROM boot WHERE boot_id = ?1 AND machine_id IS ?2 AND host IS ?3 AND kernel IS ?4
               AND page_size IS ?5";
    if let Some(id) = connection.prepare_cached(sql)?.query_row(cells, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let sql = "INSERT INTO boot (boot_id, machine_id, host, kernel, page_size) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute(cells)?;
    Ok(connection.last_insert_rowid())
}

/// Returns the key frame that a snapshot may refer to, if there is one that is near and whole, and
/// the numbers of names that are known to belong to it.
fn base(
    connection: &Connection,
    kept: Option<Kept>,
    version: i64,
    boot: i64,
    snapshot: &Snapshot,
) -> Result<(Option<Base>, Numbers), Trouble> {
    let nothing = (None, Numbers::new());
    let Some(key) = near(connection, boot, snapshot)? else { return Ok(nothing) };
    let (base, numbers) = match kept.and_then(|kept| kept.of(key, version)) {
        Some(kept) => kept,
        None => match read::frames(connection, key) {
            Ok((machine, processes)) => (Base { key, machine, processes }, Numbers::new()),
            // A key frame that is damaged is left alone, and the next one begins here.
            Err(Trouble::Damaged(_)) => return Ok(nothing),
            Err(trouble) => return Err(trouble),
        },
    };
    let fits = base.processes.is_some() || snapshot.processes.is_none();
    Ok(if fits { (Some(base), numbers) } else { nothing })
}

/// Returns the key frame of the last snapshot of a boot, if it is near enough.
fn near(connection: &Connection, boot: i64, snapshot: &Snapshot) -> Result<Option<i64>, Trouble> {
    let sql = "SELECT coalesce(f.key, f.id) FROM snapshot s JOIN frame f ON f.id = s.frame
               WHERE s.boot = ?1 ORDER BY s.id DESC LIMIT 1";
    let last: Option<i64> = connection.prepare_cached(sql)?.query_row([boot], |row| row.get(0)).optional()?;
    let Some(key) = last else { return Ok(None) };
    let sql = "SELECT s.boot_clock, (SELECT count(*) FROM frame f WHERE f.key = ?1)
               FROM snapshot s WHERE s.frame = ?1";
    let about: Option<(i64, i64)> =
        connection.prepare_cached(sql)?.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let hour = |clock: u64| clock / HOUR;
    let near = about.is_some_and(|(clock, frames)| {
        frames < GROUP && hour(clock.cast_unsigned()) == hour(snapshot.moment.boot_clock.micros())
    });
    Ok(near.then_some(key))
}

/// Writes the row of a snapshot.
fn row(
    connection: &Connection,
    snapshot: &Snapshot,
    (boot, frame): (i64, i64),
    cut: bool,
) -> Result<i64, Trouble> {
    let (moment, cost, reason) = (&snapshot.moment, &snapshot.cost, snapshot.reason.as_ref());
    let sql = "INSERT INTO snapshot (boot, boot_clock, since_boot, at, utc_offset, frame,
               cpu, wall, vanished, denied, given_up, cut, reason, reason_cgroup)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let signed = |number: u64| number.cast_signed();
    connection.prepare_cached(sql)?.execute(params![
        boot,
        signed(moment.boot_clock.micros()),
        moment.since_boot.map(|clock| signed(clock.micros())),
        moment.at().instant().as_microsecond(),
        moment.offset().seconds(),
        frame,
        cost.cpu.map(|time| signed(time.micros())),
        cost.wall.map(|time| signed(time.micros())),
        cost.processes_vanished.map(signed),
        cost.denied.map(signed),
        cost.given_up.map(signed),
        cut,
        reason.map(|reason| reason.cause.word()),
        reason.and_then(|reason| reason.cgroup.as_ref()).map(crate::name::Name::as_bytes),
    ])?;
    Ok(connection.last_insert_rowid())
}
