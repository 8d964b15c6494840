//! Verifying: what of a store can be read, and what cannot.

use rusqlite::Connection;

use super::{
    Store,
    error::{Error, Trouble},
    order,
    read::{FROM, OF_BOOT, Reader, SnapshotId},
};

/// Something that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The snapshot that it concerns, or `None` for the store as a whole.
    pub snapshot: Option<SnapshotId>,
    /// What is wrong.
    pub what: String,
}

/// What was found in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many snapshots can be read.
    pub readable: u64,
    /// What is wrong; empty for a sound store.
    pub problems: Vec<Problem>,
    /// How many readings of a process were given up in all of them, because they took too long.
    pub given_up: u64,
}

/// How many complaints of SQLite are listed: one damaged page can yield thousands.
const COMPLAINTS: i64 = 20;

impl Store {
    /// Reads all of the store, and says what is wrong with it; nothing is mended or deleted.
    ///
    /// # Errors
    ///
    /// Where not even the list of snapshots can be read.
    pub fn verify(&self) -> Result<Verdict, Error> {
        self.verify_counting(|_, _| ())
    }

    /// Does as [`Self::verify`]; `reading` learns before each snapshot how many are read, of how many.
    ///
    /// # Errors
    ///
    /// As for [`Self::verify`].
    pub fn verify_counting(&self, mut reading: impl FnMut(usize, usize)) -> Result<Verdict, Error> {
        let ids = ids(&self.connection).map_err(|trouble| trouble.at(&self.path))?;
        let mut reader = Reader::new(&self.connection);
        let (mut readable, mut given_up) = (0, 0_u64);
        let mut unreadable = Vec::new();
        let all = ids.len();
        for (read, id) in ids.into_iter().enumerate() {
            reading(read, all);
            match reader.snapshot(id) {
                Ok(snapshot) => {
                    readable += 1;
                    given_up = given_up.saturating_add(snapshot.cost.given_up.unwrap_or(0));
                }
                Err(trouble) => {
                    unreadable
                        .push(Problem { snapshot: Some(SnapshotId::new(id)), what: trouble.to_string() });
                }
            }
        }
        // SQLite does not tell how far it is with its checks, so they come after what can be counted.
        reading(all, all);
        let mut problems = Vec::new();
        for check in [integrity, references] {
            if let Err(trouble) = check(&self.connection, &mut problems) {
                problems.push(Problem { snapshot: None, what: trouble.to_string() });
            }
        }
        problems.append(&mut unreadable);
        Ok(Verdict { readable, problems, given_up })
    }
}

/// Asks SQLite about its pages and indexes.
fn integrity(connection: &Connection, problems: &mut Vec<Problem>) -> Result<(), Trouble> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({COMPLAINTS})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let what: String = row.get(0)?;
        if what != "ok" {
            problems.push(Problem { snapshot: None, what });
        }
    }
    Ok(())
}

/// Looks for rows that refer to rows that are gone.
fn references(connection: &Connection, problems: &mut Vec<Problem>) -> Result<(), Trouble> {
    let mut statement =
        connection.prepare("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, count): (String, i64) = (row.get(0)?, row.get(1)?);
        let what = format!("{count} rows of {table} refer to rows that are gone");
        problems.push(Problem { snapshot: None, what });
    }
    Ok(())
}

fn ids(connection: &Connection) -> Result<Vec<i64>, Trouble> {
    let mut statement = connection.prepare(&format!("SELECT s.id {FROM} {OF_BOOT}"))?;
    let mut ids = Vec::new();
    for boot in order::boots(connection)? {
        for id in statement.query_map([boot.id.as_bytes()], |row| row.get(0))? {
            ids.push(id?);
        }
    }
    Ok(ids)
}
