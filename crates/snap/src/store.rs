//! Store: snapshots in one SQLite file, each whole or not at all.
//!
//! A snapshot is one transaction, so a process that is killed, a machine that loses power or a
//! full disk leaves all earlier snapshots and nothing of the last. Two writers wait for each other.
//! Snapshots are ordered by boot and by the clock that counts from it; the wall clock only tells
//! where recordings of other tools belong. `docs/snapshots.md` shows the tables, which `sqlite3` can query.
//!
//! Nothing that cannot be read is deleted, cut or written over, whatever the age or size of it.

use std::{
    path::{Path, PathBuf},
    time::Duration as Patience,
};

use oomkit_core::units::Bytes;
use rusqlite::{Connection, OpenFlags};

mod cells;
mod commands;
mod error;
mod frame;
mod history;
mod kept;
mod layout;
mod names;
mod order;
mod place;
mod read;
mod retain;
mod schema;
mod sums;
mod varint;
mod verify;
mod write;

pub use error::{Error, Kind};
pub use history::{Sample, Span, Summed};
pub use read::{Entry, SnapshotId};
pub use retain::{Pruned, Retention, Step};
pub use verify::{Problem, Verdict};
pub use write::Written;

use error::Trouble;
use kept::Kept;
use schema::Found;

/// When a snapshot is safe from a power cut; from the death of the process it always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// As soon as it is written: for a program that writes one and ends.
    #[default]
    EachSnapshot,
    /// Some snapshots later: for a program that stays and writes many.
    LastMayBeLost,
}

/// How a store is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long to wait for another writer.
    pub patience: Patience,
    /// When a snapshot is safe from a power cut.
    pub durability: Durability,
    /// The room on the disk below which processes are left out of a snapshot.
    pub reserve: Bytes,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patience: Patience::from_secs(10),
            durability: Durability::default(),
            reserve: Bytes::new(64 << 20),
        }
    }
}

/// A store of snapshots.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    options: Options,
    /// Which file was opened.
    file: Option<place::File>,
    kept: Option<Kept>,
}

