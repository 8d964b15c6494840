//! Line: all snapshots of a store in order, with what a chart needs of each, and nothing more.

use std::ops::Range;

use oomkit_core::units::{Bytes, WallTime};
use oomkit_snap::{
    facts::RisingCount,
    snapshot::{BootClock, BootId},
    store::{Error, Sample, SnapshotId, Store},
};

/// A snapshot as far as its plain row tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tick {
    /// Its number in the store.
    pub(super) id: SnapshotId,
    /// Its boot, as an index of the line's boots.
    pub(super) boot: usize,
    /// The clock since boot.
    pub(super) clock: BootClock,
    /// The wall clock, at the place where the host was.
    pub(super) at: WallTime,
    /// Microseconds since the first snapshot, by clocks that are not set.
    pub(super) elapsed: u64,
    /// What was available.
    pub(super) available: Option<Bytes>,
    /// All memory.
    pub(super) total: Option<Bytes>,
    /// By how much the machine's count of kills rose since it was last known, as far as it did.
    pub(super) killed: Option<u64>,
}

/// All snapshots of a store, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Line {
    ticks: Vec<Tick>,
    boots: Vec<BootId>,
    /// Where the machine's count of kills rose, in order.
    deadly: Vec<usize>,
}

impl Line {
    /// Reads the line out of a store.
    pub(super) fn read(store: &Store) -> Result<Self, Error> {
        let mut line = Self::default();
        let mut kills = RisingCount::default();
        store.samples(|sample| line.push(&sample, &mut kills))?;
        Ok(line)
    }

    fn push(&mut self, sample: &Sample, kills: &mut RisingCount) {
        let moment = &sample.entry.moment;
        let is_same_boot = self.boots.last() == Some(&moment.boot_id);
        if !is_same_boot {
            self.boots.push(moment.boot_id.clone());
            *kills = RisingCount::default();
        }
        let elapsed = self.ticks.last().map_or(0, |last| {
            let passed = if is_same_boot {
                moment.boot_clock.since(last.clock).micros()
            } else {
                // From one boot to the next, only the wall clock knows; where it was set back, nothing has passed.
                let micros = moment.at().instant().as_microsecond() - last.at.instant().as_microsecond();
                u64::try_from(micros).unwrap_or(0)
            };
            last.elapsed.saturating_add(passed)
        });
        let killed = kills.rise_to(sample.oom_kills);
        if killed.is_some() {
            self.deadly.push(self.ticks.len());
        }
        self.ticks.push(Tick {
            id: sample.entry.id,
            boot: self.boots.len() - 1,
            clock: moment.boot_clock,
            at: moment.at(),
            elapsed,
            available: sample.available,
            total: sample.total,
            killed,
        });
    }

    /// Returns how many snapshots there are.
    pub(super) fn len(&self) -> usize {
        self.ticks.len()
    }

    /// Returns a snapshot.
    pub(super) fn get(&self, at: usize) -> Option<&Tick> {
        self.ticks.get(at)
    }

    /// Returns where the machine's count of kills rose, in order.
    pub(super) fn deadly(&self) -> &[usize] {
        &self.deadly
    }

    /// Returns the snapshot of a number, or the first one after it where it is gone.
    pub(super) fn find(&self, id: SnapshotId) -> usize {
        let exact = self.ticks.iter().position(|tick| tick.id == id);
        let next = || self.ticks.iter().position(|tick| id < tick.id);
        exact.or_else(next).unwrap_or(self.len().saturating_sub(1))
    }

    /// Returns the snapshots of a boot whose clock lies between two moments, and the first one after these.
    pub(super) fn within(&self, boot: &BootId, from: BootClock, to: BootClock) -> Range<usize> {
        let Some(boot) = self.boots.iter().position(|known| known == boot) else { return 0..0 };
        let start = self.ticks.partition_point(|tick| (tick.boot, tick.clock) < (boot, from));
        let end = self.ticks.partition_point(|tick| (tick.boot, tick.clock) <= (boot, to));
        // Where a span was thinned out, its kills are first seen in the snapshot after it.
        let after = self.ticks.get(end).is_some_and(|tick| tick.boot == boot);
        start..end + usize::from(after)
    }

    /// Returns the snapshot before one, where that is of the same boot.
    pub(super) fn before(&self, at: usize) -> Option<&Tick> {
        let before = self.ticks.get(at.checked_sub(1)?)?;
        (before.boot == self.ticks.get(at)?.boot).then_some(before)
    }

