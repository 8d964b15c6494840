//! Picking: which snapshots of a store are meant, by number or by time.

use clap::Args;
use jiff::{Timestamp, Zoned};
use oomkit_snap::{
    snapshot::{Duration, Moment, Snapshot},
    store::{Entry, Kind, SnapshotId, Store},
};

use super::super::decode::when;
use crate::failure::Failure;

/// Which snapshots are asked for.
#[derive(Debug, Args)]
pub(crate) struct SpanArgs {
    /// Leave out snapshots before TIME: 2022-05-10T15:45:51Z, '2022-05-10 15:45', yesterday, -1h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,

    /// Leave out snapshots after TIME
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

impl SpanArgs {
    /// Lists the snapshots of a store that are asked for, in its order.
    pub(crate) fn entries(&self, store: &Store) -> Result<Vec<Entry>, Failure> {
        let now = Zoned::now();
        let moment = |option, text: &Option<String>| {
            text.as_deref().map(|text| when::moment(option, text, &now)).transpose()
        };
        let (since, until) = (moment("since", &self.since)?, moment("until", &self.until)?);
        if let (Some(since), Some(until)) = (since, until)
            && until < since
        {
            return Err(Failure::usage(format!("--since {since} lies after --until {until}")));
        }
        let is_wanted = |moment: &Moment| {
            let at = moment.at().instant();
            since.is_none_or(|since| since <= at) && until.is_none_or(|until| at <= until)
        };
        let mut entries = store.list().map_err(|error| Failure::store(&error))?;
        entries.retain(|entry| is_wanted(&entry.moment));
        Ok(entries)
    }
}

/// A snapshot that was asked for by time, and how long before that it was taken.
pub(crate) struct Picked {
    /// Its number.
    pub(crate) id: SnapshotId,
    /// The snapshot.
    pub(crate) snapshot: Snapshot,
    /// The time that was asked for, where it was one.
    pub(crate) asked: Option<Timestamp>,
}

/// Finds and reads a snapshot: by its number, the last one before a time, or the newest.
pub(crate) fn pick(store: &Store, which: Option<&str>) -> Result<Picked, Failure> {
    let (id, asked) = match which {
        None => (newest(store)?, None),
        Some(which) => match which.trim().parse() {
            Ok(number) => (SnapshotId::new(number), None),
            Err(_) => {
                let asked = when::instant(which, &Zoned::now()).ok_or_else(|| no_such(which))?;
                (before(store, asked)?, Some(asked))
            }
        },
    };
    let snapshot = store.snapshot(id).map_err(|error| match error.kind() {
        Kind::NoSnapshot => Failure::store(&error).cause(format!("{id} was asked for")),
        _ => Failure::store(&error).cause(format!("snapshot {id} cannot be read")),
    })?;
    Ok(Picked { id, snapshot, asked })
}

fn no_such(which: &str) -> Failure {
    Failure::usage(format!("{which:?} is neither the number of a snapshot nor a point in time")).hint(
        "write a number of `oomkit snap list`, or a time such as -1h, 'yesterday 15:45' or 2022-05-10T15:45:51Z",
    )
}

fn newest(store: &Store) -> Result<SnapshotId, Failure> {
    let newest = store.newest().map_err(|error| Failure::store(&error))?;
    newest.map(|entry| entry.id).ok_or_else(empty)
}

/// A store without snapshots.
pub(crate) fn empty() -> Failure {
    Failure::input("the store has no snapshots").hint("take one with: oomkit snap take")
}

/// Returns the snapshot whose wall clock is the last one at or before a time.
fn before(store: &Store, asked: Timestamp) -> Result<SnapshotId, Failure> {
    let failed = |error| Failure::store(&error);
    if let Some(entry) = store.last_until(asked).map_err(failed)? {
        return Ok(entry.id);
    }
    let first = store.earliest().map_err(failed)?.ok_or_else(empty)?;
    Err(Failure::input(format!("the store has no snapshot before {asked:.0}"))
        .cause(format!("its first one is of {}", first.moment.at())))
}

impl Picked {
    /// Says how far from the time that was asked for the snapshot is, where that is worth a word.
    pub(crate) fn note(&self) -> Option<String> {
        let (asked, at) = (self.asked?, self.snapshot.moment.at().instant());
        let seconds = asked.duration_since(at).as_secs();
        let now = Timestamp::now();
        if now < asked {
            return Some(format!(
                "{asked:.0} is yet to come; snapshot {} is the newest before it, of {at:.0}",
                self.id
            ));
        }
        (0 < seconds).then(|| {
            format!(
                "snapshot {} is the nearest one before {asked:.0}; it is {} older",
                self.id,
                Duration::from_seconds(seconds.unsigned_abs())
            )
        })
    }
}
