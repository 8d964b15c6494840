//! Reading: what a store has, in order, and snapshots back out of it.

use std::fmt;

use jiff::{Timestamp, tz::Offset};
use oomkit_core::units::{Bytes, PageSize, SinceBoot};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{
    Store,
    error::{Error, Trouble},
    frame::{self, Frame},
    layout,
    names::Names,
    order,
};
use crate::{
    name::Name,
    snapshot::{BootClock, BootId, Cause, Cost, Duration, Host, Moment, Reason, Snapshot},
};

/// The number of a snapshot in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(i64);

impl SnapshotId {
    /// Takes the number as the store counts.
    #[must_use]
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A snapshot in the list of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The snapshot.
    pub id: SnapshotId,
    /// When it was.
    pub moment: Moment,
    /// Why it was taken besides the regular ones; `None` for a regular one.
    pub reason: Option<Reason>,
    /// Whether its processes were left out since the disk was nearly full.
    pub cut: bool,
}

pub(super) const FROM: &str = "FROM snapshot s JOIN boot b ON b.id = s.boot";

/// The snapshots of a boot, which may have several rows, in the order of its clock.
pub(super) const OF_BOOT: &str = "WHERE b.boot_id = ?1 ORDER BY s.boot_clock, s.id";

pub(super) const ENTRY: &str =
    "s.id, b.boot_id, s.boot_clock, s.since_boot, s.at, s.utc_offset, s.cut, s.reason, s.reason_cgroup";

/// How many columns `ENTRY` has.
pub(super) const AFTER_ENTRY: usize = 9;

impl Store {
    /// Lists all snapshots in order, the oldest first.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>, Error> {
        self.listed().map_err(|trouble| trouble.at(&self.path))
    }

    fn listed(&self) -> Result<Vec<Entry>, Trouble> {
        // All of it is read of one state, whoever writes meanwhile.
        let _transaction = self.connection.unchecked_transaction()?;
        let sql = format!("SELECT {ENTRY} {FROM} {OF_BOOT}");
        let mut entries = Vec::new();
        for boot in order::boots(&self.connection)? {
            entries.append(&mut self.entries(&sql, [boot.id.as_bytes()])?);
        }
        Ok(entries)
    }

    /// Returns the newest snapshot in the list, if there is one.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn newest(&self) -> Result<Option<Entry>, Error> {
        self.last().map_err(|trouble| trouble.at(&self.path))
    }

    fn last(&self) -> Result<Option<Entry>, Trouble> {
        let _transaction = self.connection.unchecked_transaction()?;
        let sql = format!(
            "SELECT {ENTRY} {FROM} WHERE b.boot_id = ?1 ORDER BY s.boot_clock DESC, s.id DESC LIMIT 1"
        );
        // A boot may have sums and no snapshots any more.
        for boot in order::boots(&self.connection)?.iter().rev() {
            if let Some(entry) = self.entries(&sql, [boot.id.as_bytes()])?.pop() {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Returns the last snapshot of a boot at or before a moment of the kernel's clock.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn before(&self, boot: &BootId, moment: SinceBoot) -> Result<Option<Entry>, Error> {
        let sql = format!(
            "SELECT {ENTRY} {FROM} WHERE b.boot_id = ?1 AND s.since_boot <= ?2
             ORDER BY s.since_boot DESC, s.id DESC LIMIT 1"
        );
        let moment = i64::try_from(moment.micros()).unwrap_or(i64::MAX);
        let found = self.entries(&sql, rusqlite::params![boot.as_bytes(), moment]);
        Ok(found.map_err(|trouble| trouble.at(&self.path))?.into_iter().next())
    }

    /// Returns the last snapshot at or before a time of the wall clock.
    ///
    /// A clock that was set back makes one time stand in two places; what was written later is meant.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn last_until(&self, at: Timestamp) -> Result<Option<Entry>, Error> {
        let sql = format!("SELECT {ENTRY} {FROM} WHERE s.at <= ?1 ORDER BY s.at DESC, s.id DESC LIMIT 1");
        self.entries(&sql, [at.as_microsecond()])
            .map(|mut found| found.pop())
            .map_err(|trouble| trouble.at(&self.path))
    }

    /// Returns the first snapshot by the wall clock, if there is one.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn earliest(&self) -> Result<Option<Entry>, Error> {
        let sql = format!("SELECT {ENTRY} {FROM} ORDER BY s.at, s.id LIMIT 1");
        self.entries(&sql, []).map(|mut found| found.pop()).map_err(|trouble| trouble.at(&self.path))
    }

    /// Reads a snapshot.
    ///
    /// # Errors
    ///
    /// Where there is none of this number, or it is damaged.
    pub fn snapshot(&self, id: SnapshotId) -> Result<Snapshot, Error> {
        let mut reader = Reader::new(&self.connection);
        reader.snapshot(id.0).map_err(|trouble| trouble.at(&self.path))
    }

    /// Reads snapshots one after the other, and hands each on; those that are damaged come as errors.
    ///
    /// Only one snapshot is held in memory at a time.
    pub fn each(
        &self,
        ids: impl IntoIterator<Item = SnapshotId>,
        mut take: impl FnMut(SnapshotId, Result<Snapshot, Error>),
    ) {
        for (id, snapshot) in self.stream(ids) {
            take(id, snapshot);
        }
    }

    /// Reads snapshots as they are asked for; those that are damaged come as errors.
    ///
    /// Only one snapshot is held in memory at a time.
    pub fn stream(
        &self,
        ids: impl IntoIterator<Item = SnapshotId>,
    ) -> impl Iterator<Item = (SnapshotId, Result<Snapshot, Error>)> {
        let mut reader = Reader::new(&self.connection);
        let read =
            move |id: SnapshotId| (id, reader.snapshot(id.0).map_err(|trouble| trouble.at(&self.path)));
        ids.into_iter().map(read)
    }

    /// Returns whose memory a snapshot shows, without reading what it was.
    ///
    /// # Errors
    ///
    /// Where there is none of this number, or the store cannot be read.
    pub fn host_of(&self, id: SnapshotId) -> Result<Host, Error> {
        let found = head_of(&self.connection, id.0).map_err(|trouble| trouble.at(&self.path))?;
        Ok(found.0.host)
    }

    fn entries(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<Entry>, Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(row)?);
        }
        Ok(entries)
    }
}

