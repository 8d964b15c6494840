//! Retention: fewer snapshots the older they get, and none beyond an age and a size.
//!
//! Within the newest boot, age is measured on its own clock. Before that there is only the wall
//! clock, which may be wrong today; so one run deletes a bounded number, and a clock that is set
//! right again finds nearly all of the store still there.

use std::collections::{BTreeMap, BTreeSet};

use oomkit_core::units::Bytes;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::{
    Store,
    cells::name_of,
    error::{Error, Kind, Trouble},
    frame::Frame,
    order::{self, Boot},
    read::{self, FROM, OF_BOOT, Reader},
};
use crate::snapshot::{Duration, Moment};

/// How far apart snapshots are kept up to an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The age up to which this holds.
    pub up_to: Duration,
    /// The distance at which snapshots are kept.
    pub every: Duration,
}

/// What to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The steps, youngest first; what is older than the last is deleted.
    pub steps: Vec<Step>,
    /// How long snapshots that were taken for a reason are kept, however close together; later they
    /// are thinned out like all others.
    pub reasoned: Duration,
    /// The size at which the oldest snapshots are deleted, whatever their age.
    pub size: Option<Bytes>,
    /// How many snapshots one run deletes at most.
    pub at_once: usize,
}

const DAY: u64 = 86_400;

impl Default for Retention {
    /// Every minute for a day, every ten for a week, every hour for a year, and at most 1 GiB.
    fn default() -> Self {
        let step = |days: u64, every| Step {
            up_to: Duration::from_seconds(days * DAY),
            every: Duration::from_seconds(every),
        };
        Self {
            steps: vec![step(1, 60), step(7, 600), step(365, 3600)],
            reasoned: Duration::from_seconds(7 * DAY),
            size: Some(Bytes::new(1 << 30)),
            at_once: 200,
        }
    }
}

/// What retention has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many snapshots were deleted.
    pub deleted: u64,
    /// How many were due, but cannot be read, and were therefore kept.
    pub unreadable: u64,
    /// Whether more are due than one run deletes.
    pub more: bool,
}

/// A snapshot as retention sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    id: i64,
    /// The first row of its boot.
    boot: i64,
    clock: u64,
    at: i64,
    bytes: u64,
    /// Whether it was taken for a reason.
    is_reasoned: bool,
}

impl Store {
    /// Deletes what is too old, too close together or too much; the newest snapshot always stays.
    ///
    /// # Errors
    ///
    /// Where the store is in use or damaged; then nothing is deleted.
    pub fn prune(&mut self, retention: &Retention, now: &Moment) -> Result<Pruned, Error> {
        self.thin(retention, now).map_err(|trouble| trouble.at(&self.path))
    }

    fn thin(&mut self, retention: &Retention, now: &Moment) -> Result<Pruned, Trouble> {
        let used = self.used()?;
        // What the last snapshot was written with may be deleted now.
        self.kept = None;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let all = kept(&transaction)?;
        let now_boot = transaction
            .query_row("SELECT min(id) FROM boot WHERE boot_id = ?1", [now.boot_id.as_bytes()], |row| {
                row.get(0)
            })
            .optional()?
            .flatten();
        let mut due = due(&all, retention, now_boot, now);
        let excess = retention.size.map_or(0, |size| used.get().saturating_sub(size.get()));
        due.extend(oldest(&all, &due, excess));
        let mut pruned = Pruned::default();
        let mut keys = BTreeSet::new();
        let mut reader = Reader::new(&transaction);
        for id in due {
            if retention.at_once <= usize::try_from(pruned.deleted).unwrap_or(usize::MAX) {
                pruned.more = true;
                break;
            }
            match reader.snapshot(id) {
                Ok(_) => {
                    keys.insert(delete(&transaction, id)?);
                    pruned.deleted += 1;
                }
                Err(Trouble::Damaged(_)) => pruned.unreadable += 1,
                Err(trouble) => return Err(trouble),
            }
        }
        drop(reader);
        sweep(&transaction, &keys, pruned)?;
        transaction.commit()?;
        if 0 < pruned.deleted {
            self.shrink()?;
        }
        Ok(pruned)
    }