    /// Returns the snapshot that lies `micros` before or after one; the next one where that is farther away.
    pub(super) fn away(&self, at: usize, micros: i64) -> usize {
        let Some(tick) = self.ticks.get(at) else { return at };
        let goal = tick.elapsed.saturating_add_signed(micros);
        let last = self.len().saturating_sub(1);
        if micros < 0 {
            let found = self.ticks.partition_point(|tick| tick.elapsed < goal);
            found.min(at.saturating_sub(1))
        } else {
            let after = self.ticks.partition_point(|tick| tick.elapsed <= goal);
            after.saturating_sub(1).max(at + 1).min(last)
        }
    }

    /// Returns the stretch of time that is shown around a snapshot, `micros` long where there is as much.
    pub(super) fn window(&self, at: usize, micros: Option<u64>) -> Window {
        let end = self.ticks.last().map_or(0, |tick| tick.elapsed);
        let length = micros.unwrap_or(end).min(end);
        let middle = self.get(at).map_or(0, |tick| tick.elapsed);
        let start = middle.saturating_sub(length / 2).min(end - length);
        Window { start, length }
    }

    /// Returns the snapshots in a stretch of time.
    pub(super) fn inside(&self, window: Window) -> Range<usize> {
        let start = self.ticks.partition_point(|tick| tick.elapsed < window.start);
        let end = self.ticks.partition_point(|tick| tick.elapsed <= window.end());
        start..end
    }

    /// Returns the pieces of a stretch of time that lie in one boot each: the boot, its first tick, its last.
    pub(super) fn pieces(&self, window: Window) -> Vec<(&BootId, Tick, Tick)> {
        let ticks = self.ticks.get(self.inside(window)).unwrap_or_default();
        let piece = |piece: &'_ [Tick]| -> Option<(&BootId, Tick, Tick)> {
            let (first, last) = (piece.first()?, piece.last()?);
            Some((self.boots.get(first.boot)?, *first, *last))
        };
        ticks.chunk_by(|a, b| a.boot == b.boot).filter_map(piece).collect()
    }

    /// Returns the least that was available in each column; `None` where there was no snapshot.
    pub(super) fn available(&self, window: Window, width: usize) -> Vec<Option<u64>> {
        let mut columns = Columns::new(window, width);
        let range = self.inside(window);
        let step = self.usual_step(&range, width);
        let ticks = self.ticks.get(range).unwrap_or_default();
        for (at, tick) in ticks.iter().enumerate() {
            let Some(available) = tick.available else { continue };
            let next = ticks.get(at + 1).filter(|next| next.boot == tick.boot).map(|next| next.elapsed);
            // What was read holds until the next reading, unless that is long overdue.
            let until = next.filter(|next| next - tick.elapsed <= step).unwrap_or(tick.elapsed);
            columns.fill(tick.elapsed..until, available.get(), u64::min);
        }
        columns.cells
    }

    /// Returns how far from each other two snapshots may be without a gap between them.
    fn usual_step(&self, range: &Range<usize>, width: usize) -> u64 {
        // With more snapshots than columns there is nothing to bridge.
        if width.saturating_mul(2) < range.len() {
            return 0;
        }
        let ticks = self.ticks.get(range.clone()).unwrap_or_default();
        let mut steps: Vec<u64> = ticks
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] if a.boot == b.boot => Some(b.elapsed - a.elapsed),
                _ => None,
            })
            .collect();
        steps.sort_unstable();
        steps.get(steps.len() / 2).map_or(0, |middle| middle.saturating_mul(3))
    }
}

/// A stretch of time that is shown, in microseconds since the first snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// Where it begins.
    pub(super) start: u64,
    /// How long it is.
    pub(super) length: u64,
}

impl Window {
    /// Returns where it ends.
    pub(super) const fn end(self) -> u64 {
        self.start.saturating_add(self.length)
    }

    /// Returns the column in which a moment stands; those outside stand at the edges.
    pub(super) fn column(self, elapsed: u64, width: usize) -> usize {
        let last = width.saturating_sub(1);
        let inside = u128::from(elapsed.saturating_sub(self.start));
        let scaled = inside * (last as u128) / u128::from(self.length.max(1));
        usize::try_from(scaled).map_or(last, |column| column.min(last))
    }
}

/// Figures over time, as many as a screen has columns.
pub(super) struct Columns {
    window: Window,
    /// The figures; `None` where nothing is known.
    pub(super) cells: Vec<Option<u64>>,
}

