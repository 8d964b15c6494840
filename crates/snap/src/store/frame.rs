//! Frame: tables of numbers, column by column, as differences from an earlier frame.
//!
//! A frame is a byte of version, a count of tables, and for each table its tag, its rows and its
//! columns, all of it in one zstd frame with a checksum. Tags that a reader does not know are
//! carried along as numbers, so nothing has to be known to read past them.
//!
//! Rows have an id and are sorted by it. A frame that has a base says of each row of the base
//! whether it is still there, and names new rows. A cell is the difference from the base's cell, in
//! units of the largest power of two that all differences of the column have in common.

use std::collections::BTreeMap;

use super::varint::{Reader, fold, put, put_bits, take_bits, unfold};

const VERSION: u64 = 1;

/// More than any host has: a frame of 1,000,000 processes takes a quarter of it.
const LARGEST: usize = 1 << 28;

const LEVEL: i32 = 9;

/// How far back equal bytes are looked for, as a power of two.
///
/// The tables of the packer are as large as this makes them: by itself it would take 8 MiB for the
/// frame of 10,000 processes, and what is equal in a column stands near.
const WINDOW: u32 = 17;

/// Tables by their tags.
pub(super) type Frame = BTreeMap<u64, Table>;

/// Rows of numbers, some of which are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// The ids, sorted; an id may stand more than once.
    pub(super) rows: Vec<u64>,
    /// By their tags, columns with a cell for each row.
    pub(super) columns: BTreeMap<u64, Vec<Option<u64>>>,
}

/// Writes a frame, as differences from `base`.
pub(super) fn encode(frame: &Frame, base: Option<&Frame>) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    put(&mut out, VERSION);
    put(&mut out, length(frame.len()));
    for (tag, table) in frame {
        put(&mut out, *tag);
        table.put(base.and_then(|base| base.get(tag)), &mut out);
    }
    if LARGEST < out.len() {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    let mut packer = zstd::bulk::Compressor::new(LEVEL)?;
    packer.set_parameter(zstd::zstd_safe::CParameter::WindowLog(WINDOW))?;
    packer.include_checksum(true)?;
    packer.include_contentsize(true)?;
    packer.compress(&out)
}

/// Reads a frame that was written as differences from `base`; `None` where it is damaged.
pub(super) fn decode(bytes: &[u8], base: Option<&Frame>) -> Option<Frame> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok()??;
    let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST)?;
    let plain = zstd::bulk::decompress(bytes, size).ok()?;
    let mut reader = Reader(&plain);
    if reader.number()? != VERSION {
        return None;
    }
    let mut frame = Frame::new();
    for _ in 0..reader.count()? {
        let tag = reader.number()?;
        let table = Table::take(base.and_then(|base| base.get(&tag)), &mut reader)?;
        frame.insert(tag, table);
    }
    reader.is_empty().then_some(frame)
}

impl Table {
    fn put(&self, base: Option<&Self>, out: &mut Vec<u8>) {
        let empty = Self::default();
        let base = base.unwrap_or(&empty);
        let twins = twins(&base.rows, &self.rows);
        let mut kept = vec![false; base.rows.len()];
        for twin in twins.iter().flatten() {
            if let Some(kept) = kept.get_mut(*twin) {
                *kept = true;
            }
        }
        put(out, length(kept.len()));
        put_bits(out, &kept);
        let new: Vec<u64> =
            self.rows.iter().zip(&twins).filter(|(_, twin)| twin.is_none()).map(|(id, _)| *id).collect();
        put(out, length(new.len()));
        let mut last = 0;
        for id in new {
            put(out, id.wrapping_sub(last));
            last = id;
        }
        put(out, length(self.columns.len()));
        for (tag, cells) in &self.columns {
            put(out, *tag);
            put_column(cells, &expected(base, *tag, &twins), out);
        }
    }

    fn take(base: Option<&Self>, reader: &mut Reader<'_>) -> Option<Self> {
        let empty = Self::default();
        let base = base.unwrap_or(&empty);
        let count = reader.count()?;
        let kept = take_bits(reader, count)?;
        if count != base.rows.len() {
            return None;
        }
        let mut new = Vec::new();
        let mut last = 0_u64;
        for _ in 0..reader.count()? {
            last = last.wrapping_add(reader.number()?);
            new.push(last);
        }
        let (rows, twins) = merge(base, &kept, &new);
        let mut columns = BTreeMap::new();
        for _ in 0..reader.count()? {
            let tag = reader.number()?;
            columns.insert(tag, take_column(&expected(base, tag, &twins), reader)?);
        }
        Some(Self { rows, columns })
    }
}