impl Store {
    /// Opens a store for reading and writing, and makes it where there is none.
    ///
    /// # Errors
    ///
    /// Where the place is not safe, the file is no store, was written by a newer version, is
    /// damaged, or is in use for longer than the options have patience.
    pub fn open(path: &Path, options: Options) -> Result<Self, Error> {
        let place = place::checked(path)?;
        let at = |trouble: Trouble| trouble.at(path);
        place::make(&place).map_err(|error| at(error.into()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(&place, flags, &options).map_err(at)?;
        let mut store =
            Self { connection, path: path.into(), options, file: place::file(&place), kept: None };
        match schema::look(&store.connection).map_err(at)? {
            Found::Newest => {}
            Found::Other(kind) => return Err(Error::new(kind, path)),
            found @ (Found::Empty | Found::Older(_)) => store.prepare(&place, &found).map_err(at)?,
        }
        store.settle().map_err(at)?;
        Ok(store)
    }

    /// Opens a store for reading, and changes nothing in it.
    ///
    /// While somebody reads, and for some time after, an index of the log may stand beside the store.
    /// In a folder where nothing can be made, a store without a log is read without it.
    ///
    /// A store of an older schema is read as it is.
    ///
    /// # Errors
    ///
    /// As for [`Self::open`], and where there is no store.
    pub fn open_to_read(path: &Path, options: Options) -> Result<Self, Error> {
        let at = |trouble: Trouble| trouble.at(path);
        std::fs::metadata(path).map_err(|error| at(error.into()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let looked = connect(path, flags, &options)
            .and_then(|connection| Ok((schema::look(&connection)?, connection)));
        let (found, connection) = match looked {
            // A log cannot be opened in a folder where nothing can be made; without one, there is no need to.
            Err(trouble) if !has_log(path) && matches!(trouble.kind(), Kind::Denied | Kind::Failed) => {
                let connection =
                    connect(&immutable(path), flags | OpenFlags::SQLITE_OPEN_URI, &options).map_err(at)?;
                (schema::look(&connection).map_err(at)?, connection)
            }
            other => other.map_err(at)?,
        };
        match found {
            Found::Newest => {}
            Found::Older(version) => schema::view(&connection, version).map_err(at)?,
            Found::Other(kind) => return Err(Error::new(kind, path)),
            Found::Empty => return Err(Error::new(Kind::Missing, path)),
        }
        Ok(Self { connection, path: path.into(), options, file: place::file(path), kept: None })
    }

    /// Returns the path by which the store was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells whether the file that was opened still stands where it stood.
    ///
    /// Somebody who stays with a store asks before each use: it may have been deleted or put aside.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.file.is_some() && self.file == place::file(&self.path)
    }

    /// Returns how large the store is, without the room in it that is free to use again.
    ///
    /// # Errors
    ///
    /// Where the store is damaged.
    pub fn size(&self) -> Result<Bytes, Error> {
        self.used().map_err(|trouble| trouble.at(&self.path))
    }

    fn used(&self) -> Result<Bytes, Trouble> {
        let number =
            |pragma: &str| self.connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
        Ok(Bytes::new(pages.saturating_mul(number("page_size")?).cast_unsigned()))
    }

    /// Makes the tables, or brings them up to date.
    fn prepare(&mut self, place: &Path, found: &Found) -> Result<(), Trouble> {
        if matches!(found, Found::Empty) {
            // Both stand in the file from its first page on, and nobody has to set them again.
            self.connection.pragma_update(None, "auto_vacuum", "incremental")?;
            if place::takes_wal(place) {
                self.switch_to_wal()?;
            }
        }
        schema::migrate(&mut self.connection).map(drop)
    }

    /// Turns the write-ahead log on; SQLite does not wait for others here, so this does.
    fn switch_to_wal(&self) -> Result<(), Trouble> {
        let start = std::time::Instant::now();
        loop {
            let answer = self
                .connection
                .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
            match answer.map_err(Trouble::from) {
                Err(trouble) if trouble.kind() == Kind::Busy && start.elapsed() < self.options.patience => {
                    std::thread::sleep(Patience::from_millis(5));
                }
                // Where it is refused, the rollback journal does as well.
                answer => return answer.map(drop),
            }
        }
    }

    /// Sets what SQLite does not remember from one opening to the next.
    fn settle(&self) -> Result<(), Trouble> {
        let synchronous = match self.options.durability {
            Durability::EachSnapshot => "full",
            Durability::LastMayBeLost => "normal",
        };
        self.connection.pragma_update(None, "synchronous", synchronous)?;
        self.connection.pragma_update(None, "foreign_keys", true)?;
        Ok(())
    }

    /// Puts a damaged store aside, so that a new one can be begun, and returns where it stands now.
    ///
    /// # Errors
    ///
    /// Where there is nothing to put aside, or it may not be renamed.
    pub fn set_aside(path: &Path) -> Result<PathBuf, Error> {
        let place = place::checked(path)?;
        let beside = |ending: &str| {
            let mut name = place.clone().into_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        let free =
            (1_u32..).map(|number| format!(".damaged-{number}")).find(|ending| !beside(ending).exists());
        let ending = free.unwrap_or_default();
        // The log belongs to the store: it may hold the last snapshots.
        for part in ["-wal", "-journal"] {
            let (from, to) = (beside(part), beside(&format!("{ending}{part}")));
            if from.exists() {
                std::fs::rename(from, to).map_err(|error| Trouble::Io(error).at(path))?;
            }
        }
        let to = beside(&ending);
        std::fs::rename(&place, &to).map_err(|error| Trouble::Io(error).at(path))?;
        Ok(to)
    }
}

fn connect(path: &Path, flags: OpenFlags, options: &Options) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.patience)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A store is data from outside: its schema may not make this program do anything.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Returns whether a store has a log that was not yet taken over.
fn has_log(path: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        std::fs::metadata(name).is_ok_and(|about| 0 < about.len())
    })
}

/// Names a store by a URI that says that nobody changes it.
fn immutable(path: &Path) -> PathBuf {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    let escape =
        |byte: &u8| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02x}") };
    let path: String = path.as_os_str().as_encoded_bytes().iter().map(escape).collect();
    format!("file:{path}?immutable=1").into()
}
