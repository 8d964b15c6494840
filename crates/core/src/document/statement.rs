//! What rules say, and what it rests on.

use super::Tone;

/// A statement that is to catch the eye.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callout {
    /// What it is, in a word or two.
    pub title: String,
    /// The statement.
    pub text: String,
    /// What stands beside it, such as how sure it is.
    pub note: String,
    /// How it is meant.
    pub tone: Tone,
}

/// What a rule says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// How bad it is.
    pub tone: Tone,
    /// The same in a word.
    pub severity: String,
    /// How sure it is, in a word or two.
    pub confidence: String,
    /// The code of the rule.
    pub code: String,
    /// The name of the rule.
    pub name: String,
    /// What it says.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The lines that it rests on.
    pub proofs: Vec<Proof>,
}

/// A line that a statement rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Where the line stands, in words.
    pub place: String,
    /// The number of the line in the document's log, where it stands in that.
    pub line: Option<u64>,
    /// The line without its wrapping.
    pub text: String,
}
