//! The lines that a problem quotes, each cut to what fits on a screen.

use schemars::JsonSchema;
use serde::Serialize;

use super::Column;
use crate::{ident::text, place::LineNo};

/// A line of a file, or the part of it around a column.
///
/// A file without line breaks would otherwise be kept whole for each of its problems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceLine {
    /// The number of the line, from 1.
    pub line: LineNo,
    /// The column of its first character that is kept.
    pub from: Column,
    /// What is kept; bytes that are no UTF-8 stand as `\xNN`.
    pub text: String,
    /// Whether that is all of the line.
    pub is_whole: bool,
}

impl SourceLine {
    /// The most characters of a line that are kept.
    pub const LONGEST: usize = 400;
    /// The characters that are kept of what stands before the column.
    const BEFORE: usize = 150;

    /// Takes a line without its line break, and the column that is to be seen.
    #[must_use]
    pub fn new(line: LineNo, bytes: &[u8], column: Option<Column>) -> Self {
        let whole = text(bytes);
        let skipped = match whole.chars().nth(Self::LONGEST) {
            None => 0,
            Some(_) => column.map_or(0, |column| column.before().saturating_sub(Self::BEFORE)),
        };
        let mut rest = whole.chars().skip(skipped);
        let kept: String = rest.by_ref().take(Self::LONGEST).collect();
        let is_whole = skipped == 0 && rest.next().is_none();
        Self { line, from: Column::new(skipped + 1), text: kept, is_whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_kept_around_its_column() {
        let long = "\u{65e5}".repeat(300) + "x" + &"y".repeat(64 << 10);
        for (source, column, from, length, is_whole) in [
            ("mem_limit: 5m", 1, 1, 13, true),
            ("", 1, 1, 0, true),
            (&long, 1, 1, 400, false),
            (&long, 301, 151, 400, false),
            (&long, 65_837, 65_687, 151, false),
            (&long, 999_999, 999_849, 0, false),
        ] {
            let line = SourceLine::new(LineNo::new(1), source.as_bytes(), Some(Column::new(column)));
            let found = (line.from.get(), line.text.chars().count(), line.is_whole);
            assert_eq!(found, (from, length, is_whole), "{column}");
        }
    }
}