/// Finds for each row the row of the base that has the same id, the first for the first.
fn twins(base: &[u64], rows: &[u64]) -> Vec<Option<usize>> {
    let mut candidates = base.iter().enumerate().peekable();
    let mut find = |id: &u64| {
        while candidates.next_if(|(_, candidate)| *candidate < id).is_some() {}
        candidates.next_if(|(_, candidate)| *candidate == id).map(|(at, _)| at)
    };
    rows.iter().map(&mut find).collect()
}

/// Puts kept and new rows into one order; of equal ids, the kept ones come first.
fn merge(base: &Table, kept: &[bool], new: &[u64]) -> (Vec<u64>, Vec<Option<usize>>) {
    let kept = base.rows.iter().enumerate().zip(kept).filter(|(_, kept)| **kept);
    let kept = kept.map(|((at, id), _)| (*id, Some(at)));
    let mut rows: Vec<(u64, Option<usize>)> = kept.chain(new.iter().map(|id| (*id, None))).collect();
    rows.sort_by_key(|(id, _)| *id);
    rows.into_iter().unzip()
}

/// Returns what the base has for each row in a column; a new row is expected to have something.
fn expected(base: &Table, tag: u64, twins: &[Option<usize>]) -> Vec<Option<u64>> {
    let column = base.columns.get(&tag);
    let cell = |twin: &Option<usize>| match twin {
        Some(at) => column.and_then(|cells| *cells.get(*at)?),
        None => Some(0),
    };
    twins.iter().map(cell).collect()
}

fn put_column(cells: &[Option<u64>], expected: &[Option<u64>], out: &mut Vec<u8>) {
    let surprises: Vec<bool> =
        cells.iter().zip(expected).map(|(cell, expected)| cell.is_some() != expected.is_some()).collect();
    let differences: Vec<i64> = cells
        .iter()
        .zip(expected)
        .filter_map(|(cell, expected)| Some(cell.as_ref()?.wrapping_sub(expected.unwrap_or(0)).cast_signed()))
        .collect();
    let common = differences.iter().fold(0, |bits, difference| bits | difference);
    let shift = if common == 0 { 0 } else { common.trailing_zeros() };
    let surprised = surprises.contains(&true);
    put(out, u64::from(shift) << 1 | u64::from(surprised));
    if surprised {
        put_bits(out, &surprises);
    }
    for difference in differences {
        put(out, fold(difference >> shift));
    }
}

fn take_column(expected: &[Option<u64>], reader: &mut Reader<'_>) -> Option<Vec<Option<u64>>> {
    let head = reader.number()?;
    let shift = u32::try_from(head >> 1).ok().filter(|shift| *shift < 64)?;
    let surprises =
        if head & 1 == 1 { take_bits(reader, expected.len())? } else { vec![false; expected.len()] };
    let mut cells = Vec::with_capacity(expected.len());
    for (expected, surprise) in expected.iter().zip(surprises) {
        cells.push(if expected.is_some() == surprise {
            None
        } else {
            let difference = unfold(reader.number()?).checked_shl(shift)?.cast_unsigned();
            Some(expected.unwrap_or(0).wrapping_add(difference))
        });
    }
    Some(cells)
}

/// Returns a length as a number.
fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(u64, [Option<u64>; 2])]) -> Frame {
        let column = |at: usize| rows.iter().map(|(_, cells)| cells[at]).collect();
        let columns = BTreeMap::from([(1, column(0)), (700, column(1))]);
        Frame::from([(3, Table { rows: rows.iter().map(|(id, _)| *id).collect(), columns })])
    }

    #[test]
    fn frames_come_back_whatever_their_base() {
        let frames = [
            Frame::new(),
            table(&[]),
            table(&[(1, [Some(4096), None]), (1, [Some(1), Some(u64::MAX)]), (9, [None, Some(0)])]),
            table(&[(0, [None, None]), (1, [Some(u64::MAX), Some(3)]), (u64::MAX, [Some(1 << 40), None])]),
        ];
        for frame in &frames {
            for base in frames.iter().map(Some).chain([None]) {
                let bytes = encode(frame, base).unwrap();
                assert_eq!(decode(&bytes, base).as_ref(), Some(frame), "{base:?}");
            }
        }
    }

    #[test]
    fn a_damaged_frame_is_refused_and_not_misread() {
        let frame = table(&[(1, [Some(4096), None]), (2, [Some(8192), Some(5)]), (9, [None, Some(0)])]);
        let bytes = encode(&frame, None).unwrap();
        for at in 0..bytes.len() {
            assert_eq!(decode(bytes.get(..at).unwrap(), None), None, "cut at {at}");
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            let read = decode(&flipped, None);
            assert!(read.is_none() || read.as_ref() == Some(&frame), "flipped at {at}: {read:?}");
        }
    }
}
