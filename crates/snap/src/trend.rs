//! Trend: many snapshots, and what keeps growing in them.
//!
//! "Not certain" is an answer: a trend is named only where chance would hardly make one, where the
//! line and not a single step explains it, and where it has not come to rest.

use oomkit_core::units::{ByteDelta, Bytes};
use schemars::JsonSchema;
use serde::Serialize;

use crate::snapshot::{BootClock, Duration};

mod robust;
mod tracker;

pub use tracker::{Overview, Room, Subject, Tracked, Tracker, Until};

use robust::{Line, Xy, jump, median};

/// How much somebody held at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    /// The moment.
    #[serde(rename = "boot_clock_seconds")]
    pub at: BootClock,
    /// How much.
    #[serde(rename = "bytes")]
    pub size: Bytes,
}

/// The moments of one subject, in pieces: a restart begins a new one.
pub type Pieces = [Vec<Point>];

/// How fast something grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rate {
    /// The growth in an hour.
    pub per_hour_bytes: ByteDelta,
    /// The least that it may be, with 99 % confidence.
    pub low_bytes: ByteDelta,
    /// The most that it may be, with 99 % confidence.
    pub high_bytes: ByteDelta,
}

/// Why nothing certain can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// There are too few snapshots.
    TooFew,
    /// It moves, but chance may do that too.
    MayBeChance,
    /// It grows and is thrown away again, and there are too few rounds to see what remains.
    TooFewRounds,
}

/// What a subject does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Verdict {
    /// It keeps growing.
    Grows(Rate),
    /// It grows and is thrown away again, but what remains after each round keeps growing.
    GrowsInRounds(Rate),
    /// It keeps shrinking.
    Shrinks(Rate),
    /// It grew or shrank, and has come to rest.
    Settled {
        /// The change from the first to the last.
        by_bytes: ByteDelta,
    },
    /// It went to another level at once, and stays there.
    Stepped {
        /// The first moment on the new level.
        #[serde(rename = "boot_clock_seconds")]
        at: BootClock,
        /// How much higher the new level is.
        by_bytes: ByteDelta,
    },
    /// It stays as it is.
    Level,
    /// Nothing certain can be said.
    Uncertain {
        /// Why.
        why: Doubt,
    },
}

/// What a subject does over time, and on what that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trend {
    /// What it does.
    pub verdict: Verdict,
    /// How many snapshots there were.
    pub points: u64,
    /// How often it was restarted.
    pub restarts: u64,
    /// The time from the first to the last.
    #[serde(rename = "seconds")]
    pub over: Duration,
    /// Where the line stands at the last moment, which is the last value without its noise.
    pub now_bytes: Option<Bytes>,
}

/// When a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Arrival {
    /// The soonest, if it grows as fast as it may.
    #[serde(rename = "soonest_seconds")]
    pub soonest: Duration,
    /// The likely time.
    #[serde(rename = "likely_seconds")]
    pub likely: Duration,
    /// The latest, if it grows as slowly as it may; `None` where it might then never get there.
    #[serde(rename = "latest_seconds")]
    pub latest: Option<Duration>,
}

/// The least number of points of which a trend is said.
const LEAST: usize = 8;

/// Growth over all of the time that is less than this is none: kernels count in batches of pages.
const NOISE: f64 = 256.0 * 1024.0;

/// Of this many points all pairs are looked at; of more, medians are taken first.
const MOST: usize = 400;

const HOUR: f64 = 3.6e9;

impl Trend {
    /// How many times as far as a line was seen it is drawn ahead: of an hour, a day and a quarter.
    pub const FORESIGHT: u64 = 30;

    /// Looks at what a subject does over time.
    #[must_use]
    pub fn of(pieces: &Pieces) -> Self {
        let points: usize = pieces.iter().map(Vec::len).sum();
        let all = || pieces.iter().flatten();
        let over = match (all().next(), all().last()) {
            (Some(first), Some(last)) => last.at.since(first.at),
            _ => Duration::default(),
        };
        let restarts = pieces.iter().filter(|piece| !piece.is_empty()).count().saturating_sub(1);
        let start = all().next().map_or(BootClock::default(), |point| point.at);
        let lines = condense(pieces, points, start);
        let (verdict, line) = judge(&lines, start);
        let end = lines.iter().flatten().last().map(|(x, _)| *x);
        Self {
            verdict,
            points: u64::try_from(points).unwrap_or(u64::MAX),
            restarts: u64::try_from(restarts).unwrap_or(u64::MAX),
            over,
            now_bytes: line.zip(end).map(|(line, end)| size(line.at(end))),
        }
    }

