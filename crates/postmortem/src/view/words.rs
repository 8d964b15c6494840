//! Words: what an incident says in each language. A language is one file; the compiler asks for all of it.

use std::borrow::Cow;

use oomkit_core::{finding::Confidence, language::Language};
use oomkit_decode::{ContextKind, report::Culprit, view::Nothing};
use oomkit_snap::snapshot::Duration;

use crate::incident::{
    Agreement, Change, Clock, GapWhy, Growth, Happened, Incident, Killed, Matched, Missing, PatchKind, Risk,
    What,
};

mod advice;
mod catalogue;
mod en;
mod ja;
mod zh;

/// Returns the pieces of each template of advice in English, with the code of its rule.
pub(super) fn english_advice() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    advice::english()
}

/// Returns what a rule advises in a language other than English; `None` where no template fits.
pub(super) fn told_advice(code: &str, english: &str, language: Language) -> Option<String> {
    match language {
        Language::En => None,
        Language::Zh => advice::told(code, english, |said| said.zh),
        Language::Ja => advice::told(code, english, |said| said.ja),
    }
}

/// Returns the words of a language.
pub(super) const fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::En => &en::English,
        Language::Zh => &zh::Chinese,
        Language::Ja => &ja::Japanese,
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
    SetIn,
    AtRisk,
    Do,
    Patch,
    WhyNotStopped,
    WhatStopped,
    WhoIsToBlame,
    Later,
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
    /// Adds to a sentence how sure it is.
    fn rated(&self, text: &str, sure: Confidence) -> String;
    /// Says in one line what happened, who did it, and whether anything stopped it.
    fn answer(&self, incident: &Incident) -> String;
    /// Says when and where it was, and how often.
    fn when(&self, happened: &Happened) -> String;
    /// Says who is to blame.
    fn blame(&self, incident: &Incident) -> String;
    /// Says what a diagnosis found, by its code and the decoder's own words.
    fn explanation(&self, code: &str, english: &str) -> String;
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
    /// Adds to a reason where it is written, and by what it was found there.
    fn written(&self, reason: &str, place: &str, by: &str) -> String;
    /// Says who was hit or would have been, in a few words with its name.
    fn risk(&self, risk: &Risk) -> String;
    /// Says the same without its name.
    fn risk_why(&self, risk: &Risk) -> String;
    /// Says what something that others lean on is.
    fn critical(&self, what: &str) -> String;
    /// Names a kind of other trouble.
    fn trouble(&self, kind: ContextKind) -> &'static str;
    /// Says what to change.
    fn change(&self, change: &Change) -> String;
    /// Says what to do with a patch.
    fn patch(&self, kind: PatchKind, file: &str) -> String;
    /// Says that nothing was written to a file, since no change is certain.
    fn no_patch(&self, file: &str) -> String;
    /// Says what happened at a moment.
    fn what(&self, what: &What) -> String;
    /// Says how the clocks were brought together.
    fn clock(&self, clock: Clock) -> String;
    /// Says how many moments are not shown.
    fn left_out(&self, moments: usize) -> String;
    /// Says what was not at hand and what it would have told.
    fn missing(&self, missing: Missing) -> &'static str;
    /// Says that the logs have no event, and what that means.
    fn nothing(&self, nothing: Nothing) -> &'static str;
    /// Says that what follows is the decoder's English; empty where that need not be said.
    fn decoder_speaks_english(&self) -> &'static str;
}

/// Tells whether the one to blame is a process that was killed, whatever else bears its name.
pub(super) fn is_victim(culprit: &Culprit, victim: &Killed) -> bool {
    let is_it = culprit.pid.map_or_else(|| culprit.name == victim.comm.to_string(), |pid| pid == victim.pid);
    culprit.kind == "process" && is_it
}

/// Sets Latin letters apart from the Chinese or Japanese ones before them, by a space.
pub(super) fn apart(text: &str) -> Cow<'_, str> {
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        format!(" {text}").into()
    } else {
        text.into()
    }
}

/// Shows a length of time by its two largest units.
pub(super) fn span(seconds: u64) -> String {
    Duration::from_seconds(seconds).to_string()
}

/// Shows how long before or after the kill something was; what is near to it is told more closely.
pub(super) fn offset(micros: i64) -> String {
    let length = micros.unsigned_abs();
    let span = match length {
        0 => return "0".into(),
        1..1_000 => "<1 ms".to_owned(),
        1_000..10_000_000 if !length.is_multiple_of(1_000_000) => {
            let hundredths = length.div_ceil(10_000);
            format!("{}.{:02} s", hundredths / 100, hundredths % 100)
        }
        _ => span(length / 1_000_000),
    };
    if micros < 0 { format!("\u{2212}{span}") } else { format!("+{span}") }
}

#[cfg(test)]
mod sentences;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_letters_stand_apart() {
        assert_eq!((apart("tmpfs 里的文件").as_ref(), apart("页表").as_ref()), (" tmpfs 里的文件", "页表"));
    }

    #[test]
    fn what_is_near_is_told_more_closely() {
        for (micros, shown) in [
            (345_678, "+0.35 s"),
            (-2_500_000, "\u{2212}2.50 s"),
            (400, "+<1 ms"),
            (1_500, "+0.01 s"),
            (9_000_000, "+9 s"),
            (12_345_678, "+12 s"),
        ] {
            assert_eq!(offset(micros), shown);
        }
    }

    #[test]
    fn times_are_shown_by_their_two_largest_units() {
        for (seconds, shown) in [
            (0, "0"),
            (59, "+59 s"),
            (-61, "\u{2212}1 min 1 s"),
            (7200, "+2 h"),
            (-90_061, "\u{2212}1 d 1 h"),
        ] {
            assert_eq!(offset(seconds * 1_000_000), shown);
        }
    }
}
