//! Finding: what a rule says, how bad it is, how sure, on which lines it rests, and what to do.

use schemars::JsonSchema;
use serde::Serialize;

use crate::place::Evidence;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely to hurt.
    Warning,
    /// Has hurt, or will.
    Error,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A threshold of ours; look yourself.
    Low,
    /// Follows from the figures, with room for another reading.
    Medium,
    /// Follows from what the kernel printed.
    High,
}

/// What a rule says about an event, with the lines that it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The code of the rule, such as `OKD001`; it never changes its meaning.
    pub code: String,
    /// The name of the rule.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The finding in one sentence.
    pub message: String,
    /// The lines that it rests on.
    pub evidence: Vec<Evidence>,
    /// What to do about it, with figures.
    pub remedy: Option<String>,
}
