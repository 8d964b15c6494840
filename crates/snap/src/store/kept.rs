//! Kept: what a writer remembers from one snapshot to the next, as long as nobody else writes.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{error::Trouble, frame::Frame};

/// How many names are remembered; an hour of a host that starts a lot of programs has more.
const NAMES: usize = 1 << 14;

/// A key frame, to write differences from.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) key: i64,
    pub(super) machine: Frame,
    pub(super) processes: Option<Frame>,
}

/// The numbers of names.
pub(super) type Numbers = HashMap<Box<[u8]>, u64>;

/// What the last snapshot was written with.
#[derive(Debug)]
pub(super) struct Kept {
    /// What SQLite counts up when somebody else has written.
    version: i64,
    base: Base,
    /// The numbers of names that the group of the key frame uses.
    numbers: Numbers,
}

impl Kept {
    /// Keeps what is known after a snapshot was written; `version` is from within its transaction.
    pub(super) fn new(version: i64, base: Base, mut numbers: Numbers) -> Self {
        if NAMES < numbers.len() {
            numbers = Numbers::new();
        }
        Self { version, base, numbers }
    }

    /// Returns what is kept for a key frame, unless somebody else has written since.
    pub(super) fn of(self, key: i64, version: i64) -> Option<(Base, Numbers)> {
        (self.base.key == key && self.version == version).then_some((self.base, self.numbers))
    }
}

/// Returns what changes when somebody else writes to a store; to be asked for within a transaction.
pub(super) fn version(connection: &Connection) -> Result<i64, Trouble> {
    Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
}
