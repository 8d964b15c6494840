//! Picking: which snapshots of a store are meant, by number or by time.

use clap::Args;
use jiff::{Timestamp, Zoned};
use oomkit_snap::{
    snapshot::{Duration, Moment, Snapshot},
    store::{Entry, SnapshotId, Store},
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
        let mut entries = list(store)?;
        entries.retain(|entry| is_wanted(&entry.moment));
        Ok(entries)
    }
}

/// Lists all snapshots of a store.
fn list(store: &Store) -> Result<Vec<Entry>, Failure> {
    store.list().map_err(|error| Failure::store(&error))
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
                (before(&list(store)?, asked)?, Some(asked))
            }
        },
    };
    let snapshot = store.snapshot(id).map_err(|error| Failure::store(&error))?;
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
///
/// A clock that was set back makes one time stand in two places; the nearest one before is meant.
fn before(entries: &[Entry], asked: Timestamp) -> Result<SnapshotId, Failure> {
    let at = |entry: &&Entry| entry.moment.at().instant();
    let found = entries.iter().filter(|entry| at(entry) <= asked).max_by_key(|entry| (at(entry), entry.id));
    if let Some(entry) = found {
        return Ok(entry.id);
    }
    let first = entries.iter().min_by_key(at).ok_or_else(empty)?;
    Err(Failure::input(format!("the store has no snapshot before {asked}"))
        .cause(format!("its first one is of {}", first.moment.at())))
}

impl Picked {
    /// Says how far from the time that was asked for the snapshot is, where that is worth a word.
    pub(crate) fn note(&self) -> Option<String> {
        let (asked, at) = (self.asked?, self.snapshot.moment.at().instant());
        let seconds = asked.duration_since(at).as_secs();
        (0 < seconds).then(|| {
            format!(
                "snapshot {} is the nearest one before; it is {} older",
                self.id,
                Duration::from_seconds(seconds.unsigned_abs())
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;
    use oomkit_snap::snapshot::{BootClock, BootId};

    use super::*;

    #[test]
    fn the_nearest_one_before_is_meant_also_when_the_clock_was_set_back() {
        let entry = |id: i64, second: i64| {
            let at = Timestamp::from_second(second).unwrap();
            let clock = BootClock::from_micros(id.unsigned_abs());
            let moment = Moment::new(BootId::new(b"a"), clock, None, at, Offset::UTC);
            Entry { id: SnapshotId::new(id), moment, reason: None, cut: false }
        };
        let entries = [entry(1, 1000), entry(2, 1060), entry(3, 940), entry(4, 1000)];
        let at = |second| before(&entries, Timestamp::from_second(second).unwrap()).map(SnapshotId::get).ok();
        for (second, expected) in
            [(939, None), (940, Some(3)), (999, Some(3)), (1001, Some(4)), (1059, Some(4)), (9999, Some(2))]
        {
            assert_eq!(at(second), expected, "{second}");
        }
        assert!(before(&[], Timestamp::UNIX_EPOCH).is_err());
    }
}
