//! Tables, and tables whose rows are compared by size.

use super::Tone;

/// A table with a head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The rows, each with one cell for a column.
    pub rows: Vec<Vec<String>>,
    /// The row that is to stand out, such as the victim's.
    pub marked: Vec<usize>,
}

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// The word at its head.
    pub title: String,
    /// Where its cells stand.
    pub align: Align,
    /// Whether its cells may be shortened where the width is short.
    pub shrinks: bool,
}

impl Column {
    /// A column of words, which may be shortened.
    #[must_use]
    pub fn words(title: &str) -> Self {
        Self { title: title.into(), align: Align::Left, shrinks: true }
    }

    /// A column of figures, which stand to the right and are never shortened.
    #[must_use]
    pub fn figures(title: &str) -> Self {
        Self { title: title.into(), align: Align::Right, shrinks: false }
    }
}

/// Where the cells of a column stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    #[default]
    Left,
    /// At the right.
    Right,
}

/// A table whose rows are compared by size, each with a bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranked {
    /// The table.
    pub table: Table,
    /// How long the bar of each row is, from 0 to 1; renderers cut what lies outside.
    pub shares: Vec<f64>,
    /// What else is to be said of rows, by their numbers.
    pub tags: Vec<(usize, Tag)>,
}

impl Ranked {
    /// Returns the tags of a row.
    pub fn tags_of(&self, row: usize) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |(of, _)| *of == row).map(|(_, tag)| tag)
    }
}

/// A word that marks a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The word.
    pub word: String,
    /// How it is meant.
    pub tone: Tone,
}
