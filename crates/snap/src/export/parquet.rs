//! Parquet: rows in columns, sorted so that what belongs together lies together.
//!
//! A column of one process over a day hardly changes, and so takes next to nothing once its rows stand
//! one after the other; in the order of the snapshots they would take several times as much. Rows are
//! gathered for that, up to a bound, and a group of rows is sorted and written when it is reached.

use std::{
    fmt,
    io::{self, Write},
    sync::Arc,
};

use parquet::{
    basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel},
    file::{
        metadata::KeyValue,
        properties::{WriterProperties, WriterVersion},
        writer::SerializedFileWriter,
    },
    schema::types::{ColumnPath, Type, TypePtr},
};

use super::{Column, Kind, Table, Workloads};
use crate::snapshot::Snapshot;

mod buffer;

use buffer::Buffer;

/// The version of the columns, which stands in each file; a column that is there keeps its meaning.
const VERSION: &str = "oomkit.export/v1";

/// How many rows are sorted together: a day of 364 processes.
const ROWS: usize = 1 << 19;

/// How many rows a page has: what repeats from process to process has to be in one page to be seen.
const PAGE_ROWS: usize = 1 << 17;

/// How many bytes of different texts are kept with them.
const TEXTS: usize = 64 << 20;

/// The effort of the compressor: 3 takes a twentieth more room, 15 four times as long.
const LEVEL: i32 = 9;

/// Writes the rows of one table into a file, one snapshot after the other.
///
/// The host's name is no column, since the folder has it (see [`super::Day`]).
pub struct Parquet<W: Write + Send> {
    table: Table,
    /// The place of the column that is left out.
    left_out: Option<usize>,
    writer: SerializedFileWriter<W>,
    buffer: Buffer,
    rows: u64,
}

impl<W: Write + Send> Parquet<W> {
    /// Starts a file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn new(table: Table, out: W) -> io::Result<Self> {
        let all = table.columns();
        let left_out = all.iter().position(|column| !is_written(column));
        let columns: Vec<Column> = all.into_iter().filter(is_written).collect();
        let writer =
            SerializedFileWriter::new(out, schema(table, &columns)?, Arc::new(properties(table, &columns)?))?;
        let buffer = Buffer::new(&columns, table.identity());
        Ok(Self { table, left_out, writer, buffer, rows: 0 })
    }

    /// Takes the rows of a snapshot.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn push(&mut self, snapshot: &Snapshot, workloads: &mut Workloads<'_>) -> io::Result<()> {
        let Self { table, left_out, writer, buffer, rows } = self;
        table.rows(snapshot, workloads, |row| {
            let cells = row.iter().enumerate().filter(|(at, _)| Some(*at) != *left_out).map(|(_, cell)| cell);
            buffer.push(cells);
            *rows += 1;
            if ROWS <= buffer.rows() || TEXTS <= buffer.text_bytes() {
                buffer.write(writer)?;
            }
            Ok(())
        })
    }

    /// Writes what is left, ends the file and returns it with the number of its rows.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        self.buffer.write(&mut self.writer)?;
        Ok((self.writer.into_inner()?, self.rows))
    }
}

impl<W: Write + Send> fmt::Debug for Parquet<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parquet")
            .field("table", &self.table)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// Returns the columns that tell whose row it is; rows of one follow each other in the order of time.
    const fn identity(self) -> &'static [&'static str] {
        match self {
            Self::Processes => &["boot_id", "pid", "start_ticks"],
            Self::Cgroups => &["boot_id", "cgroup", "hierarchy"],
            Self::Host => &["boot_id"],
        }
    }
}

/// Tells whether each value is new and near to the last one, so that differences are short.
///
/// All others repeat, and stand in a dictionary: clocks once for each process, names, ids and settings.
fn drifts(column: &Column) -> bool {
    column.is_counter || (column.kind == Kind::Whole && column.name.ends_with("_bytes"))
}

/// Tells whether a column stands in the file; what the folder says would only contradict it.
fn is_written(column: &Column) -> bool {
    column.name != "host"
}

fn schema(table: Table, columns: &[Column]) -> io::Result<TypePtr> {
    let field = |column: &Column| -> io::Result<TypePtr> {
        let (physical, logical) = match column.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Whole => (Physical::INT64, None),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Truth => (Physical::BOOLEAN, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        };
        let field = Type::primitive_type_builder(column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    };
    let fields = columns.iter().map(field).collect::<io::Result<Vec<TypePtr>>>()?;
    Ok(Arc::new(Type::group_type_builder(table.name()).with_fields(fields).build()?))
}

fn properties(table: Table, columns: &[Column]) -> io::Result<WriterProperties> {
    let about = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_created_by(format!("oomkit {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(vec![
            about("oomkit.version", VERSION),
            about("oomkit.table", table.name()),
        ]));
    let drifting = columns.iter().filter(|column| drifts(column));
    for path in drifting.map(|column| ColumnPath::from(column.name)) {
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    Ok(properties.build())
}
