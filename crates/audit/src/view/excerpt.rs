//! An excerpt: the line that a finding rests on, with its number and a mark below.

use oomkit_core::ident::visible;

use super::name_of;
use crate::model::{LimitModel, Place};

/// How much of a line is shown, so that one of a thousand letters still fits.
const WIDEST: usize = 76;

/// Returns the lines of an excerpt, each with its margin.
pub(super) fn lines(model: &LimitModel, place: Place) -> Vec<(String, String)> {
    let mark = place.mark;
    let head = format!("{}:{}:{}", name_of(model, Some(place.file)), mark.line, mark.column);
    let mut lines = vec![(head, String::new())];
    let Some(line) = model.line_of(place).filter(|line| !line.trim().is_empty()) else { return lines };
    let number = mark.line.to_string();
    let (text, before, width) = window(line, mark.column as usize, mark.width as usize);
    lines.push((format!("{number} |"), text));
    lines.push((format!("{} |", " ".repeat(number.len())), " ".repeat(before) + &"^".repeat(width)));
    lines
}

/// Cuts a line around a column, counted from 1; returns the piece, what stands before the mark in it,
/// and how wide the mark is.
fn window(line: &str, column: usize, width: usize) -> (String, usize, usize) {
    let letters: Vec<char> = line.chars().collect();
    let start = column.saturating_sub(1).min(letters.len());
    // The whole of a short line; of a long one, the mark with a little before it.
    let from = if letters.len() <= WIDEST { 0 } else { start.saturating_sub(WIDEST / 3) };
    let to = (from + WIDEST).min(letters.len());
    let shown = |from: usize, to: usize| {
        let piece: String = letters.get(from..to).unwrap_or_default().iter().collect();
        // A tab is as wide as it likes, so it becomes one blank.
        visible(piece.replace('\t', " ").as_bytes()).into_owned()
    };
    let end = (start + width).clamp(start, to);
    let lead = if from == 0 { "" } else { "…" };
    let tail = if to == letters.len() { "" } else { "…" };
    let before = lead.chars().count() + shown(from, start).chars().count();
    let width = shown(start, end).chars().count().max(1);
    (format!("{lead}{}{tail}", shown(from, to)), before, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        assert_eq!(window("  memory: 512m", 11, 4), ("  memory: 512m".into(), 10, 4));
        assert_eq!(window("\tmemory: 1", 2, 6), (" memory: 1".into(), 1, 6));
        let long = format!("{}memory: 512m{}", "x".repeat(200), "y".repeat(200));
        let (text, before, width) = window(&long, 209, 4);
        let marked: String = text.chars().skip(before).take(width).collect();
        assert_eq!((marked.as_str(), text.chars().count()), ("512m", WIDEST + 2));
        assert_eq!(window("a\u{1b}b", 3, 1), ("a\\x1bb".into(), 5, 1));
        assert_eq!(window("", 5, 3), (String::new(), 0, 1));
    }
}
