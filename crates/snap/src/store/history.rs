//! History: what plain rows say over time, without a frame being read.
//!
//! Whoever moves through a long store needs a figure for each snapshot and each ten minutes, and
//! must not unpack thousands of frames for it. Rows are handed on one at a time.

use std::collections::BTreeMap;

use oomkit_core::{
    ident::{Comm, Uid},
    units::Bytes,
};
use rusqlite::{OptionalExtension as _, Params, Row, params};

use super::{
    Store,
    error::{Error, Trouble},
    kept, names, order,
    read::{AFTER_ENTRY, ENTRY, Entry, FROM, OF_BOOT, entry},
    sums::SPAN,
};
use crate::{
    name::Name,
    snapshot::{BootClock, BootId, Hierarchy},
};

/// A snapshot with what its plain row says of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The snapshot.
    pub entry: Entry,
    /// All memory of the machine.
    pub total: Option<Bytes>,
    /// What the kernel takes for available (`MemAvailable`).
    pub available: Option<Bytes>,
    /// How many kills the kernel has counted since boot (`oom_kill` of `/proc/vmstat`).
    pub oom_kills: Option<u64>,
}

/// Ten minutes of a boot, by its clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The boot.
    pub boot_id: BootId,
    /// When the ten minutes begin.
    pub start: BootClock,
}

impl Span {
    /// Returns when the ten minutes end.
    #[must_use]
    pub const fn end(&self) -> BootClock {
        BootClock::from_micros(self.start.micros().saturating_add(SPAN))
    }
}

