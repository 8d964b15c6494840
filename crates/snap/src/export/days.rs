//! Days: which snapshots make up a day of a host, and where its rows go.
//!
//! The folders are those of Hive, which Spark, Trino, ClickHouse and DuckDB read as columns.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::Table;
use crate::{
    name::Name,
    store::{Entry, Error, SnapshotId, Store},
};

/// How Hive calls what is not known.
const UNKNOWN: &str = "__HIVE_DEFAULT_PARTITION__";

/// The snapshots of a host that were taken on one day of UTC, by the wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// The host's name.
    pub host: Option<Name>,
    /// The machine's id.
    pub machine_id: Option<Name>,
    /// The snapshots, in the order of the store.
    pub snapshots: Vec<SnapshotId>,
    /// Whether the hosts of all snapshots of the date are known; else some of this one may be missing.
    pub is_whole: bool,
}

impl Day {
    /// Sorts snapshots by day and host; those of which that cannot be read come beside them.
    #[must_use]
    pub fn of(store: &Store, entries: &[Entry]) -> (Vec<Self>, Vec<(SnapshotId, Error)>) {
        let mut days: BTreeMap<(Date, Option<Name>, Option<Name>), Vec<SnapshotId>> = BTreeMap::new();
        let (mut unread, mut lost) = (Vec::new(), BTreeSet::new());
        for entry in entries {
            let date = date(entry.moment.at().instant());
            match store.host_of(entry.id) {
                Ok(host) => days.entry((date, host.name, host.machine_id)).or_default().push(entry.id),
                Err(error) => {
                    lost.insert(date);
                    unread.push((entry.id, error));
                }
            }
        }
        let day = |((date, host, machine_id), snapshots)| Self {
            date,
            host,
            machine_id,
            snapshots,
            is_whole: !lost.contains(&date),
        };
        (days.into_iter().map(day).collect(), unread)
    }

    /// Tells whether no snapshot can join it any more, unless a clock is set back.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.date < date(now)
    }

    /// Returns the path of a table's file, below the folder of the export.
    ///
    /// The file is named after the machine, since two hosts may have one name.
    #[must_use]
    pub fn path(&self, table: Table) -> String {
        format!("{}.parquet", self.stem(table))
    }

    /// Returns the path for as long as the day is not over.
    #[must_use]
    pub fn open_path(&self, table: Table) -> String {
        format!("{}.open.parquet", self.stem(table))
    }

    /// Returns the path for a day of which some snapshots could not be read.
    #[must_use]
    pub fn incomplete_path(&self, table: Table) -> String {
        format!("{}.incomplete.parquet", self.stem(table))
    }

    fn stem(&self, table: Table) -> String {
        let host = escaped(self.host.as_ref()).unwrap_or_else(|| UNKNOWN.into());
        let machine = escaped(self.machine_id.as_ref()).unwrap_or_else(|| "unknown".into());
        format!("{}/date={}/host={host}/machine-{machine}", table.name(), self.date)
    }
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Escapes a name for a folder as Hive does, by percent signs; nothing for a name that is empty.
fn escaped(name: Option<&Name>) -> Option<String> {
    let name = name.map(Name::as_bytes).filter(|name| !name.is_empty())?;
    // Readers turn the escapes back and want UTF-8 then.
    let name = oomkit_core::ident::visible(name);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let escape =
        |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    Some(name.bytes().map(escape).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_folder() {
        for (name, folder) in [
            (&b"web-7.example"[..], "host=web-7.example"),
            (b"../../etc", "host=..%2F..%2Fetc"),
            (b"a=b c%\n", "host=a%3Db%20c%25%5Cn"),
            (b"\xff", "host=%5Cxff"),
            ("\u{e9}".as_bytes(), "host=%C3%A9"),
            (b"", "host=__HIVE_DEFAULT_PARTITION__"),
        ] {
            let date = jiff::civil::date(2026, 5, 10);
            let host = Some(Name::new(name));
            let day = Day { date, host, machine_id: None, snapshots: Vec::new(), is_whole: true };
            let path = format!("processes/date=2026-05-10/{folder}/machine-unknown.parquet");
            assert_eq!(day.path(Table::Processes), path);
        }
    }

    #[test]
    fn a_day_is_over_when_the_next_one_has_begun_in_utc() {
        let date = jiff::civil::date(2026, 5, 10);
        let day = Day { date, host: None, machine_id: None, snapshots: Vec::new(), is_whole: true };
        for (now, over) in [
            ("2026-05-10T23:59:59Z", false),
            ("2026-05-11T01:00:00+02:00", false),
            ("2026-05-11T00:00:00Z", true),
        ] {
            assert_eq!(day.is_over(now.parse().unwrap()), over, "{now}");
        }
    }
}