/// Reads the entry in a row that begins as `ENTRY` does.
pub(super) fn entry(row: &Row<'_>) -> Result<Entry, Trouble> {
    let cut: i64 = row.get(6)?;
    Ok(Entry { id: SnapshotId(row.get(0)?), moment: moment(row)?, reason: reason(row)?, cut: cut != 0 })
}

/// Reads the reason in a row that begins as `ENTRY` does.
fn reason(row: &Row<'_>) -> Result<Option<Reason>, Trouble> {
    let Some(word) = row.get::<_, Option<String>>(7)? else { return Ok(None) };
    let cause = Cause::of_word(&word).ok_or(Trouble::Damaged("a reason is none that is known"))?;
    let cgroup: Option<Vec<u8>> = row.get(8)?;
    Ok(Some(Reason { cause, cgroup: cgroup.map(|path| Name::new(&path)) }))
}

/// Reads the moment in a row that begins as `ENTRY` does.
fn moment(row: &Row<'_>) -> Result<Moment, Trouble> {
    let (at, offset): (i64, i32) = (row.get(4)?, row.get(5)?);
    Ok(Moment::new(
        BootId::new(row.get_ref(1)?.as_bytes().map_err(|_| Trouble::Damaged("a boot has no id"))?),
        BootClock::from_micros(row.get::<_, i64>(2)?.cast_unsigned()),
        row.get::<_, Option<i64>>(3)?.map(|clock| SinceBoot::from_micros(clock.cast_unsigned())),
        Timestamp::from_microsecond(at).map_err(|_| Trouble::Damaged("a moment is out of range"))?,
        Offset::from_seconds(offset).map_err(|_| Trouble::Damaged("an offset is out of range"))?,
    ))
}