    /// Returns when room that is left is used up, for what keeps growing.
    ///
    /// `None` also where that lies farther ahead than [`Trend::FORESIGHT`] times what was seen.
    #[must_use]
    pub fn fills(&self, left: Bytes) -> Option<Arrival> {
        let (Verdict::Grows(rate) | Verdict::GrowsInRounds(rate)) = self.verdict else { return None };
        #[expect(clippy::cast_precision_loss, reason = "the time is a guess with an interval of its own")]
        let left = left.get() as f64;
        let after = |rate: ByteDelta| {
            #[expect(clippy::cast_precision_loss, reason = "the time is a guess with an interval of its own")]
            let rate = rate.get() as f64;
            (0.0 < rate).then(|| micros(left / rate * HOUR))
        };
        let arrival = Arrival {
            soonest: after(rate.high_bytes)?,
            likely: after(rate.per_hour_bytes)?,
            latest: after(rate.low_bytes),
        };
        let is_near = arrival.likely.micros() / Self::FORESIGHT <= self.over.micros();
        is_near.then_some(arrival)
    }
}

/// Turns points into hours and bytes, and takes medians of neighbors where there are too many.
fn condense(pieces: &Pieces, points: usize, start: BootClock) -> Vec<Vec<Xy>> {
    let together = points.div_ceil(MOST).max(1);
    #[expect(clippy::cast_precision_loss, reason = "sizes below 8 PiB and times below 285 years are exact")]
    let xy = |point: &Point| (point.at.since(start).micros() as f64 / HOUR, point.size.get() as f64);
    let pieces = pieces.iter().filter(|piece| 1 < piece.len());
    let condensed = pieces.map(|piece| {
        let chunks = piece.chunks(together).map(|chunk| {
            let points: Vec<Xy> = chunk.iter().map(xy).collect();
            let x = median(points.iter().map(|(x, _)| *x)).unwrap_or_default();
            (x, median(points.iter().map(|(_, y)| *y)).unwrap_or_default())
        });
        chunks.collect()
    });
    condensed.collect()
}

/// Says what points do, and lays the line that this rests on.
fn judge(pieces: &[Vec<Xy>], start: BootClock) -> (Verdict, Option<Line>) {
    let uncertain = |why| Verdict::Uncertain { why };
    if pieces.iter().map(Vec::len).sum::<usize>() < LEAST {
        return (uncertain(Doubt::TooFew), Line::through(pieces));
    }
    if let Some(rounds) = rounds(pieces) {
        return in_rounds(&rounds);
    }
    let Some(line) = Line::through(pieces) else { return (uncertain(Doubt::TooFew), None) };
    let hours: f64 = pieces.iter().filter_map(|piece| Some(piece.last()?.0 - piece.first()?.0)).sum();
    let is_small = (line.slope * hours).abs() < NOISE.max(level(pieces) * 0.002);
    let newest = pieces.last().map(Vec::as_slice).unwrap_or_default();
    if let (Some(stepped), true) = (stepped(newest, &line, start), pieces.len() == 1) {
        return (stepped, Some(line));
    }
    if let Some(by_bytes) = settled(newest) {
        return (Verdict::Settled { by_bytes }, Some(line));
    }
    let verdict = match (line.is_sure, is_small) {
        (_, true) if spread(pieces) <= NOISE.max(level(pieces) * 0.05) => Verdict::Level,
        (false, _) if is_quiet(pieces, &line) => Verdict::Level,
        (false, _) => uncertain(Doubt::MayBeChance),
        (true, true) => Verdict::Level,
        (true, false) if 0.0 < line.slope => Verdict::Grows(rate(&line)),
        (true, false) => Verdict::Shrinks(rate(&line)),
    };
    (verdict, Some(line))
}

fn rate(line: &Line) -> Rate {
    Rate { per_hour_bytes: delta(line.slope), low_bytes: delta(line.low), high_bytes: delta(line.high) }
}

fn level(pieces: &[Vec<Xy>]) -> f64 {
    median(pieces.iter().flatten().map(|(_, y)| *y)).unwrap_or_default()
}

/// Returns how far points usually lie from their median.
fn spread(pieces: &[Vec<Xy>]) -> f64 {
    let level = level(pieces);
    median(pieces.iter().flatten().map(|(_, y)| (y - level).abs())).unwrap_or_default()
}

/// Returns whether even the ends of the interval mean next to nothing over the time that was seen.
fn is_quiet(pieces: &[Vec<Xy>], line: &Line) -> bool {
    let hours: f64 = pieces.iter().filter_map(|piece| Some(piece.last()?.0 - piece.first()?.0)).sum();
    let most = line.low.abs().max(line.high.abs()) * hours;
    most < NOISE.max(level(pieces) * 0.05)
}