    /// Gives free pages back to the file system.
    fn shrink(&self) -> Result<(), Trouble> {
        let vacuum = || -> Result<(), Trouble> {
            let mut statement = self.connection.prepare("PRAGMA incremental_vacuum")?;
            let mut rows = statement.query([])?;
            while rows.next()?.is_some() {}
            Ok(())
        };
        match vacuum() {
            // Pages that stay are used again, and the next run tries again.
            Err(trouble) if matches!(trouble.kind(), Kind::Busy | Kind::Full) => Ok(()),
            done => done,
        }
    }
}

fn kept(connection: &Connection) -> Result<Vec<Kept>, Trouble> {
    let sql = format!(
        "SELECT s.id, s.boot_clock, s.at, length(f.machine) + coalesce(length(f.processes), 0),
         s.reason IS NOT NULL {FROM} JOIN frame f ON f.id = s.frame {OF_BOOT}"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut all = Vec::new();
    for Boot { id, rows } in order::boots(connection)? {
        let Some(boot) = rows.first() else { continue };
        let rows = statement.query_map([id.as_bytes()], |row| {
            let (clock, bytes): (i64, i64) = (row.get(1)?, row.get(3)?);
            Ok(Kept {
                id: row.get(0)?,
                boot: *boot,
                clock: clock.cast_unsigned(),
                at: row.get(2)?,
                bytes: bytes.cast_unsigned(),
                is_reasoned: row.get(4)?,
            })
        })?;
        for kept in rows {
            all.push(kept?);
        }
    }
    Ok(all)
}

/// Returns the snapshots that age and distance do not keep, oldest first.
fn due(all: &[Kept], retention: &Retention, now_boot: Option<i64>, now: &Moment) -> Vec<i64> {
    let mut due = Vec::new();
    let mut last: Option<Kept> = None;
    let newest = all.last().map(|kept| kept.id);
    // The wall clock of a boot is believed as it last was: many machines start with a wrong one.
    let last_of: BTreeMap<i64, &Kept> = all.iter().map(|kept| (kept.boot, kept)).collect();
    for kept in all {
        let age = if Some(kept.boot) == now_boot {
            now.boot_clock.micros().saturating_sub(kept.clock)
        } else {
            let end = last_of.get(&kept.boot).copied().unwrap_or(kept);
            let since_end = now.at().instant().as_microsecond().saturating_sub(end.at);
            u64::try_from(since_end).unwrap_or(0).saturating_add(end.clock.saturating_sub(kept.clock))
        };
        // They stand between the regular ones, which are thinned out as if these were not there.
        let stays = kept.is_reasoned && age <= retention.reasoned.micros();
        if stays && retention.steps.iter().any(|step| age <= step.up_to.micros()) {
            continue;
        }
        let keeps = match retention.steps.iter().find(|step| age <= step.up_to.micros()) {
            None => false,
            Some(step) => last.is_none_or(|last| are_apart(&last, kept, step.every.micros())),
        };
        if keeps || Some(kept.id) == newest {
            last = Some(*kept);
        } else {
            due.push(kept.id);
        }
    }
    due
}

/// Returns whether two snapshots stand in different parts of their boot, or nearly as far apart.
fn are_apart(last: &Kept, kept: &Kept, every: u64) -> bool {
    // Timers are late by some seconds, which is no reason to lose a minute.
    const LATE: u64 = 20_000_000;
    let part = |kept: &Kept| kept.clock.checked_div(every);
    let enough = every.saturating_sub(LATE.min(every / 4));
    last.boot != kept.boot || part(last) != part(kept) || enough <= kept.clock.saturating_sub(last.clock)
}

/// Returns the oldest snapshots whose frames make up for what is too much.
fn oldest(all: &[Kept], due: &[i64], excess: u64) -> Vec<i64> {
    let due: BTreeSet<i64> = due.iter().copied().collect();
    let mut freed: u64 = all.iter().filter(|kept| due.contains(&kept.id)).map(|kept| kept.bytes).sum();
    let candidates = all.split_last().map(|(_, older)| older).unwrap_or_default();
    let mut more = Vec::new();
    for kept in candidates.iter().filter(|kept| !due.contains(&kept.id)) {
        if excess <= freed {
            break;
        }
        freed = freed.saturating_add(kept.bytes);
        more.push(kept.id);
    }
    more
}

/// Deletes a snapshot and, if nobody else needs it, its frame; returns the key of its group.
fn delete(connection: &Connection, id: i64) -> Result<i64, Trouble> {
    let sql = "DELETE FROM snapshot WHERE id = ?1 RETURNING frame";
    let frame: i64 = connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
    let sql = "SELECT coalesce(key, id) FROM frame WHERE id = ?1";
    let key: i64 = connection.prepare_cached(sql)?.query_row([frame], |row| row.get(0))?;
    // First the frame itself, then the key frame that it may have been the last one to need.
    let sql = "DELETE FROM frame WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM snapshot WHERE frame = ?1)
               AND NOT EXISTS (SELECT 1 FROM frame f WHERE f.key = ?1)";
    for frame in [frame, key] {
        connection.prepare_cached(sql)?.execute([frame])?;
    }
    Ok(key)
}

/// Deletes sums and names that nothing refers to any more.
fn sweep(connection: &Connection, keys: &BTreeSet<i64>, pruned: Pruned) -> Result<(), Trouble> {
    if pruned.deleted == 0 {
        return Ok(());
    }
    // A span goes with the last snapshot that is not younger; without any, all of it is past.
    connection
        .execute("DELETE FROM span WHERE key < (SELECT min(coalesce(f.key, f.id)) FROM frame f)", [])?;
    connection.execute(
        "DELETE FROM name WHERE last_key < (SELECT min(id) FROM frame)
         AND last_key < (SELECT coalesce(min(key), last_key + 1) FROM span)",
        [],
    )?;
    connection.execute(
        "DELETE FROM boot WHERE id NOT IN (SELECT boot FROM snapshot UNION SELECT boot FROM span)",
        [],
    )?;
    for key in keys {
        let frames: i64 = connection
            .prepare_cached("SELECT count(*) FROM frame WHERE id = ?1 OR key = ?1")?
            .query_row([key], |row| row.get(0))?;
        // Names that came and went within an hour are looked at once, when one snapshot of it is left.
        match frames {
            0 => forget(connection, *key, &BTreeSet::new())?,
            1 => match read::frames(connection, *key) {
                Ok((machine, processes)) => {
                    let mut used = numbers(&machine);
                    used.extend(processes.iter().flat_map(numbers));
                    forget(connection, *key, &used)?;
                }
                Err(Trouble::Damaged(_)) => {}
                Err(trouble) => return Err(trouble),
            },
            _ => {}
        }
    }
    Ok(())
}

/// Returns all numbers in a frame, among which are those of its names.
fn numbers(frame: &Frame) -> BTreeSet<i64> {
    let mut numbers = BTreeSet::new();
    for table in frame.values() {
        let tags = table.columns.keys().filter_map(|tag| Some(name_of(*tag)?.0));
        let cells = table.columns.values().flatten().flatten().copied();
        numbers.extend(table.rows.iter().copied().chain(tags).chain(cells).map(u64::cast_signed));
    }
    numbers
}

/// Deletes names that were used under one key only, and of which no use is left.
fn forget(connection: &Connection, key: i64, used: &BTreeSet<i64>) -> Result<(), Trouble> {
    let sql = "SELECT id FROM name WHERE first_key = ?1 AND last_key = ?1 AND NOT summed";
    let names: Vec<i64> =
        connection.prepare_cached(sql)?.query_map([key], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names.iter().filter(|name| !used.contains(name)) {
        connection.prepare_cached("DELETE FROM name WHERE id = ?1")?.execute([name])?;
    }
    Ok(())
}
