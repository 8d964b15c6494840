//! Suppressions: comments and annotations that ask a rule to be silent, and what they silence.
//!
//! ```text
//! # oomkit: ignore[OKA001] measured and agreed on, see the runbook until=2027-01-31
//! # oomkit: ignore-file[OKA020] these hosts have no swap
//! ```
//!
//! A comment beside something is about its line; a comment on a line of its own is about the next line
//! that is none.  Where a scope begins in that line, all of the scope is meant.

use jiff::civil::Date;
use oomkit_core::finding::Finding;

use crate::{
    model::{FileId, LimitModel, Place, Reach, ScopeId, Suppression, Until},
    yaml::Mark,
};

/// What stands before every request.
const WORD: &str = "oomkit:";

/// A comment of whatever format, without its sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remark<'a> {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its text.
    pub(crate) text: &'a str,
    /// Whether something else stands before it on its line.
    pub(crate) beside: bool,
}

/// Finds the comments of a text that is no YAML, as far as they are requests.
pub(crate) fn remarks(text: &str, file: FileId) -> Vec<Remark<'_>> {
    let mut remarks = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((before, _)) = line.split_once(WORD) else { continue };
        let signed = before.trim_end();
        let Some(code) = ["#", ";", "//"].iter().find_map(|sign| signed.strip_suffix(sign)) else { continue };
        let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let mark = Mark {
            line: number,
            column: count(code).saturating_add(1),
            width: count(line).saturating_sub(count(code)).max(1),
        };
        let text = line.get(before.len()..).unwrap_or_default();
        let beside = !code.trim().is_empty();
        remarks.push(Remark { place: Place { file, mark, scope: None }, text, beside });
    }
    remarks
}

/// Reads a comment; `next` is the next line that holds something.
pub(crate) fn of_comment(remark: Remark<'_>, next: u32) -> Option<Suppression> {
    let request = remark.text.trim_start().strip_prefix(WORD)?.trim_start();
    let (reach, request) = match request.strip_prefix("ignore-file") {
        Some(rest) => (Reach::File, rest),
        None => {
            let line = if remark.beside { remark.place.mark.line } else { next };
            (Reach::Line(line), request.strip_prefix("ignore").unwrap_or(""))
        }
    };
    let (rules, reason) = match request.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((rules, reason)) => (split(rules), reason),
        None => (Vec::new(), ""),
    };
    Some(suppression(remark.place, reach, rules, reason))
}

/// Reads an annotation, whose value is a list of rules and then the reason.
pub(crate) fn of_annotation(place: Place, scope: ScopeId, text: &str) -> Suppression {
    let is_rule = |word: &&str| word.to_ascii_uppercase().starts_with("OKA");
    let words: Vec<&str> = text.split([' ', ',', ':', ';']).filter(|word| !word.is_empty()).collect();
    let rules: Vec<String> =
        words.iter().take_while(|word| is_rule(word)).map(|word| (*word).to_owned()).collect();
    let reason = words.get(rules.len()..).unwrap_or_default().join(" ");
    suppression(place, Reach::Scope(scope), rules, &reason)
}

fn split(rules: &str) -> Vec<String> {
    rules.split([',', ' ']).filter(|rule| !rule.is_empty()).map(str::to_owned).collect()
}

fn suppression(place: Place, reach: Reach, rules: Vec<String>, reason: &str) -> Suppression {
    let mut until = None;
    let words = reason.split_whitespace().filter(|word| match word.strip_prefix("until=") {
        Some(day) => {
            until = Some(day.parse::<Date>().map_or_else(|_| Until::Unclear(day.into()), Until::Day));
            false
        }
        None => true,
    });
    let reason = words.collect::<Vec<_>>().join(" ");
    let reason = reason.trim_matches(|c: char| c == '-' || c == ':' || c.is_whitespace()).to_owned();
    Suppression { place, reach, rules, reason, until, silenced: 0 }
}

