//! Robust statistics: slopes that outliers cannot move, and whether there is a slope at all.
//!
//! The slope is the median of the slopes of all pairs of points (Theil and Sen), its interval comes
//! from the same pairs, and the test counts rising against falling pairs (Mann and Kendall).

/// A point: a time in hours and a value in bytes.
pub(super) type Xy = (f64, f64);

/// How sure is sure: the bounds of the normal distribution for one in a hundred.
const SURE: f64 = 2.576;

/// Beyond this, neighbors are so alike that the points may be a random walk.
const WALKING: f64 = 0.8;

/// A line through points, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// Bytes an hour.
    pub(super) slope: f64,
    /// The bounds of the slope, with 99 % confidence.
    pub(super) low: f64,
    /// See `low`.
    pub(super) high: f64,
    /// The value at hour zero.
    pub(super) start: f64,
    /// Whether the slope is not chance.
    pub(super) is_sure: bool,
}

impl Line {
    /// Lays a line through pieces: slopes are taken within each, never across.
    ///
    /// `None` where no piece has two points.
    pub(super) fn through(pieces: &[Vec<Xy>]) -> Option<Self> {
        let mut slopes = Vec::new();
        let (mut rising, mut variance) = (0.0, 0.0);
        for piece in pieces {
            for (at, from) in piece.iter().enumerate() {
                for to in piece.iter().skip(at + 1).filter(|to| from.0 < to.0) {
                    slopes.push((to.1 - from.1) / (to.0 - from.0));
                    rising += (to.1 - from.1).partial_cmp(&0.0).map_or(0.0, |order| f64::from(order as i8));
                }
            }
            variance += chance(piece);
        }
        slopes.sort_unstable_by(f64::total_cmp);
        let slope = middle(&slopes)?;
        // The newest piece says where the line stands.
        let start = pieces.last().and_then(|piece| median(piece.iter().map(|(x, y)| y - slope * x)))?;
        let likeness = likeness(pieces, slope);
        let inflated = (variance * (1.0 + likeness) / (1.0 - likeness)).sqrt();
        let is_counted = |chance: f64| SURE * chance < (rising.abs() - 1.0).max(0.0);
        // Beside a line that is off by a single step neighbors are alike, however straight it is. The
        // steps from point to point are not alike, and those of noise and of a walk have no direction.
        let is_sure =
            likeness < WALKING && is_counted(inflated) || is_counted(variance.sqrt()) && drifts(pieces);
        let reach = SURE * inflated;
        let bound = |rank: f64| slopes.get(index(rank, slopes.len())).copied().unwrap_or(slope);
        #[expect(clippy::cast_precision_loss, reason = "ranks are far below 2^53")]
        let count = slopes.len() as f64;
        let (low, high) = (bound((count - reach) / 2.0), bound((count + reach) / 2.0));
        Some(Self { slope, low, high, start, is_sure })
    }

    /// Returns the value of the line at a time.
    pub(super) fn at(&self, x: f64) -> f64 {
        self.start + self.slope * x
    }
}

/// Returns the variance that the count of rising pairs has if all order is chance; ties have none.
fn chance(piece: &[Xy]) -> f64 {
    let spread = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0) / 18.0;
    let mut values: Vec<f64> = piece.iter().map(|(_, y)| *y).collect();
    values.sort_unstable_by(f64::total_cmp);
    let ties = values.chunk_by(|a, b| a == b).map(|tied| spread(length(tied.len()))).sum::<f64>();
    spread(length(piece.len())) - ties
}

/// Returns how much neighbors are alike beside the line, from 0 to nearly 1.
///
/// Memory is not drawn anew each minute: what is high now is high a minute later, and the test
/// would take that for a trend.
fn likeness(pieces: &[Vec<Xy>], slope: f64) -> f64 {
    let (mut products, mut squares) = (0.0, 0.0);
    for piece in pieces {
        let Some(start) = median(piece.iter().map(|(x, y)| y - slope * x)) else { continue };
        let rests: Vec<f64> = piece.iter().map(|(x, y)| y - slope * x - start).collect();
        products += rests.iter().zip(rests.iter().skip(1)).map(|(a, b)| a * b).sum::<f64>();
        squares += rests.iter().map(|rest| rest * rest).sum::<f64>();
    }
    // Less than a page of difference is rounding, not a pattern.
    let count: usize = pieces.iter().map(Vec::len).sum();
    if squares <= length(count) * 4096.0 * 4096.0 { 0.0 } else { (products / squares).clamp(0.0, 0.99) }
}

