//! Letters: text that is safe in a page, and keeps the order of what stands around it.

use maud::{Markup, html};
use oomkit_core::document::Tone;

use crate::safe::shown;

/// Returns text with runs of letters that are written from right to left set apart, so that they
/// cannot turn around the figures beside them.
pub(super) fn text(text: &str) -> Markup {
    let safe = shown(text);
    if !safe.chars().any(is_leftward) {
        return html! { (safe) };
    }
    let runs = runs(&safe);
    html! { @for (run, leftward) in &runs { @if *leftward { bdi { (run) } } @else { (run) } } }
}

/// Parts a text into runs that go left and runs that do not.
fn runs(text: &str) -> Vec<(String, bool)> {
    let mut runs: Vec<(String, bool)> = Vec::new();
    for c in text.chars() {
        let leftward = is_leftward(c);
        match runs.last_mut() {
            Some((run, way)) if *way == leftward => run.push(c),
            _ => runs.push((c.into(), leftward)),
        }
    }
    let mut joined: Vec<(String, bool)> = Vec::new();
    let mut rest = runs.into_iter().peekable();
    while let Some((run, leftward)) = rest.next() {
        let next_is_leftward = rest.peek().is_some_and(|(_, way)| *way);
        match joined.last_mut() {
            // A blank between two words that go left does not part them.
            Some((before, true)) if leftward || (run == " " && next_is_leftward) => before.push_str(&run),
            _ => joined.push((run, leftward)),
        }
    }
    joined
}

const fn is_leftward(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

/// Returns the class of a tone.
pub(super) const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Bad => "bad",
        Tone::Doubtful => "doubtful",
        Tone::Quiet => "quiet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_go_left_are_set_apart() {
        for (name, page) in [
            ("java (pid 7)", "java (pid 7)"),
            ("<b>&\"", "&lt;b&gt;&amp;&quot;"),
            ("\u{5d0}\u{5d1} (pid 7)", "<bdi>\u{5d0}\u{5d1}</bdi> (pid 7)"),
            ("a \u{5d0} \u{5d1}: 7", "a <bdi>\u{5d0} \u{5d1}</bdi>: 7"),
            ("\u{202e}x", "\\u{202e}x"),
        ] {
            assert_eq!(text(name).into_string(), page);
        }
    }
}