/// Parts findings that somebody asked to be silent about from the others, and counts them.
pub(crate) fn apply(
    model: &mut LimitModel,
    findings: Vec<Finding<Place>>,
) -> (Vec<Finding<Place>>, Vec<Finding<Place>>) {
    if model.suppressions.is_empty() {
        return (findings, Vec::new());
    }
    let mut suppressions = std::mem::take(&mut model.suppressions);
    let (silent, heard) = findings.into_iter().partition(|finding| {
        let mut is_silent = false;
        for suppression in suppressions.iter_mut().filter(|one| covers(model, one, finding)) {
            suppression.silenced += 1;
            is_silent = true;
        }
        is_silent
    });
    model.suppressions = suppressions;
    (heard, silent)
}

/// Returns the reason of the first request that a finding falls under, where it has one.
pub(crate) fn reason<'m>(model: &'m LimitModel, finding: &Finding<Place>) -> Option<&'m str> {
    let mut covering = model.suppressions.iter().filter(|one| covers(model, one, finding));
    covering.find(|one| !one.reason.is_empty()).map(|one| one.reason.as_str())
}

fn covers(model: &LimitModel, suppression: &Suppression, finding: &Finding<Place>) -> bool {
    let named = suppression
        .rules
        .iter()
        .any(|rule| rule.eq_ignore_ascii_case(finding.code) || rule.eq_ignore_ascii_case(finding.name));
    let Some(place) = finding.evidence.first().filter(|_| named && !is_over(model, suppression)) else {
        return false;
    };
    match suppression.reach {
        Reach::File => place.file == suppression.place.file,
        Reach::Scope(scope) => place.scope.is_some_and(|inner| lies_in(model, inner, scope)),
        Reach::Line(line) => {
            let here = |place: &Place| place.file == suppression.place.file && place.mark.line == line;
            here(place) || place.scope.is_some_and(|scope| begins(model, scope, suppression.place.file, line))
        }
    }
}

/// Tells whether the last day of a suppression has passed.
pub(crate) fn is_over(model: &LimitModel, suppression: &Suppression) -> bool {
    match (&suppression.until, model.policy.today) {
        (Some(Until::Day(day)), Some(today)) => *day < today,
        (Some(Until::Unclear(_)), _) => true,
        _ => false,
    }
}

fn lies_in(model: &LimitModel, inner: ScopeId, outer: ScopeId) -> bool {
    inner == outer
        || model.scope(inner).is_some_and(|scope| model.ancestors(scope).any(|(above, _)| above == outer))
}

/// Tells whether a scope or one above it begins in a line.
fn begins(model: &LimitModel, scope: ScopeId, file: FileId, line: u32) -> bool {
    let Some(scope) = model.scope(scope) else { return false };
    let mut above = std::iter::once(scope).chain(model.ancestors(scope).map(|(_, above)| above));
    above.any(|scope| scope.place.file == file && [scope.place.mark.line, scope.first_line].contains(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read() {
        let read = |text: &str| {
            let remark = Remark { place: Place::default(), text, beside: false };
            of_comment(remark, 9).map(|one| (one.reach, one.rules.join(" "), one.reason, one.until))
        };
        let day = |text: &str| Some(Until::Day(text.parse().unwrap()));
        for (text, expected) in [
            (" oomkit: ignore[OKA001] agreed on", Some((Reach::Line(9), "OKA001", "agreed on", None))),
            (
                "oomkit: ignore[OKA001,best-effort] -- for now until=2027-01-31",
                Some((Reach::Line(9), "OKA001 best-effort", "for now", day("2027-01-31"))),
            ),
            ("oomkit: ignore-file[OKA020]", Some((Reach::File, "OKA020", "", None))),
            (
                "oomkit: ignore[OKA001] x until=soon",
                Some((Reach::Line(9), "OKA001", "x", Some(Until::Unclear("soon".into())))),
            ),
            ("oomkit: ignore everything", Some((Reach::Line(9), "", "", None))),
            ("something else", None),
        ] {
            let expected =
                expected.map(|(reach, rules, reason, until)| (reach, rules.into(), reason.into(), until));
            assert_eq!(read(text), expected, "{text}");
        }
        let annotation =
            of_annotation(Place::default(), ScopeId::default(), "OKA001, OKA002: agreed on until=2027-01-31");
        assert_eq!(
            (annotation.rules.join(" "), annotation.reason.as_str()),
            ("OKA001 OKA002".into(), "agreed on")
        );
        assert_eq!(annotation.until, day("2027-01-31"));
    }
}
