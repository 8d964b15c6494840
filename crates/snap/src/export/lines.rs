//! Lines: rows as CSV or as one JSON object a line.

use std::{
    fmt,
    io::{self, Write},
};

use oomkit_core::ident::{no_formula, text, visible};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::{Column, Table, Value, Workloads};
use crate::snapshot::Snapshot;

/// How a row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with the names of the columns first.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// Writes the rows of snapshots, one snapshot after the other.
pub struct Lines<W: Write> {
    table: Table,
    out: Out<W>,
}

enum Out<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(W, Vec<Column>),
}

impl<W: Write> Lines<W> {
    /// Starts with the names of the columns, where the format has a line for them.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn new(table: Table, format: Format, out: W) -> io::Result<Self> {
        let columns = table.columns();
        let out = match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record(columns.iter().map(|column| column.name))?;
                Out::Csv(Box::new(writer))
            }
            Format::Ndjson => Out::Ndjson(out, columns),
        };
        Ok(Self { table, out })
    }

    /// Writes the rows of a snapshot.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn push(&mut self, snapshot: &Snapshot, workloads: &mut Workloads<'_>) -> io::Result<()> {
        let out = &mut self.out;
        self.table.rows(snapshot, workloads, |row| match out {
            Out::Csv(writer) => {
                row.iter().try_for_each(|value| writer.write_field(cell(value)))?;
                Ok(writer.write_record(None::<&[u8]>)?)
            }
            Out::Ndjson(out, columns) => {
                serde_json::to_writer(&mut *out, &Row { columns, values: row })?;
                out.write_all(b"\n")
            }
        })
    }

    /// Writes what is left and gives the output back.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(self) -> io::Result<W> {
        match self.out {
            Out::Csv(writer) => writer.into_inner().map_err(csv::IntoInnerError::into_error),
            Out::Ndjson(mut out, _) => {
                out.flush()?;
                Ok(out)
            }
        }
    }
}

impl<W: Write> fmt::Debug for Lines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("table", &self.table).finish_non_exhaustive()
    }
}

/// Returns what stands in a cell of CSV: nothing for what is not known, and no formula.
fn cell(value: &Value<'_>) -> String {
    match value {
        Value::Unknown => String::new(),
        Value::Whole(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Truth(truth) => truth.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Text(bytes) => no_formula(&visible(bytes)).into_owned(),
    }
}

/// A row as an object.
struct Row<'a> {
    columns: &'a [Column],
    values: &'a [Value<'a>],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, value) in self.columns.iter().zip(self.values) {
            map.serialize_entry(column.name, value)?;
        }
        map.end()
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_none(),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Time(time) => serializer.collect_str(time),
            Self::Text(bytes) => serializer.serialize_str(&text(bytes)),
        }
    }
}