/// Reads snapshots, and keeps the key frame that the last one referred to.
pub(super) struct Reader<'a> {
    connection: &'a Connection,
    names: Names<'a>,
    key: Option<(i64, (Frame, Option<Frame>))>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, names: Names::reading(connection), key: None }
    }

    /// Reads a snapshot by its number.
    pub(super) fn snapshot(&mut self, id: i64) -> Result<Snapshot, Trouble> {
        let (mut snapshot, frame) = head_of(self.connection, id)?;
        let (machine, processes) = self.frames(frame)?;
        (snapshot.machine, snapshot.cgroups) = layout::machine(&machine, &mut self.names)?;
        snapshot.processes = match processes {
            Some(processes) => Some(layout::processes(&processes, &mut self.names)?),
            None => None,
        };
        snapshot.sort();
        Ok(snapshot)
    }

    /// Returns the names that frames refer to.
    pub(super) const fn names(&mut self) -> &mut Names<'a> {
        &mut self.names
    }

    /// Reads the frames of a snapshot, on top of its key frame.
    pub(super) fn frames(&mut self, id: i64) -> Result<(Frame, Option<Frame>), Trouble> {
        let (key, machine, processes) = blobs(self.connection, id)?;
        let base = match key {
            None => None,
            Some(key) => {
                if self.key.as_ref().is_none_or(|(kept, _)| *kept != key) {
                    self.key = Some((key, frames(self.connection, key)?));
                }
                self.key.as_ref().map(|(_, frames)| frames)
            }
        };
        unpack(&machine, processes.as_deref(), base)
    }
}

/// Reads the frames of a key.
pub(super) fn frames(connection: &Connection, key: i64) -> Result<(Frame, Option<Frame>), Trouble> {
    let (of, machine, processes) = blobs(connection, key)?;
    if of.is_some() {
        return Err(Trouble::Damaged("a key frame refers to another"));
    }
    unpack(&machine, processes.as_deref(), None)
}

fn unpack(
    machine: &[u8],
    processes: Option<&[u8]>,
    base: Option<&(Frame, Option<Frame>)>,
) -> Result<(Frame, Option<Frame>), Trouble> {
    let damaged = Trouble::Damaged("a frame cannot be read");
    let Some(machine) = frame::decode(machine, base.map(|base| &base.0)) else { return Err(damaged) };
    let Some(processes) = processes else { return Ok((machine, None)) };
    match frame::decode(processes, base.and_then(|base| base.1.as_ref())) {
        Some(processes) => Ok((machine, Some(processes))),
        None => Err(damaged),
    }
}

type Blobs = (Option<i64>, Vec<u8>, Option<Vec<u8>>);

fn blobs(connection: &Connection, id: i64) -> Result<Blobs, Trouble> {
    let mut statement =
        connection.prepare_cached("SELECT key, machine, processes FROM frame WHERE id = ?1")?;
    let found = statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    found.ok_or(Trouble::Damaged("a frame is missing"))
}

/// Finds a snapshot, and reads all of it but its frames.
fn head_of(connection: &Connection, id: i64) -> Result<(Snapshot, i64), Trouble> {
    let sql = format!(
        "SELECT {ENTRY}, b.machine_id, b.host, b.kernel, b.page_size, s.frame,
         s.cpu, s.wall, s.vanished, s.denied, s.given_up {FROM} WHERE s.id = ?1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row([id], |row| Ok(head(row))).optional()?;
    found.ok_or(Trouble::Missing)?
}

/// Reads all of a snapshot but its frames, and the number of its frame.
fn head(row: &Row<'_>) -> Result<(Snapshot, i64), Trouble> {
    let name = |at: usize| -> Result<Option<Name>, Trouble> {
        let bytes: Option<Vec<u8>> = row.get(AFTER_ENTRY + at)?;
        Ok(bytes.map(|bytes| Name::new(&bytes)))
    };
    let number = |at: usize| -> Result<Option<u64>, Trouble> {
        Ok(row.get::<_, Option<i64>>(AFTER_ENTRY + at)?.map(i64::cast_unsigned))
    };
    let mut snapshot = Snapshot::at(moment(row)?);
    snapshot.reason = reason(row)?;
    snapshot.host = Host {
        machine_id: name(0)?,
        name: name(1)?,
        kernel: name(2)?,
        page_size_bytes: number(3)?.and_then(|size| PageSize::new(Bytes::new(size))),
    };
    snapshot.cost = Cost {
        cpu: number(5)?.map(Duration::from_micros),
        wall: number(6)?.map(Duration::from_micros),
        processes_vanished: number(7)?,
        denied: number(8)?,
        given_up: number(9)?,
    };
    Ok((snapshot, row.get(AFTER_ENTRY + 4)?))
}