/// Returns whether the steps from point to point go one way on average, which those of a random walk do not.
fn drifts(pieces: &[Vec<Xy>]) -> bool {
    let steps: Vec<f64> = pieces
        .iter()
        .flat_map(|piece| piece.windows(2))
        .filter_map(|pair| Some(pair.last()?.1 - pair.first()?.1))
        .collect();
    let count = length(steps.len());
    let mean = steps.iter().sum::<f64>() / count;
    let variance = steps.iter().map(|step| (step - mean).powi(2)).sum::<f64>() / (count - 1.0);
    1.0 < count && SURE * (variance / count).sqrt() < mean.abs()
}

/// Returns the median of values; `None` where there are none.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    middle(&values)
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(*sorted.get(half - 1)?, upper)) }
}

/// A sudden step: a level before and another one after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Jump {
    /// The place of the first point on the new level.
    pub(super) at: usize,
    /// How much higher the new level is.
    pub(super) by: f64,
    /// How far points lie from the two levels, on average.
    pub(super) miss: f64,
}

/// Finds the step that explains points best, with at least three points on each level.
pub(super) fn jump(points: &[Xy]) -> Option<Jump> {
    const LEAST: usize = 3;
    let miss = |part: &[Xy], level: f64| part.iter().map(|(_, y)| (y - level).abs()).sum::<f64>();
    let level = |part: &[Xy]| median(part.iter().map(|(_, y)| *y));
    let splits = LEAST..(points.len() + 1).saturating_sub(LEAST);
    let jumps = splits.filter_map(|at| {
        let (before, after) = points.split_at_checked(at)?;
        let (from, to) = (level(before)?, level(after)?);
        let miss = (miss(before, from) + miss(after, to)) / length(points.len());
        Some(Jump { at, by: to - from, miss })
    });
    jumps.min_by(|a, b| a.miss.total_cmp(&b.miss))
}

#[expect(clippy::cast_precision_loss, reason = "there are some hundred points")]
fn length(length: usize) -> f64 {
    length as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of the list"
)]
fn index(rank: f64, length: usize) -> usize {
    (rank.round().max(0.0) as usize).min(length.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_do_not_move_the_slope() {
        let points: Vec<Xy> = (0..100_u32)
            .map(|at| (f64::from(at), f64::from(at) * 1e6 + if at % 20 == 7 { 5e9 } else { 0.0 }))
            .collect();
        let line = Line::through(&[points]).unwrap();
        assert!((line.slope / 1e6 - 1.0).abs() < 0.05 && line.is_sure, "{line:?}");
        assert!(line.low <= line.slope && line.slope <= line.high, "{line:?}");
    }

    #[test]
    fn a_straight_line_with_one_step_in_it_is_a_line() {
        let points: Vec<Xy> = (0..24_u32)
            .map(|at| (f64::from(at), f64::from(at) * 1e6 + if 9 <= at { 0.25e6 } else { 0.0 }))
            .collect();
        let line = Line::through(&[points]).unwrap();
        assert!((line.slope / 1e6 - 1.0).abs() < 0.02 && line.is_sure, "{line:?}");
        assert!(0.9e6 < line.low && line.high < 1.3e6, "{line:?}");
        // As kernels count: in batches, which now and then are one more or one less.
        let batches = |at: u32| f64::from(u8::from((11..16).contains(&at) || 20 <= at));
        let points: Vec<Xy> =
            (0..24_u32).map(|at| (f64::from(at), f64::from(at) * 1e6 + batches(at) * 0.25e6)).collect();
        let line = Line::through(&[points]).unwrap();
        assert!(line.is_sure, "{line:?}");
    }

    #[test]
    fn slopes_are_not_taken_across_pieces() {
        let piece = |from: f64| (0..20_u32).map(|at| (from + f64::from(at), f64::from(at) * 1e6)).collect();
        let line = Line::through(&[piece(0.0), piece(100.0)]).unwrap();
        assert!((line.slope / 1e6 - 1.0).abs() < 1e-9 && line.is_sure, "{line:?}");
        assert!((line.at(119.0) - 19e6).abs() < 1.0, "{line:?}");
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let points: Vec<Xy> =
            (0..40_u32).map(|at| (f64::from(at), if at < 25 { 1e6 } else { 9e6 })).collect();
        let found = jump(&points).unwrap();
        assert_eq!((found.at, found.by, found.miss), (25, 8e6, 0.0));
        assert_eq!(jump(points.get(..5).unwrap()), None);
    }
}
