//! Letters: pictures drawn in the characters of a terminal.

use oomkit_core::document::{Chart, Gauge, Mark, column as column_at};

use crate::style::Characters;

/// Draws a bar; what is there but too small to draw is a sliver.
pub(crate) fn block(share: f64, room: usize, characters: Characters) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share is cut to 0..=1 and a width is small"
    )]
    let eighths = (share.clamp(0.0, 1.0) * room as f64 * 8.0).ceil() as usize;
    match characters {
        Characters::Ascii => "#".repeat((eighths + 4) / 8),
        Characters::Unicode => {
            let rest = "\u{258f}\u{258e}\u{258d}\u{258c}\u{258b}\u{258a}\u{2589}".chars();
            let rest = (eighths % 8).checked_sub(1).and_then(|at| rest.clone().nth(at));
            "\u{2588}".repeat(eighths / 8) + &rest.map(String::from).unwrap_or_default()
        }
    }
}

/// Draws a scale: the level as a bar, the first letter of each mark at its place.
pub(crate) fn scale(gauge: &Gauge, room: usize, characters: Characters) -> String {
    let Some(level) = &gauge.level else { return String::new() };
    let (full, kept, empty, beyond) = match characters {
        Characters::Unicode => ('\u{2588}', '\u{2592}', '\u{b7}', '\u{25b6}'),
        Characters::Ascii => ('#', '%', '.', '>'),
    };
    let filled = cells(level.share, room);
    let held = gauge.kept.as_ref().map_or(0, |kept| cells(kept.share, room));
    let mut line: Vec<char> = (0..room)
        .map(|cell| {
            if filled <= cell {
                empty
            } else if cell < held {
                kept
            } else {
                full
            }
        })
        .collect();
    if 1.0 < level.share
        && let Some(last) = line.last_mut()
    {
        *last = beyond;
    }
    for mark in &gauge.marks {
        let letter = mark.label.chars().next().filter(char::is_ascii).unwrap_or('|');
        if let Some(cell) = line.get_mut(cells(mark.share, room)) {
            *cell = letter;
        }
    }
    line.into_iter().collect()
}

/// Returns how many whole cells of a scale lie below a place on it.
fn cells(share: f64, room: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share is cut to 0..=1 and a width is small"
    )]
    let cells = (share.clamp(0.0, 1.0) * room as f64).floor() as usize;
    cells
}

/// Draws how often something happened in one step, in eighths of the most.
pub(crate) fn column(count: u64, most: u64, characters: Characters) -> char {
    let (columns, none) = match characters {
        Characters::Unicode => ("\u{2581}\u{2582}\u{2583}\u{2584}\u{2585}\u{2586}\u{2587}\u{2588}", '\u{b7}'),
        Characters::Ascii => ("12345678", '.'),
    };
    let height = count.saturating_mul(8).div_ceil(most.max(1)).min(8);
    let at = usize::try_from(height).ok().and_then(|height| height.checked_sub(1));
    at.and_then(|at| columns.chars().nth(at)).unwrap_or(none)
}

/// Draws what was held over time, a line for each row, the top first.
///
/// A mark is a line across, below which what is held stands before it.
pub(crate) fn chart(chart: &Chart, width: usize, rows: usize, characters: Characters) -> Vec<String> {
    let columns = chart.columns(width);
    let line = |row: usize| {
        let is_marked = chart.marks.iter().any(|mark| row_of(mark, rows) == row);
        let cell = |size: &Option<f64>| {
            let empty = if is_marked { rule(characters) } else { ' ' };
            size.and_then(|size| cell(size, rows - 1 - row, rows, characters)).unwrap_or(empty)
        };
        columns.iter().map(cell).collect()
    };
    (0..rows).map(line).collect()
}

/// Returns in which row of a chart a mark stands, the top one being the first.
pub(crate) fn row_of(mark: &Mark, rows: usize) -> usize {
    rows - 1 - column_at(mark.share, rows)
}

const fn rule(characters: Characters) -> char {
    match characters {
        Characters::Unicode => '\u{2504}',
        Characters::Ascii => '-',
    }
}

/// Draws the part of a size that lies in a row, counted from the bottom; `None` where nothing of it does.
fn cell(size: f64, row: usize, rows: usize, characters: Characters) -> Option<char> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share is cut to 0..=1 and a height is small"
    )]
    let eighths = (size.clamp(0.0, 1.0) * rows as f64 * 8.0).round() as usize;
    // What is known to be nothing is drawn as a little, since a gap is not known.
    let eighths = eighths.max(1);
    let here = eighths.saturating_sub(row * 8).min(8);
    let (full, columns) = match characters {
        Characters::Unicode => ('\u{2588}', "\u{2581}\u{2582}\u{2583}\u{2584}\u{2585}\u{2586}\u{2587}"),
        Characters::Ascii => ('#', "_..::::"),
    };
    match here {
        0 => None,
        8 => Some(full),
        part => columns.chars().nth(part - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_rows_gaps_and_marks() {
        let limit = Mark { share: 0.9, ..Mark::default() };
        let held = Chart {
            pieces: vec![vec![(0.0, 0.0), (0.1, 0.25), (0.4, 1.0)], vec![(0.9, 0.5)]],
            marks: vec![limit],
            ..Chart::default()
        };
        let drawn = |characters| chart(&held, 5, 2, characters);
        assert_eq!(drawn(Characters::Ascii), ["-:#--", ":## #"]);
        assert_eq!(drawn(Characters::Unicode)[1], "\u{2584}\u{2588}\u{2588} \u{2588}");
        assert_eq!(chart(&Chart::default(), 3, 1, Characters::Ascii), ["   "]);
    }
}
