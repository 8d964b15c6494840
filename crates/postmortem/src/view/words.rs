//! Words: what an incident says in each language. A language is one file; the compiler asks for all of it.

use oomkit_core::finding::Confidence;
use oomkit_snap::snapshot::Duration;

use crate::incident::{
    Agreement, Change, Clock, GapWhy, Growth, Happened, Incident, Matched, Missing, PatchKind, Risk, What,
};

mod en;

/// The languages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
}

impl Language {
    pub(super) const fn words(self) -> &'static dyn Words {
        match self {
            Self::En => &en::English,
        }
    }
}

/// The parts of the document that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Title,
    ToBlame,
    Growth,
    NotStopped,
    StoppedBy,
    AtRisk,
    Do,
    Patch,
    WhyNotStopped,
    WhatStopped,
    WhoIsToBlame,
    WhatGrew,
    WhoElse,
    Timeline,
    Missing,
    Kill,
    Who,
    What,
    Role,
    Line,
    After,
    When,
}

/// What can be said; names and figures go in as they are, and come out the same in every language.
pub(super) trait Words {
    /// Names a part of the document.
    fn part(&self, part: Part) -> &'static str;
    /// Says how sure something is, in a word.
    fn sure(&self, confidence: Confidence) -> &'static str;
    /// Says in one line what happened, who did it, and whether anything stopped it.
    fn answer(&self, incident: &Incident) -> String;
    /// Says when and where it was, and how often.
    fn when(&self, happened: &Happened) -> String;
    /// Says who is to blame.
    fn blame(&self, incident: &Incident) -> String;
    /// Says whether the history agrees; empty where there is none.
    fn agreement(&self, agreement: &Agreement) -> String;
    /// Says what grew.
    fn growth(&self, growth: &Growth) -> String;
    /// Says who grew beside it.
    fn others_grew(&self, named: &str) -> String;
    /// Says why nothing stopped it.
    fn gap(&self, gap: &GapWhy) -> String;
    /// Says by what a workload was recognised in a file.
    fn matched(&self, matched: Matched, others: u64) -> String;
    /// Says who was hit or would have been, in a few words with its name.
    fn risk(&self, risk: &Risk) -> String;
    /// Says the same without its name.
    fn risk_why(&self, risk: &Risk) -> String;
    /// Says what something that others lean on is.
    fn critical(&self, what: &str) -> String;
    /// Says what to change.
    fn change(&self, change: &Change) -> String;
    /// Says what to do with a patch.
    fn patch(&self, kind: PatchKind, file: &str) -> String;
    /// Says what happened at a moment.
    fn what(&self, what: &What) -> String;
    /// Says how the clocks were brought together.
    fn clock(&self, clock: Clock) -> String;
    /// Says how many moments are not shown.
    fn left_out(&self, moments: usize) -> String;
    /// Says what was not at hand and what it would have told.
    fn missing(&self, missing: Missing) -> &'static str;
}

/// Shows a length of time by its two largest units.
pub(super) fn span(seconds: u64) -> String {
    Duration::from_seconds(seconds).to_string()
}

/// Shows how long before or after the kill something was.
pub(super) fn offset(seconds: i64) -> String {
    let span = span(seconds.unsigned_abs());
    match seconds {
        0 => "0".into(),
        before if before < 0 => format!("\u{2212}{span}"),
        _ => format!("+{span}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_by_their_two_largest_units() {
        for (seconds, shown) in [
            (0, "0"),
            (59, "+59 s"),
            (-61, "\u{2212}1 min 1 s"),
            (7200, "+2 h"),
            (-90_061, "\u{2212}1 d 1 h"),
        ] {
            assert_eq!(offset(seconds), shown);
        }
    }
}
