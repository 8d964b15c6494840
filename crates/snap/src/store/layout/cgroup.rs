//! Control groups in a frame: a row for each, by its path.

use std::collections::BTreeMap;

use super::{put_map, take_map};
use crate::{
    snapshot::{Cgroup, Pressure},
    store::{
        cells::{Cell, Column, columns, rows, table},
        error::Trouble,
        frame::Table,
        names::Names,
    },
};

columns! { COLUMNS: Cgroup {
    1 path!
    2 hierarchy!
    3 usage_bytes?
    4 limit_bytes?
    5 high_bytes?
    6 low_bytes?
    7 min_bytes?
    8 peak_bytes?
    9 swap_bytes?
    10 swap_limit_bytes?
    11 swap_peak_bytes?
    12 failures?
    13 kills_group?
} }

columns! { PRESSURE: Pressure {
    32 some_avg10?
    33 some_avg60?
    34 some_avg300?
    35 some_total?
    36 full_avg10?
    37 full_avg60?
    38 full_avg300?
    39 full_total?
} }

/// The column that says that a row has a pressure.
const HAS_PRESSURE: u64 = 31;

/// For each map of a control group: the column that says that it is there, and its number.
const STAT: (u64, u64) = (48, 0);
const EVENTS: (u64, u64) = (49, 1);

/// Writes control groups as a table.
pub(super) fn write(cgroups: &[Cgroup], names: &mut Names<'_>) -> Result<Table, Trouble> {
    let id = |cgroup: &Cgroup, _, names: &mut Names<'_>| cgroup.path.number(names);
    table(cgroups, COLUMNS, names, id, |cgroup, names| {
        let mut cells = BTreeMap::new();
        put_map(cgroup.stat.as_ref(), STAT, names, &mut cells)?;
        put_map(cgroup.events.as_ref(), EVENTS, names, &mut cells)?;
        put_pressure(cgroup.pressure.as_ref(), names, &mut cells)?;
        Ok(cells)
    })
}

/// Reads control groups from a table.
pub(super) fn read(table: &Table, names: &mut Names<'_>) -> Result<Vec<Cgroup>, Trouble> {
    rows(table, Cgroup::default, COLUMNS, names, |cgroup, tag, cell, names| {
        take_map(&mut cgroup.stat, STAT, (tag, cell), names)?;
        take_map(&mut cgroup.events, EVENTS, (tag, cell), names)?;
        take_pressure(&mut cgroup.pressure, (tag, cell), names)
    })
}

/// Adds the cells of a pressure, if there is one.
pub(super) fn put_pressure(
    pressure: Option<&Pressure>,
    names: &mut Names<'_>,
    cells: &mut BTreeMap<u64, u64>,
) -> Result<(), Trouble> {
    let Some(pressure) = pressure else { return Ok(()) };
    cells.insert(HAS_PRESSURE, 1);
    for column in PRESSURE {
        if let Some(number) = (column.get)(pressure, names)? {
            cells.insert(column.tag, number);
        }
    }
    Ok(())
}

/// Takes a cell that belongs to a pressure, if it does.
pub(super) fn take_pressure(
    pressure: &mut Option<Pressure>,
    (tag, cell): (u64, u64),
    names: &mut Names<'_>,
) -> Result<(), Trouble> {
    if tag == HAS_PRESSURE {
        pressure.get_or_insert_default();
    } else if let Some(column) = PRESSURE.iter().find(|column| column.tag == tag) {
        (column.set)(pressure.get_or_insert_default(), Some(cell), names)?;
    }
    Ok(())
}
