//! Problem: a finding at a place in a file, ready for people, terminals and CI systems alike.
//!
//! A [`Finding`] rests on places of its model; a problem names a file, a line and a column, quotes the
//! source and has a [`Fingerprint`], so that nothing that shows it needs the model, or the file.

mod excerpt;
mod fingerprint;
mod list;
mod region;

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Confidence, Finding, Severity};

pub use excerpt::SourceLine;
pub use fingerprint::Fingerprint;
pub use list::{Input, Notice, Problems, Tally, identify};
pub use region::{Column, FilePath, Point, Region};

/// What a rule says about one place in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// The code of the rule, such as `OKA001`; it never changes its meaning.
    pub code: &'static str,
    /// The name of the rule.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The problem in one sentence.
    pub message: String,
    /// What to do about it, with figures.
    pub remedy: Option<String>,
    /// The file that it stands in.
    pub file: FilePath,
    /// Where in the file; absent where it is about the whole of it.
    pub region: Option<Region>,
    /// The lines of the region, as they are written.
    pub excerpt: Vec<SourceLine>,
    /// What it is about, such as `Deployment/default/web/containers/app`; empty where that is the file.
    pub scope: String,
    /// Further places that it rests on.
    pub related: Vec<Related>,
    /// Who asked to be silent about it.
    pub suppressed: Option<Suppressed>,
    /// Whether it was there before; absent where nobody compared.
    pub age: Option<Age>,
    /// What it is known by from run to run; [`Problems::new`] tells it from others like it.
    pub fingerprint: Fingerprint,
}

impl Problem {
    /// Takes what a finding says; where it stands and what it quotes is set afterwards.
    #[must_use]
    pub fn new<P>(finding: &Finding<P>, file: FilePath, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        Self {
            code: finding.code,
            name: finding.name,
            severity: finding.severity,
            confidence: finding.confidence,
            message: finding.message.clone(),
            remedy: finding.remedy.clone(),
            fingerprint: Fingerprint::of(finding.code, &file, &scope, 1),
            file,
            region: None,
            excerpt: Vec::new(),
            scope,
            related: Vec::new(),
            suppressed: None,
            age: None,
        }
    }

    /// Tells whether somebody has to look at it: it is neither suppressed nor known.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.suppressed.is_none() && self.age != Some(Age::Known)
    }
}

/// A further place that a problem rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Related {
    /// The file.
    pub file: FilePath,
    /// Where in the file.
    pub region: Option<Region>,
    /// What stands there, as a fragment; may be empty.
    pub message: String,
}

/// Who asked to be silent about a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suppressed {
    /// Where it was asked for.
    pub by: SuppressedBy,
    /// Why, as far as somebody said so.
    pub reason: Option<String>,
}

/// Where somebody asked to be silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressedBy {
    /// In the file itself, by a comment or an annotation.
    Source,
    /// Outside of it, by a policy.
    Policy,
}

/// Whether a problem was there before, as a baseline tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Age {
    /// The baseline does not have it.
    New,
    /// The baseline has it.
    Known,
}