/// Returns the low points of a saw: what remains each time that much was thrown away at once.
///
/// `None` where less than two falls take back most of what had grown; a restart is no fall.
fn rounds(pieces: &[Vec<Xy>]) -> Option<Vec<Vec<Xy>>> {
    let all = || pieces.iter().flatten().map(|(_, y)| *y);
    let range = all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min);
    let mut rounds = Vec::new();
    let mut falls = 0_usize;
    let (mut fallen, mut risen) = (0.0, 0.0);
    for piece in pieces {
        let mut lows = Vec::new();
        for pair in piece.windows(2) {
            let (Some(from), Some(to)) = (pair.first(), pair.last()) else { continue };
            let step = to.1 - from.1;
            if step < -range / 4.0 {
                falls += 1;
                lows.push(*to);
                fallen -= step;
            } else {
                risen += step.abs();
            }
        }
        rounds.push(lows);
    }
    // A saw has long rises and single falls; noise falls as often as it rises.
    let points: usize = pieces.iter().map(Vec::len).sum();
    let is_saw = 2 <= falls && falls * 4 <= points && NOISE < range && risen < fallen * 3.0;
    is_saw.then_some(rounds)
}

fn in_rounds(rounds: &[Vec<Xy>]) -> (Verdict, Option<Line>) {
    /// With five low points in ascending order, chance is one in 120.
    const ROUNDS: usize = 5;
    let line = Line::through(rounds);
    let verdict = match line {
        Some(line) if ROUNDS <= rounds.iter().map(Vec::len).sum() => {
            let hours: f64 = rounds.iter().filter_map(|lows| Some(lows.last()?.0 - lows.first()?.0)).sum();
            let is_small = line.slope * hours < NOISE.max(level(rounds) * 0.01);
            match (line.is_sure, is_small) {
                (true, false) => Verdict::GrowsInRounds(rate(&line)),
                (_, true) => Verdict::Level,
                (false, false) if is_quiet(rounds, &line) => Verdict::Level,
                (false, false) => Verdict::Uncertain { why: Doubt::MayBeChance },
            }
        }
        _ => Verdict::Uncertain { why: Doubt::TooFewRounds },
    };
    (verdict, line)
}

/// Returns the step that explains points better than a line does, if there is one.
fn stepped(points: &[Xy], line: &Line, start: BootClock) -> Option<Verdict> {
    let jump = jump(points)?;
    #[expect(clippy::cast_precision_loss, reason = "there are some hundred points")]
    let miss = points.iter().map(|(x, y)| (y - line.at(*x)).abs()).sum::<f64>() / points.len() as f64;
    let stands_out = NOISE.max(jump.miss * 6.0) < jump.by.abs() && jump.miss * 2.0 < miss;
    // Where it grows on both levels too, the step is an event on the way and not the story.
    let (before, after) = points.split_at_checked(jump.at)?;
    let goes_on = [before, after].iter().any(|part| {
        let part_line = Line::through(&[part.to_vec()]);
        let hours = part.last().zip(part.first()).map_or(0.0, |(last, first)| last.0 - first.0);
        part_line.is_some_and(|line| line.is_sure && jump.by.abs() / 4.0 < (line.slope * hours).abs())
    });
    let x = after.first()?.0;
    let at = BootClock::from_micros(start.micros().saturating_add(micros(x * HOUR).micros()));
    (stands_out && !goes_on).then(|| Verdict::Stepped { at, by_bytes: delta(jump.by) })
}

/// Returns the whole change of points that have come to rest in their last third.
fn settled(points: &[Xy]) -> Option<ByteDelta> {
    let (_, end) = points.split_at_checked(points.len() * 2 / 3)?;
    let middle = |points: &[Xy]| median(points.iter().map(|(_, y)| *y));
    let (start, level) = (middle(points.get(..LEAST / 2)?)?, middle(end)?);
    let change = level - start;
    let noise = 6.0 * spread(&[end.to_vec()]);
    let is_change = NOISE.max(level * 0.05).max(noise) < change.abs();
    let rest = Line::through(&[end.to_vec()]).filter(|_| LEAST <= end.len())?;
    // What still moves a tenth as fast as on the way there has not come to rest.
    let hours =
        |points: &[Xy]| points.last().zip(points.first()).map_or(0.0, |(last, first)| last.0 - first.0);
    let moves = rest.low.abs().max(rest.high.abs()) * hours(end);
    (is_change && moves < NOISE.max(change.abs() / 10.0)).then(|| delta(change))
}

#[expect(clippy::cast_possible_truncation, reason = "floats are cut to the range of the integer")]
fn delta(bytes: f64) -> ByteDelta {
    let bytes = bytes.round() as i64;
    let size = Bytes::new(bytes.unsigned_abs());
    if bytes < 0 { Bytes::ZERO.minus(size) } else { size.minus(Bytes::ZERO) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "floats are cut to the range of the integer"
)]
fn size(bytes: f64) -> Bytes {
    Bytes::new(bytes.round() as u64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "floats are cut to the range of the integer"
)]
fn micros(micros: f64) -> Duration {
    Duration::from_micros(micros as u64)
}
