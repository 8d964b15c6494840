//! Document: headings, facts, tables and pictures to be shown, without a format.
//!
//! Whoever builds a document writes names through [`crate::ident::visible`]; renderers escape for
//! their own format on top of that.

mod chart;
mod log;
mod picture;
mod statement;
mod table;

pub use chart::{Chart, column};
pub use log::{Log, LogLine};
pub use picture::{Bar, Fill, Gauge, Mark, Panel, Timeline};
pub use statement::{Callout, Proof, Statement};
pub use table::{Align, Column, Ranked, Table, Tag};

use crate::language::Language;

/// What is to be shown, from the answer down to the details.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    topic: Topic,
    language: Language,
    caption: Option<Caption>,
    blocks: Vec<Block>,
}

/// What a document is about, as a page says it at its head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topic {
    /// What a kernel's log tells of running out of memory.
    #[default]
    OutOfMemory,
    /// Limits of memory, those that are in force and those that are proposed.
    Limits,
    /// What snapshots tell of a host's memory.
    Snapshots,
}

/// By what a list of documents names one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// What it is about, in a few words.
    pub what: String,
    /// When and where it happened, as far as that is known.
    pub when: String,
}

impl Document {
    /// Starts an empty document.
    #[must_use]
    pub const fn new() -> Self {
        Self { topic: Topic::OutOfMemory, language: Language::En, caption: None, blocks: Vec::new() }
    }

    /// Sets what it is about; that is an out-of-memory event unless told otherwise.
    #[must_use]
    pub fn on(self, topic: Topic) -> Self {
        Self { topic, ..self }
    }

    /// Returns what it is about.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        self.topic
    }

    /// Sets the language of its words, so that a format adds its own in the same one.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// Returns the language of its words.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Sets by what a list names the document.
    #[must_use]
    pub fn with_caption(self, caption: Caption) -> Self {
        Self { caption: Some(caption), ..self }
    }

    /// Returns by what a list names the document.
    #[must_use]
    pub const fn caption(&self) -> Option<&Caption> {
        self.caption.as_ref()
    }

    /// Returns the answer, where the document has one.
    #[must_use]
    pub fn answer(&self) -> Option<(Tone, &str)> {
        self.blocks.iter().find_map(|block| match block {
            Block::Answer(tone, text) => Some((*tone, text.as_str())),
            _ => None,
        })
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

    /// Leaves out the printed lines on which nothing rests, where there is no room for all of them.
    pub fn keep_cited(&mut self) {
        for block in &mut self.blocks {
            if let Block::Log(log) = block {
                log.keep_cited();
            }
        }
    }

    /// Returns the blocks in the order of reading.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}

impl FromIterator<Block> for Document {
    fn from_iter<I: IntoIterator<Item = Block>>(blocks: I) -> Self {
        Self { blocks: blocks.into_iter().collect(), ..Self::new() }
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
    /// A heading of what a reader in a hurry skips; short formats fold it away.
    Detail(String),
    /// A heading of material for who wants to check; all formats that can fold it away.
    Appendix(String),
    /// A paragraph, to be wrapped to the width at hand.
    Text(Tone, String),
    /// A statement that is to catch the eye.
    Callout(Callout),
    /// What to do, one step after the other.
    Steps(Vec<String>),
    /// What a rule says, and what it rests on.
    Finding(Statement),
    /// Names and values, one pair a line.
    Facts(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// A table whose rows are compared by size.
    Ranked(Ranked),
    /// Parts of a whole as bars.
    Bars(Vec<Bar>),
    /// Levels against their marks.
    Gauges(Vec<Gauge>),
    /// The same picture of several things, side by side.
    Panels(Vec<Panel>),
    /// What happened when.
    Timeline(Timeline),
    /// What somebody held over time.
    Chart(Chart),
    /// Remarks, such as what was assumed or could not be read.
    Notes(Vec<String>),
    /// Lines of the input, each with its place.
    Lines(Vec<(String, String)>),
    /// The input as it was printed, to which proofs point.
    Log(Log),
}
