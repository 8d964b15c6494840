//! What the formats of problems have in common: places, sentences and counts.

use std::borrow::Cow;

use oomkit_core::problem::{FilePath, Notice, Problem, Problems, Region, Suppressed};

use crate::safe::shown;

/// Returns a place as people write it, such as `web.yaml:12:7`.
pub(super) fn place(file: &FilePath, region: Option<&Region>) -> String {
    match region {
        Some(region) => format!("{file}:{region}"),
        None => file.to_string(),
    }
}

/// Returns a text, safe to show, that ends as a sentence does.
pub(super) fn sentence(text: &str) -> String {
    let mut text = shown(text).trim_end().to_owned();
    if !text.ends_with(['.', '!', '?', '\u{2026}']) {
        text.push('.');
    }
    text
}

/// Returns a sentence with its first letter in upper case.
pub(super) fn opened(text: &str) -> String {
    let text = sentence(text);
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// Returns the problem and what to do about it, safe to show.
pub(super) fn advice(problem: &Problem) -> String {
    let mut text = sentence(&problem.message);
    if let Some(remedy) = &problem.remedy {
        text += " ";
        text += &opened(remedy);
    }
    text
}

/// Returns code and name of the rule.
pub(super) fn rule(problem: &Problem) -> String {
    format!("{} {}", problem.code, problem.name)
}

/// Returns a notice with its place.
pub(super) fn notice(notice: &Notice) -> String {
    match &notice.file {
        Some(file) => format!("{}: {}", place(file, notice.region.as_ref()), shown(&notice.message)),
        None => shown(&notice.message).into_owned(),
    }
}

/// Returns why a problem needs nobody to look at it; `None` for an open one.
pub(super) fn excuse(problem: &Problem) -> Option<Cow<'_, str>> {
    match &problem.suppressed {
        Some(Suppressed { reason: Some(reason), .. }) => {
            Some(format!("suppressed: {}", shown(reason)).into())
        }
        Some(Suppressed { reason: None, .. }) => Some("suppressed without a reason".into()),
        None if problem.is_open() => None,
        None => Some("known from the baseline".into()),
    }
}

/// Returns the counts in words.
pub(super) fn summary(problems: &Problems) -> String {
    let tally = problems.tally();
    let open = listed([
        (tally.errors, "error", "errors"),
        (tally.warnings, "warning", "warnings"),
        (tally.notes, "note", "notes"),
    ]);
    let open = if open.is_empty() { "no problems".to_owned() } else { open };
    let files = listed([(tally.files, "file", "files")]);
    let aside = listed([
        (tally.suppressed, "suppressed", "suppressed"),
        (tally.known, "known", "known"),
        (tally.unread, "could not be read", "could not be read"),
    ]);
    let files = if files.is_empty() { files } else { format!(" in {files}") };
    let aside = if aside.is_empty() { aside } else { format!("; {aside}") };
    format!("{open}{files}{aside}")
}

fn listed<const N: usize>(counts: [(usize, &str, &str); N]) -> String {
    let counts = counts.into_iter().filter(|(count, ..)| 0 < *count);
    let words = counts.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }));
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_once() {
        for (text, ended, begun) in [
            ("set it", "set it.", "Set it."),
            ("set it.", "set it.", "Set it."),
            ("\u{e9}tat\n", "\u{e9}tat\\n.", "\u{c9}tat\\n."),
            ("", ".", "."),
        ] {
            assert_eq!((sentence(text).as_str(), opened(text).as_str()), (ended, begun));
        }
    }
}
