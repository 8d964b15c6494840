//! The schema of the store: its version, and how an older one becomes the newest.

use rusqlite::{Connection, TransactionBehavior};

use super::error::{Kind, Trouble};

/// By which SQLite files tell whose they are: "oomk".
const APPLICATION: i64 = 0x6f6f_6d6b;

/// The steps from nothing to the newest schema; the first makes version 1.
///
/// A step that was released is frozen, and a change is a new step.
const STEPS: &[&str] = &[include_str!("sql/v1.sql"), include_str!("sql/v2.sql")];

/// What a reader of an older schema sees in place of its tables, from version 1 on.
///
/// Names of the connection's own go before those of the file, which stays as it is. What a schema
/// did not have yet is not known.
const VIEWS: &[&str] = &["CREATE TEMP VIEW snapshot AS
     SELECT *, NULL AS reason, NULL AS reason_cgroup FROM main.snapshot"];

/// The version of the newest schema.
pub(super) const NEWEST: i64 = STEPS.len().cast_signed() as i64;

/// What a file turned out to be.
pub(super) enum Found {
    /// Nothing yet.
    Empty,
    /// A store of an older schema.
    Older(i64),
    /// A store of the newest schema.
    Newest,
    /// Something that this program must leave alone.
    Other(Kind),
}

/// Looks at what a file is, and changes nothing.
///
/// All is read in one transaction: between two readings, somebody else may make the store.
pub(super) fn look(connection: &Connection) -> Result<Found, Trouble> {
    let transaction = connection.unchecked_transaction()?;
    let found = found(&transaction)?;
    transaction.commit()?;
    Ok(found)
}

/// Says what a file is, inside of a transaction.
fn found(connection: &Connection) -> Result<Found, Trouble> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok(match (application, version) {
        (0, 0) if tables == 0 => Found::Empty,
        (APPLICATION, NEWEST) => Found::Newest,
        (APPLICATION, 1..) if version < NEWEST => Found::Older(version),
        (APPLICATION, 1..) => Found::Other(Kind::Newer { found: version, known: NEWEST }),
        (APPLICATION, _) => Found::Other(Kind::Damaged),
        _ => Found::Other(Kind::Foreign),
    })
}

/// Lets a connection that only reads see a store of an older schema as one of the newest.
pub(super) fn view(connection: &Connection, version: i64) -> Result<(), Trouble> {
    let at = usize::try_from(version).ok().and_then(|version| version.checked_sub(1));
    let views =
        at.and_then(|at| VIEWS.get(at)).ok_or(Trouble::Damaged("its schema is none that is known"))?;
    // A file for them would be one more place where somebody has to be able to write.
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection.execute_batch(views)?)
}

/// Takes all steps that are missing, or none.
pub(super) fn migrate(connection: &mut Connection) -> Result<Found, Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Somebody else may have done it while this process waited for the lock.
    let done = match found(&transaction)? {
        Found::Empty => 0,
        Found::Older(version) => usize::try_from(version).unwrap_or(STEPS.len()),
        found => return Ok(found),
    };
    for step in STEPS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()?;
    Ok(Found::Newest)
}
