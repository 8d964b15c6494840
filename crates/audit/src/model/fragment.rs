//! A fragment: a unit file or a drop-in before all that belongs to its unit is known.

use super::FileId;
use crate::yaml::Mark;

/// A unit file or a drop-in.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// The file.
    pub file: FileId,
    /// Where it lies, which decides what it overrides.
    pub path: String,
    /// Its assignments in their order.
    pub assignments: Vec<Assignment>,
}

/// A key with its value, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The section that it stands in.
    pub section: String,
    /// The key.
    pub key: String,
    /// The value, with continued lines joined.
    pub value: String,
    /// Where the value stands, or the key where there is no value.
    pub at: Mark,
}
