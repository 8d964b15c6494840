//! What can go wrong with a store: kind, place and cause.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use rusqlite::{ErrorCode, ffi};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Somebody else writes, and was not done when patience ran out.
    Busy,
    /// The disk is full; the store is as it was before.
    Full,
    /// The store, or a part of it, is damaged; nothing of it was changed.
    Damaged,
    /// The store was written by a newer version.
    Newer {
        /// The version of the store's schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The file is a database, but not a store of snapshots.
    Foreign,
    /// Others could change the store, or put another in its place.
    Unsafe,
    /// There is no store, or nothing in it.
    Missing,
    /// The folder in which the store is to lie does not exist.
    NoFolder,
    /// The store has no such snapshot.
    NoSnapshot,
    /// The file may not be read or written.
    Denied,
    /// Reading or writing failed.
    Failed,
}

/// A store that could not be used.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    place: PathBuf,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(super) fn new(kind: Kind, place: &Path) -> Self {
        Self { kind, place: place.into(), cause: None }
    }

    /// Says in words what the kind cannot say.
    pub(super) fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Returns what went wrong.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Returns the store's path.
    #[must_use]
    pub fn place(&self) -> &Path {
        &self.place
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = oomkit_core::ident::visible(self.place.as_os_str().as_encoded_bytes()).into_owned();
        match &self.kind {
            Kind::Busy => write!(f, "the store {place} is in use by another process; try again later")?,
            Kind::Full => write!(f, "no room for the store {place}; free some, or keep fewer snapshots")?,
            Kind::Damaged => {
                write!(f, "the store {place} is damaged")?;
            }
            Kind::Newer { found, known } => write!(
                f,
                "the store {place} has schema {found} and this program knows up to {known}; use a newer oomkit"
            )?,
            Kind::Foreign => write!(f, "{place} is a database of some other program")?,
            Kind::Unsafe => write!(f, "the store {place} is not safe from others")?,
            Kind::Missing => write!(f, "there is no store {place}")?,
            Kind::NoFolder => write!(f, "the folder of the store {place} does not exist")?,
            Kind::NoSnapshot => write!(f, "there is no such snapshot in the store {place}")?,
            Kind::Denied => write!(f, "no permission for the store {place}")?,
            Kind::Failed => write!(f, "the store {place} cannot be used")?,
        }
        // `source` is left out on purpose: the cause stands in the message, and once is enough.
        self.cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Error {}

/// What went wrong inside of the store, before the place is known.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Damaged(&'static str),
    #[error("no such snapshot")]
    Missing,
}

impl Trouble {
    /// Adds the place, and sorts the cause into a kind.
    pub(super) fn at(self, place: &Path) -> Error {
        let error = Error::new(self.kind(), place);
        // The kind says it all.
        if matches!(self, Self::Missing) { error } else { error.because(self) }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Damaged(_) => Kind::Damaged,
            Self::Missing => Kind::NoSnapshot,
            Self::Io(error) => match error.kind() {
                io::ErrorKind::NotFound => Kind::Missing,
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Kind::Denied,
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Kind::Full,
                _ => Kind::Failed,
            },
            Self::Sql(rusqlite::Error::SqliteFailure(error, _)) => sqlite(*error),
            // A column of the wrong type: somebody else wrote here, or the page was damaged.
            Self::Sql(
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..),
            ) => Kind::Damaged,
            Self::Sql(_) => Kind::Failed,
        }
    }
}

fn sqlite(error: ffi::Error) -> Kind {
    // A full disk shows itself in several ways while the log's shared memory is laid out.
    const NO_ROOM: [i32; 2] = [ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_WRITE];
    match error.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Kind::Busy,
        ErrorCode::DiskFull => Kind::Full,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation => {
            Kind::Damaged
        }
        ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::AuthorizationForStatementDenied => {
            Kind::Denied
        }
        ErrorCode::SystemIoFailure if NO_ROOM.contains(&error.extended_code) => Kind::Full,
        ErrorCode::SystemIoFailure if error.extended_code == ffi::SQLITE_IOERR_SHORT_READ => Kind::Damaged,
        _ => Kind::Failed,
    }
}
