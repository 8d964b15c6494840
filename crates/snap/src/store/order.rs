//! Order: which boot of a store comes before which.
//!
//! A host's own boots are in the order in which they were first seen, which no clock that is wrong
//! or set back can change. A recording of another tool may have come long after what it tells of,
//! and its boots have nothing but the wall clock: each stands before the first of the host's own
//! boots that was still seen when the recording began, or later.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::error::Trouble;
use crate::snapshot::BootId;

/// A boot of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Boot {
    /// Its name.
    pub(super) id: BootId,
    /// Its rows, the first one first: there are several where the host was renamed.
    pub(super) rows: Vec<i64>,
}

/// Lists the boots of a store in order, those without snapshots too.
pub(super) fn boots(connection: &Connection) -> Result<Vec<Boot>, Trouble> {
    let mut boots: Vec<Boot> = Vec::new();
    let mut places: BTreeMap<BootId, usize> = BTreeMap::new();
    let mut statement = connection.prepare_cached("SELECT id, boot_id FROM boot ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.get_ref(1)?.as_bytes().map_err(|_| Trouble::Damaged("a boot has no id"))?;
        let (row, id) = (row.get(0)?, BootId::new(id));
        match places.get(&id).and_then(|place| boots.get_mut(*place)) {
            Some(boot) => boot.rows.push(row),
            None => {
                places.insert(id.clone(), boots.len());
                boots.push(Boot { id, rows: vec![row] });
            }
        }
    }
    let (recorded, own): (Vec<Boot>, Vec<Boot>) = boots.into_iter().partition(|boot| boot.id.is_made_up());
    if recorded.is_empty() {
        return Ok(own);
    }
    let edge = |boots: Vec<Boot>, edge: Edge| -> Result<Vec<(Option<i64>, Boot)>, Trouble> {
        boots.into_iter().map(|boot| Ok((edge.of(&boot, connection)?, boot))).collect()
    };
    Ok(merged(edge(own, Edge::Last)?, edge(recorded, Edge::First)?))
}

/// Puts boots of recordings, by when they began, among those of the host, by when they were seen last.
fn merged(own: Vec<(Option<i64>, Boot)>, mut recorded: Vec<(Option<i64>, Boot)>) -> Vec<Boot> {
    recorded.sort_by_key(|(began, _)| *began);
    let mut recorded = recorded.into_iter().peekable();
    let mut boots = Vec::new();
    for (seen, boot) in own {
        while let Some((_, earlier)) = recorded.next_if(|(began, _)| *began <= seen) {
            boots.push(earlier);
        }
        boots.push(boot);
    }
    boots.extend(recorded.map(|(_, boot)| boot));
    boots
}

/// An end of a boot.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

impl Edge {
    /// Returns the wall clock of a boot's first or last snapshot, in microseconds since 1970.
    fn of(self, boot: &Boot, connection: &Connection) -> Result<Option<i64>, Trouble> {
        let sql = match self {
            Self::First => {
                "SELECT boot_clock, at FROM snapshot WHERE boot = ?1 ORDER BY boot_clock, id LIMIT 1"
            }
            Self::Last => {
                "SELECT boot_clock, at FROM snapshot WHERE boot = ?1 ORDER BY boot_clock DESC, id DESC LIMIT 1"
            }
        };
        let mut statement = connection.prepare_cached(sql)?;
        let mut found: Vec<(i64, i64)> = Vec::new();
        for row in &boot.rows {
            found.extend(statement.query_row([row], |row| Ok((row.get(0)?, row.get(1)?))).optional()?);
        }
        let edge = match self {
            Self::First => found.into_iter().min(),
            Self::Last => found.into_iter().max(),
        };
        Ok(edge.map(|(_, at)| at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_stand_before_what_was_seen_later() {
        let check = |own: &[(&str, Option<i64>)], recorded: &[(&str, Option<i64>)], expected: &str| {
            let boots = |all: &[(&str, Option<i64>)]| {
                let boot = |(id, at): &(&str, Option<i64>)| {
                    (*at, Boot { id: BootId::new(id.as_bytes()), rows: Vec::new() })
                };
                all.iter().map(boot).collect()
            };
            let order: Vec<String> =
                merged(boots(own), boots(recorded)).iter().map(|boot| boot.id.to_string()).collect();
            assert_eq!(order.join(" "), expected);
        };
        let own = [("a", Some(10)), ("b", Some(20)), ("c", Some(30))];
        check(&own, &[("x", Some(25)), ("y", Some(5)), ("z", Some(31))], "y a b x c z");
        // Of the same time, what the host itself saw counts as the newest.
        check(&own, &[("x", Some(30))], "a b x c");
        check(&own, &[("x", None)], "x a b c");
        // The order of the host's own boots is kept, whatever their clocks say.
        let own = [("a", Some(10)), ("b", Some(0)), ("c", Some(99)), ("d", Some(30))];
        check(&own, &[("x", Some(5)), ("y", Some(20)), ("z", Some(40))], "x a b y z c d");
        check(&[("a", None)], &[("x", Some(5))], "a x");
        check(&[], &[("x", Some(5)), ("y", Some(4))], "y x");
    }
}
