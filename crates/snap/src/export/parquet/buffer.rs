//! Buffer: rows that wait to be sorted, column by column.

use std::{cmp::Ordering, collections::HashMap, io};

use oomkit_core::ident::visible;
use parquet::{
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    file::writer::{SerializedColumnWriter, SerializedFileWriter},
};

use super::super::{Column, Kind, Value};

/// How many cells are handed to the writer of a column at once.
const BATCH: usize = 1 << 13;

/// Rows that wait to be sorted.
pub(super) struct Buffer {
    columns: Vec<Cells>,
    texts: Texts,
    /// The places of the columns by which rows are sorted.
    identity: Vec<usize>,
    rows: usize,
}

/// The cells of a column; in each kind one value stands for what is not known.
enum Cells {
    /// Whole numbers and times; the smallest number is not known.
    Whole(Vec<i64>),
    /// No number is not known.
    Real(Vec<f64>),
    Truth(Vec<Option<bool>>),
    /// Texts by number.
    Text(Vec<Option<u32>>),
}

const UNKNOWN: i64 = i64::MIN;

/// Each text once.
#[derive(Default)]
struct Texts {
    numbers: HashMap<Box<[u8]>, u32>,
    texts: Vec<ByteArray>,
    bytes: usize,
}

impl Buffer {
    pub(super) fn new(columns: &[Column], identity: &[&str]) -> Self {
        let cells = columns.iter().map(|column| match column.kind {
            Kind::Text => Cells::Text(Vec::new()),
            Kind::Whole | Kind::Time => Cells::Whole(Vec::new()),
            Kind::Real => Cells::Real(Vec::new()),
            Kind::Truth => Cells::Truth(Vec::new()),
        });
        let place = |name: &&str| columns.iter().position(|column| column.name == *name);
        Self {
            columns: cells.collect(),
            texts: Texts::default(),
            identity: identity.iter().filter_map(place).collect(),
            rows: 0,
        }
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    pub(super) const fn text_bytes(&self) -> usize {
        self.texts.bytes
    }

    /// Takes a row.
    pub(super) fn push<'a>(&mut self, row: impl Iterator<Item = &'a Value<'a>>) {
        for (cells, value) in self.columns.iter_mut().zip(row) {
            match cells {
                Cells::Whole(cells) => cells.push(match value {
                    Value::Whole(number) => *number,
                    Value::Time(time) => time.as_microsecond(),
                    _ => UNKNOWN,
                }),
                Cells::Real(cells) => {
                    cells.push(if let Value::Real(number) = value { *number } else { f64::NAN })
                }
                Cells::Truth(cells) => {
                    cells.push(if let Value::Truth(truth) = value { Some(*truth) } else { None });
                }
                Cells::Text(cells) => {
                    cells.push(if let Value::Text(text) = value { self.texts.number(text) } else { None });
                }
            }
        }
        self.rows += 1;
    }

    /// Sorts the rows, writes them as a group and forgets them.
    pub(super) fn write<W: io::Write + Send>(
        &mut self,
        writer: &mut SerializedFileWriter<W>,
    ) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let order = self.order();
        let mut group = writer.next_row_group()?;
        for cells in &self.columns {
            let Some(mut column) = group.next_column()? else { break };
            cells.write(&order, &self.texts, &mut column)?;
            column.close()?;
        }
        group.close()?;
        self.columns.iter_mut().for_each(Cells::clear);
        self.texts = Texts::default();
        self.rows = 0;
        Ok(())
    }

    /// Returns the places of the rows in the order of whose they are; those of one keep their order.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows).collect();
        order.sort_by(|a, b| {
            let compared = self.identity.iter().filter_map(|at| self.columns.get(*at));
            compared
                .map(|cells| cells.compare(*a, *b, &self.texts))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        order
    }
}

impl Cells {
    fn compare(&self, a: usize, b: usize, texts: &Texts) -> Ordering {
        match self {
            Self::Whole(cells) => cells.get(a).cmp(&cells.get(b)),
            Self::Text(cells) => {
                let (a, b) = (cells.get(a).copied().flatten(), cells.get(b).copied().flatten());
                if a == b { Ordering::Equal } else { texts.bytes_of(a).cmp(&texts.bytes_of(b)) }
            }
            // Nobody is told from others by these.
            Self::Real(_) | Self::Truth(_) => Ordering::Equal,
        }
    }

    fn write(
        &self,
        order: &[usize],
        texts: &Texts,
        column: &mut SerializedColumnWriter<'_>,
    ) -> io::Result<()> {
        match self {
            Self::Whole(cells) => {
                let known = |at: &usize| cells.get(*at).copied().filter(|cell| *cell != UNKNOWN);
                batches::<Int64Type>(order, known, column)
            }
            Self::Real(cells) => {
                let known = |at: &usize| cells.get(*at).copied().filter(|cell| !cell.is_nan());
                batches::<DoubleType>(order, known, column)
            }
            Self::Truth(cells) => batches::<BoolType>(order, |at| cells.get(*at).copied().flatten(), column),
            Self::Text(cells) => batches::<ByteArrayType>(
                order,
                |at| texts.get(cells.get(*at).copied().flatten()).cloned(),
                column,
            ),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Whole(cells) => cells.clear(),
            Self::Real(cells) => cells.clear(),
            Self::Truth(cells) => cells.clear(),
            Self::Text(cells) => cells.clear(),
        }
    }
}

/// Writes the cells of a column in an order; what is not known is told by its level alone.
fn batches<T: DataType>(
    order: &[usize],
    known: impl Fn(&usize) -> Option<T::T>,
    column: &mut SerializedColumnWriter<'_>,
) -> io::Result<()> {
    for places in order.chunks(BATCH) {
        let cells: Vec<Option<T::T>> = places.iter().map(&known).collect();
        let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
        let values: Vec<T::T> = cells.into_iter().flatten().collect();
        column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    }
    Ok(())
}

impl Texts {
    /// Returns the number of a text, made safe to show.
    fn number(&mut self, text: &[u8]) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let number = u32::try_from(self.texts.len()).ok()?;
        let shown = visible(text).into_owned().into_bytes();
        self.bytes += text.len() + shown.len();
        self.texts.push(shown.into());
        self.numbers.insert(text.into(), number);
        Some(number)
    }

    fn get(&self, number: Option<u32>) -> Option<&ByteArray> {
        self.texts.get(usize::try_from(number?).ok()?)
    }

    fn bytes_of(&self, number: Option<u32>) -> Option<&[u8]> {
        self.get(number).map(ByteArray::data)
    }
}
