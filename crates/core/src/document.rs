//! Document: headings, facts, tables and bars to be shown, without a format.
//!
//! Whoever builds a document writes names through [`crate::ident::visible`]; renderers escape for
//! their own format on top of that.

use crate::units::Bytes;

/// What is to be shown, from the answer down to the details.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    blocks: Vec<Block>,
}

impl Document {
    /// Starts an empty document.
    #[must_use]
    pub const fn new() -> Self {
        Self { blocks: Vec::new() }
    }

    /// Adds a block at the end.
    pub fn push(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }

    /// Adds the blocks of another document at the end.
    pub fn append(&mut self, other: Self) -> &mut Self {
        self.blocks.extend(other.blocks);
        self
    }

    /// Returns the blocks in the order of reading.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}

/// How a line is meant, which a format may show as a color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Something is bad.
    Bad,
    /// Something may be bad.
    Doubtful,
    /// Less important than what stands around it.
    Quiet,
}

/// One block of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The answer, in one line.
    Answer(Tone, String),
    /// A heading.
    Heading(String),
    /// A paragraph, to be wrapped to the width at hand.
    Text(Tone, String),
    /// Names and values, one pair a line.
    Facts(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// Parts of a whole as bars.
    Bars(Vec<Bar>),
    /// Remarks, such as what was assumed or could not be read.
    Notes(Vec<String>),
    /// Lines of the input, each with its place.
    Lines(Vec<(String, String)>),
}

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

/// A bar: a part of a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What the part is.
    pub label: String,
    /// How large it is, in words.
    pub value: String,
    /// Its share of the whole, from 0 to 1; renderers cut what lies outside.
    pub share: f64,
    /// How it is meant.
    pub tone: Tone,
}

impl Bar {
    /// A bar for `part` of `whole`.
    #[must_use]
    pub fn of(label: impl Into<String>, part: Bytes, whole: Bytes, tone: Tone) -> Self {
        let share = crate::units::Share::of(part, whole).map_or(0.0, crate::units::Share::fraction);
        Self { label: label.into(), value: part.to_string(), share, tone }
    }
}