impl Columns {
    /// Starts with nothing known.
    pub(super) fn new(window: Window, width: usize) -> Self {
        Self { window, cells: vec![None; width] }
    }

    /// Puts a figure into the columns of a time; `choose` says which one counts where there are two.
    pub(super) fn fill(&mut self, time: Range<u64>, figure: u64, choose: fn(u64, u64) -> u64) {
        if time.end < self.window.start || self.window.end() < time.start {
            return;
        }
        let width = self.cells.len();
        let (first, last) = (self.window.column(time.start, width), self.window.column(time.end, width));
        // The last column belongs to what begins there.
        let last = if first < last { last - 1 } else { last };
        for cell in self.cells.get_mut(first..=last).unwrap_or_default() {
            *cell = Some(cell.map_or(figure, |other| choose(other, figure)));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};
    use oomkit_snap::{snapshot::Moment, store::Entry};

    use super::*;

    /// Makes a line of snapshots: boot, seconds of its clock, of the wall clock, available bytes, kills.
    fn line(rows: &[(&str, u64, i64, u64, Option<u64>)]) -> Line {
        let mut line = Line::default();
        let mut kills = RisingCount::default();
        for (at, (boot, clock, wall, available, count)) in rows.iter().enumerate() {
            let moment = Moment::new(
                BootId::new(boot.as_bytes()),
                BootClock::from_micros(clock * 1_000_000),
                None,
                Timestamp::from_second(*wall).unwrap(),
                Offset::UTC,
            );
            let id = SnapshotId::new(i64::try_from(at).unwrap() + 1);
            let sample = Sample {
                entry: Entry { id, moment, reason: None, cut: false },
                total: None,
                available: Some(Bytes::new(*available)),
                oom_kills: *count,
            };
            line.push(&sample, &mut kills);
        }
        line
    }

    #[test]
    fn time_never_runs_back_and_kills_count_within_a_boot() {
        let line = line(&[
            ("a", 10, 1000, 9, Some(1)),
            ("a", 70, 500, 8, None),
            ("a", 130, 1120, 7, Some(3)),
            ("b", 5, 1200, 6, Some(9)),
            ("b", 65, 1260, 5, Some(9)),
            ("c", 5, 100, 4, Some(0)),
        ]);
        let elapsed: Vec<u64> = line.ticks.iter().map(|tick| tick.elapsed / 1_000_000).collect();
        assert_eq!(elapsed, [0, 60, 120, 200, 260, 260]);
        assert_eq!(line.deadly(), [2]);
        let killed: Vec<Option<u64>> = line.ticks.iter().map(|tick| tick.killed).collect();
        assert_eq!(killed, [None, None, Some(2), None, None, None]);
        assert_eq!(line.away(2, -100_000_000), 1);
        assert_eq!([line.away(0, 130_000_000), line.away(0, 1), line.away(5, 1)], [2, 1, 5]);
        assert_eq!(
            line.within(&BootId::new(b"a"), BootClock::from_micros(0), BootClock::from_micros(20_000_000)),
            0..2
        );
        assert_eq!(
            line.within(
                &BootId::new(b"a"),
                BootClock::from_micros(20_000_000),
                BootClock::from_micros(u64::MAX)
            ),
            1..3
        );
        assert_eq!([2, 7, 99].map(|id| line.find(SnapshotId::new(id))), [1, 5, 5]);
        assert_eq!(line.pieces(line.window(0, None)).len(), 3);
    }

    #[test]
    fn columns_hold_what_was_read_and_leave_gaps() {
        let line = line(&[
            ("a", 0, 0, 9, None),
            ("a", 10, 10, 8, None),
            ("a", 20, 20, 7, None),
            ("a", 80, 80, 6, None),
            ("a", 90, 90, 5, None),
        ]);
        let shown = |width| -> String {
            let cells = line.available(line.window(0, None), width);
            cells
                .iter()
                .map(|cell| cell.map_or(' ', |figure| char::from(b'0' + u8::try_from(figure).unwrap())))
                .collect()
        };
        assert_eq!(shown(10), "987     65");
        assert_eq!(shown(19), "99887           665");
        assert_eq!(shown(1), "5");
        assert_eq!(shown(0), "");
        let hour = line.window(2, Some(20_000_000));
        assert_eq!((hour.start, hour.end()), (10_000_000, 30_000_000));
    }
}
