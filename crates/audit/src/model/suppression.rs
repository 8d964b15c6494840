//! A request to be silent, from a comment or an annotation.

use jiff::civil::Date;

use super::{Place, ScopeId};

/// A request to be silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Where it stands.
    pub place: Place,
    /// What it covers.
    pub reach: Reach,
    /// The codes or names of rules that it asks to be silent; none means that it cannot be read.
    pub rules: Vec<String>,
    /// Why, in the words of who asks.
    pub reason: String,
    /// The last day of it.
    pub until: Option<Until>,
    /// How many findings it has silenced.
    pub silenced: usize,
}

/// What a suppression covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What stands in this line, and what begins in it with all that lies in it.
    Line(u32),
    /// A scope with all that lies in it.
    Scope(ScopeId),
    /// The whole file.
    File,
}

/// The last day of a suppression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// This day.
    Day(Date),
    /// Something that is no day.
    Unclear(String),
}
