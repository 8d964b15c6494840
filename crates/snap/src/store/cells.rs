//! Cells: how each kind of value becomes a number in a frame, and comes back.

use std::collections::BTreeMap;

use oomkit_core::{
    ident::{Comm, NodeId, OomScoreAdj, Pid, Uid},
    limit::Limit,
    units::{Bytes, Pages},
};

use super::{
    error::Trouble,
    frame::Table,
    names::Names,
    varint::{fold, unfold},
};
use crate::{
    name::Name,
    snapshot::{Duration, Hierarchy, Percent, StartTicks},
};

/// A value that stands in a frame as a number.
pub(super) trait Cell: Sized {
    fn number(&self, names: &mut Names<'_>) -> Result<u64, Trouble>;
    fn value(number: u64, names: &mut Names<'_>) -> Result<Self, Trouble>;
}

/// Says for a kind of value how it becomes a number and how it comes back; some come back as `None`.
macro_rules! cells {
    ($($kind:ty: |$value:ident| $number:expr, |$back:ident| $from:expr;)*) => {
        $(impl Cell for $kind {
            fn number(&self, _: &mut Names<'_>) -> Result<u64, Trouble> {
                let $value = self;
                Ok($number)
            }

            fn value($back: u64, _: &mut Names<'_>) -> Result<Self, Trouble> {
                $from.ok_or(Trouble::Damaged("a value is out of its range"))
            }
        })*
    };
}

cells! {
    u64: |value| *value, |number| Some(number);
    i64: |value| fold(*value), |number| Some(unfold(number));
    bool: |value| u64::from(*value), |number| (number < 2).then_some(number == 1);
    Bytes: |value| value.get(), |number| Some(Self::new(number));
    Pages: |value| value.get(), |number| Some(Self::new(number));
    Percent: |value| value.hundredths(), |number| Some(Self::from_hundredths(number));
    Duration: |value| value.micros(), |number| Some(Self::from_micros(number));
    Pid: |value| fold(value.get()), |number| Some(Self::new(unfold(number)));
    Uid: |value| fold(value.get()), |number| Some(Self::new(unfold(number)));
    StartTicks: |value| value.get(), |number| Some(Self::new(number));
    OomScoreAdj: |value| fold(value.get().into()), |number| Self::new(unfold(number));
    NodeId: |value| value.get().into(), |number| u32::try_from(number).ok().map(Self::new);
    // No kernel has a limit of 2^64 - 1 bytes: the largest is a multiple of the page size.
    Limit: |value| value.size().map_or(u64::MAX, Bytes::get),
        |number| Some(if number == u64::MAX { Self::Max } else { Self::At(Bytes::new(number)) });
    Hierarchy: |value| match value { Self::V1 => 1, Self::V2 => 2 },
        |number| match number { 1 => Some(Self::V1), 2 => Some(Self::V2), _ => None };
}

impl Cell for Name {
    fn number(&self, names: &mut Names<'_>) -> Result<u64, Trouble> {
        names.number(self.as_bytes())
    }

    fn value(number: u64, names: &mut Names<'_>) -> Result<Self, Trouble> {
        names.text(number).map(Self::new)
    }
}

impl Cell for Comm {
    fn number(&self, names: &mut Names<'_>) -> Result<u64, Trouble> {
        names.number(self.as_bytes())
    }

    fn value(number: u64, names: &mut Names<'_>) -> Result<Self, Trouble> {
        names.text(number).map(Self::new)
    }
}

/// One column of a table: its tag, and the field of a row that it holds.
pub(super) struct Column<T> {
    pub(super) tag: u64,
    pub(super) get: fn(&T, &mut Names<'_>) -> Result<Option<u64>, Trouble>,
    pub(super) set: fn(&mut T, Option<u64>, &mut Names<'_>) -> Result<(), Trouble>,
}

/// Makes the columns of a struct: `tag field?` for what may be unknown, `tag field!` for what is always there.
///
/// A tag never changes its meaning; a new field takes a new one.
macro_rules! columns {
    ($name:ident: $row:ty { $($tag:literal $field:ident $kind:tt)* }) => {
        const $name: &[Column<$row>] = &[$(Column {
            tag: $tag,
            get: |row, names| columns!(@get $kind row.$field, names),
            set: |row, cell, names| { columns!(@set $kind row.$field, cell, names); Ok(()) },
        }),*];
    };
    (@get ? $field:expr, $names:expr) => { $field.as_ref().map(|value| value.number($names)).transpose() };
    (@get ! $field:expr, $names:expr) => { $field.number($names).map(Some) };
    (@set ? $field:expr, $cell:expr, $names:expr) => {
        $field = $cell.map(|number| Cell::value(number, $names)).transpose()?
    };
    (@set ! $field:expr, $cell:expr, $names:expr) => {
        $field = Cell::value($cell.ok_or(Trouble::Damaged("a value is missing"))?, $names)?
    };
}
pub(super) use columns;

/// The first tag of a column that is made for a name; those of fields are smaller.
const NAMED: u64 = 1 << 16;

/// How many maps of names a row may have.
const MAPS: u64 = 8;

/// Returns the tag of the column for a name in one of a row's maps.
pub(super) const fn named(name: u64, map: u64) -> u64 {
    NAMED + name * MAPS + map
}

/// Returns the name and the map that a column is made for; `None` for the column of a field.
pub(super) fn name_of(tag: u64) -> Option<(u64, u64)> {
    let named = tag.checked_sub(NAMED)?;
    Some((named / MAPS, named % MAPS))
}

/// Writes rows as a table, sorted by their ids; rows of equal ids keep their order.
pub(super) fn table<T>(
    rows: &[T],
    columns: &[Column<T>],
    names: &mut Names<'_>,
    id: impl Fn(&T, usize, &mut Names<'_>) -> Result<u64, Trouble>,
    more: impl Fn(&T, &mut Names<'_>) -> Result<BTreeMap<u64, u64>, Trouble>,
) -> Result<Table, Trouble> {
    let mut sorted = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        sorted.push((id(row, at, names)?, row));
    }
    sorted.sort_by_key(|(id, _)| *id);
    let mut table = Table { rows: sorted.iter().map(|(id, _)| *id).collect(), columns: BTreeMap::new() };
    for (at, (_, row)) in sorted.iter().enumerate() {
        let mut cells = more(row, names)?;
        for column in columns {
            if let Some(number) = (column.get)(row, names)? {
                cells.insert(column.tag, number);
            }
        }
        for (tag, number) in cells {
            let column = table.columns.entry(tag).or_insert_with(|| vec![None; sorted.len()]);
            if let Some(cell) = column.get_mut(at) {
                *cell = Some(number);
            }
        }
    }
    Ok(table)
}

/// Reads the rows of a table; `more` takes the cells of columns that are not listed.
pub(super) fn rows<T>(
    table: &Table,
    start: impl Fn() -> T,
    columns: &[Column<T>],
    names: &mut Names<'_>,
    mut more: impl FnMut(&mut T, u64, u64, &mut Names<'_>) -> Result<(), Trouble>,
) -> Result<Vec<T>, Trouble> {
    let mut rows = Vec::with_capacity(table.rows.len());
    for at in 0..table.rows.len() {
        let cell = |cells: &Vec<Option<u64>>| cells.get(at).copied().flatten();
        let mut row = start();
        for column in columns {
            (column.set)(&mut row, table.columns.get(&column.tag).and_then(cell), names)?;
        }
        for (tag, cells) in &table.columns {
            if let (Some(number), false) = (cell(cells), columns.iter().any(|column| column.tag == *tag)) {
                more(&mut row, *tag, number, names)?;
            }
        }
        rows.push(row);
    }
    Ok(rows)
}
