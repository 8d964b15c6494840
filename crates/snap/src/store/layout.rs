//! Layout: which table and column of a frame each field of a snapshot stands in.
//!
//! Tags of tables and columns stand in files: a tag never changes its meaning, and a new field
//! takes a new one.

use std::collections::BTreeMap;

use super::{
    cells::{Cell, name_of, named},
    error::Trouble,
    frame::Table,
    names::Names,
};
use crate::name::Name;

mod cgroup;
mod machine;
mod process;

pub(super) use machine::{read as machine, write as machine_frame};
pub(super) use process::{commands, read as processes, write as process_frame};

/// The column of a table whose rows are names with one value each.
const VALUE: u64 = 1;

/// Writes a map as a table with a row for each name.
fn map_table<V: Cell>(map: &BTreeMap<Name, V>, names: &mut Names<'_>) -> Result<Table, Trouble> {
    let mut cells = Vec::with_capacity(map.len());
    for (name, value) in map {
        cells.push((name.number(names)?, Some(value.number(names)?)));
    }
    cells.sort_unstable();
    let (rows, values) = cells.into_iter().unzip();
    Ok(Table { rows, columns: BTreeMap::from([(VALUE, values)]) })
}

/// Reads a map that [`map_table`] has written.
fn map<V: Cell>(table: &Table, names: &mut Names<'_>) -> Result<BTreeMap<Name, V>, Trouble> {
    let mut map = BTreeMap::new();
    let values = table.columns.get(&VALUE).map(Vec::as_slice).unwrap_or_default();
    for (name, value) in table.rows.iter().zip(values) {
        let value = value.ok_or(Trouble::Damaged("a figure has no value"))?;
        map.insert(Name::value(*name, names)?, V::value(value, names)?);
    }
    Ok(map)
}

/// Adds a map of a row as one column for each name, and a column that says that there is a map.
fn put_map<V: Cell>(
    map: Option<&BTreeMap<Name, V>>,
    (flag, number): (u64, u64),
    names: &mut Names<'_>,
    cells: &mut BTreeMap<u64, u64>,
) -> Result<(), Trouble> {
    let Some(map) = map else { return Ok(()) };
    cells.insert(flag, 1);
    for (name, value) in map {
        cells.insert(named(name.number(names)?, number), value.number(names)?);
    }
    Ok(())
}

/// Takes a cell that belongs to a map of a row, if it does.
fn take_map<V: Cell>(
    map: &mut Option<BTreeMap<Name, V>>,
    (flag, number): (u64, u64),
    (tag, cell): (u64, u64),
    names: &mut Names<'_>,
) -> Result<(), Trouble> {
    if tag == flag {
        map.get_or_insert_default();
    } else if let Some((name, _)) = name_of(tag).filter(|(_, of)| *of == number) {
        map.get_or_insert_default().insert(Name::value(name, names)?, V::value(cell, names)?);
    }
    Ok(())
}
