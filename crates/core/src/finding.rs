//! Finding: what a rule says, how bad it is, how sure, on which places it rests, and what to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::place::Evidence;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely to hurt.
    Warning,
    /// Has hurt, or will.
    Error,
}

impl Severity {
    /// Returns the name that the output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A threshold of ours; look yourself.
    Low,
    /// Follows from the figures, with room for another reading.
    Medium,
    /// Follows from what was read.
    High,
}

impl Confidence {
    /// Returns the name that the output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a rule says, with the places that it rests on: lines of a log, or settings in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding<P = Evidence> {
    /// The code of the rule, such as `OKD001`; it never changes its meaning.
    pub code: &'static str,
    /// The name of the rule.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The finding in one sentence.
    pub message: String,
    /// The places that it rests on; never empty, and the first is the main one.
    pub evidence: Vec<P>,
    /// What to do about it, with figures.
    pub remedy: Option<String>,
}
