//! Charts: what somebody held over time, against what it may hold.

use super::Mark;

/// What somebody held over time.
///
/// Time runs from 0 at the beginning to 1 at the end, size from 0 for nothing to 1 for the top.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Who, in a few words.
    pub title: String,
    /// The beginning, in words.
    pub from: String,
    /// The end, in words.
    pub to: String,
    /// The size that the top stands for, in words.
    pub top: String,
    /// Time and size, in pieces that do not hang together, each in the order of time.
    pub pieces: Vec<Vec<(f64, f64)>>,
    /// Sizes that stand out, such as a limit, in rising order.
    pub marks: Vec<Mark>,
    /// Moments that stand out, such as a kill, and what happened at them.
    pub moments: Vec<(f64, String)>,
}

impl Chart {
    /// Returns the largest size in each of so many columns of time; `None` where nothing is known.
    ///
    /// Between two moments of a piece the size is taken to lie on the line between them.
    #[must_use]
    pub fn columns(&self, width: usize) -> Vec<Option<f64>> {
        let mut columns = vec![None; width];
        for piece in &self.pieces {
            piece.iter().for_each(|point| raise(&mut columns, column(point.0, width), point.1));
            for pair in piece.windows(2) {
                let [from, to] = pair else { continue };
                let between = column(from.0, width) + 1..column(to.0, width);
                between.for_each(|at| raise(&mut columns, at, line(*from, *to, middle(at, width))));
            }
        }
        columns
    }
}

fn raise(columns: &mut [Option<f64>], at: usize, size: f64) {
    if let Some(column) = columns.get_mut(at) {
        *column = Some(column.map_or(size, |other| other.max(size)));
    }
}

/// Returns in which of so many columns a moment lies; those outside lie at the ends.
#[must_use]
pub fn column(time: f64, width: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share is cut to 0..=1 and a width is small"
    )]
    let at = (time.clamp(0.0, 1.0) * width as f64).floor() as usize;
    at.min(width.saturating_sub(1))
}

fn middle(at: usize, width: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a width is small")]
    let middle = (at as f64 + 0.5) / width as f64;
    middle
}

/// Returns the size at a time on the line between two points.
fn line(from: (f64, f64), to: (f64, f64), time: f64) -> f64 {
    let over = to.0 - from.0;
    if over <= 0.0 { to.1 } else { from.1 + (to.1 - from.1) * ((time - from.0) / over).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(pieces: &[&[(f64, f64)]], width: usize) -> Vec<Option<f64>> {
        let pieces = pieces.iter().map(|piece| piece.to_vec()).collect();
        Chart { pieces, ..Chart::default() }.columns(width)
    }

    #[test]
    fn pieces_are_lines_and_what_lies_between_them_is_not_known() {
        let rising: &[(f64, f64)] = &[(0.0, 0.0), (1.0, 1.0)];
        assert_eq!(columns(&[rising], 4), [Some(0.0), Some(0.375), Some(0.625), Some(1.0)]);
        let apart = columns(&[&[(0.0, 0.5), (0.2, 0.5)], &[(0.9, 0.25)]], 5);
        assert_eq!(apart, [Some(0.5), Some(0.5), None, None, Some(0.25)]);
        // A spike is not lost where there are more moments than columns.
        assert_eq!(columns(&[&[(0.1, 0.1), (0.2, 0.9), (0.3, 0.1)]], 1), [Some(0.9)]);
        assert_eq!(columns(&[], 2), [None, None]);
        assert_eq!(columns(&[rising], 0), []);
    }
}