/// The plain rows whose history is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Summed<'a> {
    /// What a control group is charged for.
    Cgroup(&'a Name, Hierarchy),
    /// What all processes of a name and a user hold, anonymous and swapped; `None` where the user is not known.
    Name(&'a Comm, Option<Uid>),
}

impl Store {
    /// Hands on all snapshots in order, the oldest first, each with its plain row.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn samples(&self, mut take: impl FnMut(Sample)) -> Result<(), Error> {
        self.all_samples(&mut take).map_err(|trouble| trouble.at(&self.path))
    }

    fn all_samples(&self, take: &mut dyn FnMut(Sample)) -> Result<(), Trouble> {
        // All of it is read of one state, whoever writes meanwhile.
        let _transaction = self.connection.unchecked_transaction()?;
        let sql = format!(
            "SELECT {ENTRY}, m.total, m.available, m.oom_kills {FROM}
             LEFT JOIN machine_sample m ON m.snapshot = s.id {OF_BOOT}"
        );
        for boot in order::boots(&self.connection)? {
            self.rows(&sql, [boot.id.as_bytes()], sample, &mut *take)?;
        }
        Ok(())
    }

    /// Hands on the snapshots of a boot between two moments of its clock, each with its plain row, in order.
    ///
    /// The last one before them comes first, since counts are told by what they were before.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn samples_between(
        &self,
        boot: &BootId,
        clock: (BootClock, BootClock),
        take: impl FnMut(Sample),
    ) -> Result<(), Error> {
        // A boot has several rows where its host was renamed, and in each of them the index leads to the last one.
        let sql = format!(
            "SELECT {ENTRY}, m.total, m.available, m.oom_kills {FROM}
             LEFT JOIN machine_sample m ON m.snapshot = s.id
             WHERE b.boot_id = ?1 AND s.boot_clock <= ?3 AND s.boot_clock >= coalesce(
                (SELECT max((SELECT max(boot_clock) FROM snapshot WHERE boot = c.id AND boot_clock < ?2))
                 FROM boot c WHERE c.boot_id = ?1), ?2)
             ORDER BY s.boot_clock, s.id"
        );
        let micros = |clock: BootClock| i64::try_from(clock.micros()).unwrap_or(i64::MAX);
        let parameters = params![boot.as_bytes(), micros(clock.0), micros(clock.1)];
        self.rows(&sql, parameters, sample, take).map_err(|trouble| trouble.at(&self.path))
    }

    /// Hands on the most that was used in each ten minutes of a boot, in the order of its clock.
    ///
    /// Ten minutes in which it is not known are left out. `clock` is the first and the last moment asked for.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn most(
        &self,
        of: Summed<'_>,
        boot: &BootId,
        clock: (BootClock, BootClock),
        mut take: impl FnMut(Span, Bytes),
    ) -> Result<(), Error> {
        let (table, text, column, second, filter) = match of {
            Summed::Cgroup(path, Hierarchy::V1) => {
                ("cgroup_sum", path.as_bytes(), "usage_max", 1, "cgroup = ?4 AND h.hierarchy")
            }
            Summed::Cgroup(path, Hierarchy::V2) => {
                ("cgroup_sum", path.as_bytes(), "usage_max", 2, "cgroup = ?4 AND h.hierarchy")
            }
            Summed::Name(comm, uid) => {
                ("name_sum", comm.as_bytes(), "memory_max", uid.map_or(-1, Uid::get), "name = ?4 AND h.uid")
            }
        };
        let at = |trouble: Trouble| trouble.at(&self.path);
        let Some(name) = self.number_of(text).map_err(at)? else { return Ok(()) };
        let sql = format!(
            "SELECT b.boot_id, s.slot, h.{column} FROM boot b JOIN span s ON s.boot = b.id
             JOIN {table} h ON h.span = s.id AND h.{filter} = ?5
             WHERE b.boot_id = ?1 AND s.slot BETWEEN ?2 AND ?3 AND h.{column} IS NOT NULL ORDER BY s.slot"
        );
        let slot = |clock: BootClock| i64::try_from(clock.micros() / SPAN).unwrap_or(i64::MAX);
        let parameters = params![boot.as_bytes(), slot(clock.0), slot(clock.1), name, second];
        let row = |row: &Row<'_>| Ok((span(row)?, Bytes::new(row.get::<_, i64>(2)?.cast_unsigned())));
        self.rows(&sql, parameters, row, |(span, most)| take(span, most)).map_err(at)
    }

    /// Lists the ten minutes in which a control group's count of kills may have risen, the oldest first.
    ///
    /// Sums tell a rise from one ten minutes to the next. The first ones of each boot are always listed,
    /// since nothing stands before them; their snapshots have to be looked at.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn deadly_spans(&self) -> Result<Vec<Span>, Error> {
        self.deadly().map_err(|trouble| trouble.at(&self.path))
    }

    fn deadly(&self) -> Result<Vec<Span>, Trouble> {
        let sql = "SELECT min(s.slot) FROM span s JOIN boot b ON b.id = s.boot WHERE b.boot_id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut spans = Vec::new();
        for boot in order::boots(&self.connection)? {
            let first: Option<i64> = statement.query_row([boot.id.as_bytes()], |row| row.get(0))?;
            if let Some(first) = first {
                self.deadly_of(&boot.id, first, &mut spans)?;
            }
        }
        Ok(spans)
    }

    fn deadly_of(&self, boot: &BootId, first: i64, spans: &mut Vec<Span>) -> Result<(), Trouble> {
        // Zeros are by far the most rows, and tell no more than that there was none before.
        let sql = "SELECT b.boot_id, s.slot, h.cgroup, h.hierarchy, h.oom_kills FROM boot b
             JOIN span s ON s.boot = b.id JOIN cgroup_sum h ON h.span = s.id
             WHERE b.boot_id = ?1 AND (h.oom_kills IS NULL OR 0 < h.oom_kills) ORDER BY s.slot";
        let start = |slot: i64| BootClock::from_micros(slot.cast_unsigned().saturating_mul(SPAN));
        spans.push(Span { boot_id: boot.clone(), start: start(first) });
        let mut last: BTreeMap<(i64, i64), Option<i64>> = BTreeMap::new();
        let row = |row: &Row<'_>| Ok((row.get(1)?, (row.get(2)?, row.get(3)?), row.get(4)?));
        self.rows(sql, params![boot.as_bytes()], row, |(slot, cgroup, kills): (i64, _, Option<i64>)| {
            let before = last.insert(cgroup, kills).unwrap_or(Some(0));
            // A count that is smaller than before belongs to a group that was made anew.
            let has_risen = before.is_some() && kills.is_some() && before != kills;
            let start = start(slot);
            if has_risen && spans.last().is_none_or(|span| span.start != start) {
                spans.push(Span { boot_id: boot.clone(), start });
            }
        })
    }

    /// Returns a number that is another one as soon as somebody else has written.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn version(&self) -> Result<i64, Error> {
        kept::version(&self.connection).map_err(|trouble| trouble.at(&self.path))
    }

    /// Returns the number of a name, where the store has it.
    fn number_of(&self, text: &[u8]) -> Result<Option<i64>, Trouble> {
        let sql = "SELECT id FROM name WHERE hash = ?1 AND text = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![names::hash(text), text], |row| row.get(0)).optional()?)
    }

    fn rows<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Trouble>,
        mut take: impl FnMut(T),
    ) -> Result<(), Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            take(read(row)?);
        }
        Ok(())
    }
}

fn sample(row: &Row<'_>) -> Result<Sample, Trouble> {
    let number = |at: usize| -> Result<Option<u64>, Trouble> {
        Ok(row.get::<_, Option<i64>>(AFTER_ENTRY + at)?.map(i64::cast_unsigned))
    };
    Ok(Sample {
        entry: entry(row)?,
        total: number(0)?.map(Bytes::new),
        available: number(1)?.map(Bytes::new),
        oom_kills: number(2)?,
    })
}

fn span(row: &Row<'_>) -> Result<Span, Trouble> {
    let slot: i64 = row.get(1)?;
    let start = BootClock::from_micros(slot.cast_unsigned().saturating_mul(SPAN));
    Ok(Span { boot_id: boot_id(row)?, start })
}

fn boot_id(row: &Row<'_>) -> Result<BootId, Trouble> {
    Ok(BootId::new(row.get_ref(0)?.as_bytes().map_err(|_| Trouble::Damaged("a boot has no id"))?))
}
