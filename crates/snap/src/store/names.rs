//! Names: every name stands once in the store, and frames refer to it by number.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{error::Trouble, kept::Numbers};

/// How many names are remembered while reading; a year of a host has more than should stay in memory.
const REMEMBERED: usize = 1 << 16;

/// The names of a store, as far as they were asked for.
pub(super) struct Names<'a> {
    connection: &'a Connection,
    /// The frame for which names are made, or `None` where nothing is written.
    writing_for: Option<i64>,
    by_text: Numbers,
    by_id: HashMap<u64, Box<[u8]>>,
}

impl<'a> Names<'a> {
    /// Opens the names for reading.
    pub(super) fn reading(connection: &'a Connection) -> Self {
        Self { connection, writing_for: None, by_text: Numbers::new(), by_id: HashMap::new() }
    }

    /// Opens the names for a frame that is written on top of the key frame `key`; those whose numbers
    /// are given are known to be used by it.
    pub(super) fn writing(connection: &'a Connection, key: i64, numbers: Numbers) -> Self {
        Self { writing_for: Some(key), by_text: numbers, ..Self::reading(connection) }
    }

    /// Returns the numbers of all names that were asked for.
    pub(super) fn into_numbers(self) -> Numbers {
        self.by_text
    }

    /// Returns the number of a name, which it makes where there is none.
    pub(super) fn number(&mut self, text: &[u8]) -> Result<u64, Trouble> {
        if let Some(id) = self.by_text.get(text) {
            return Ok(*id);
        }
        let id = match self.find(text)? {
            Some(id) => id,
            None => self.make(text)?,
        };
        let id = id.cast_unsigned();
        self.by_text.insert(text.into(), id);
        Ok(id)
    }

    /// Returns the number of a name that a sum refers to, and notes that one does.
    pub(super) fn summed(&mut self, text: &[u8]) -> Result<i64, Trouble> {
        let id = self.number(text)?.cast_signed();
        let sql = "UPDATE name SET summed = 1 WHERE id = ?1 AND NOT summed";
        self.connection.prepare_cached(sql)?.execute([id])?;
        Ok(id)
    }

    /// Returns the name that a number stands for.
    pub(super) fn text(&mut self, id: u64) -> Result<&[u8], Trouble> {
        if !self.by_id.contains_key(&id) {
            if REMEMBERED <= self.by_id.len() {
                self.by_id.clear();
            }
            let mut statement = self.connection.prepare_cached("SELECT text FROM name WHERE id = ?1")?;
            let text: Option<Box<[u8]>> = statement
                .query_row([id.cast_signed()], |row| Ok(row.get_ref(0)?.as_bytes()?.into()))
                .optional()?;
            self.by_id.insert(id, text.ok_or(Trouble::Damaged("a name is missing"))?);
        }
        Ok(self.by_id.get(&id).map_or(&[], |text| text))
    }

    fn find(&self, text: &[u8]) -> Result<Option<i64>, Trouble> {
        let sql = "SELECT id, last_key FROM name WHERE hash = ?1 AND text = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found: Option<(i64, i64)> = statement
            .query_row(params![hash(text), text], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (Some((id, last)), Some(key)) = (found, self.writing_for) else {
            return Ok(found.map(|row| row.0));
        };
        if last != key {
            let mut statement =
                self.connection.prepare_cached("UPDATE name SET last_key = ?2 WHERE id = ?1")?;
            statement.execute([id, key])?;
        }
        Ok(Some(id))
    }

    fn make(&self, text: &[u8]) -> Result<i64, Trouble> {
        let key = self.writing_for.ok_or(Trouble::Damaged("a name is missing"))?;
        let sql = "INSERT INTO name (hash, text, first_key, last_key) VALUES (?1, ?2, ?3, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![hash(text), text, key])?;
        Ok(self.connection.last_insert_rowid())
    }
}

/// Hashes a name for the index, which would otherwise hold every command line a second time.
///
/// This is FNV-1a, cut to 32 bits since SQLite stores small numbers in fewer bytes. It stands in
/// files, so it never changes; names of one hash are told apart by their text.
pub(super) fn hash(text: &[u8]) -> i64 {
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash ^ (hash >> 32)) & 0xffff_ffff).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_stand_in_files_and_never_change() {
        let hashes = [hash(b""), hash(b"a"), hash(b"systemd")];
        assert_eq!(hashes, [0x4fd0_bfc1, 0x2962_30c0, 0x3088_fb1d]);
    }
}
