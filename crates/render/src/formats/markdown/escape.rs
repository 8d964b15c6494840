//! Escaping for Markdown: names that could be markup, a mention, a link or a reference.

use crate::safe::shown;

/// GitHub looks for mentions and references after escapes are gone; a comment parts them.
const PARTED: &str = "<!-- -->";

/// Escapes whatever could be markup.
pub(super) fn escaped(text: &str) -> String {
    let escape = |c: char, out: &mut String| {
        if is_markup(c) {
            out.push('\\');
            out.push(c);
        } else {
            entity(c, out);
        }
    };
    at_line_start(parted(&shown(text), escape))
}

/// Escapes a text that stands in HTML, where a backslash is only a backslash; not every reader of
/// Markdown leaves the rest of it alone there.
pub(super) fn in_html(text: &str) -> String {
    let escape = |c: char, out: &mut String| {
        if is_markup(c) { out.push_str(&format!("&#{};", u32::from(c))) } else { entity(c, out) }
    };
    parted(&shown(text), escape)
}

const fn is_markup(c: char) -> bool {
    matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$')
}

fn entity(c: char, out: &mut String) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '"' => out.push_str("&quot;"),
        c => out.push(c),
    }
}

/// Writes each letter, and takes apart what would become a mention, a reference, an emoji or a link.
fn parted(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        escape(c, &mut out);
        let next = letters.peek().copied().unwrap_or(' ');
        let is_reference = match c {
            '@' => true,
            '#' | '!' => next.is_ascii_digit(),
            ':' => next.is_ascii_lowercase() || matches!(next, '+' | '-'),
            '-' => next.is_ascii_digit() && out.ends_with("GH-"),
            _ => false,
        };
        if is_reference {
            out.push_str(PARTED);
        }
    }
    // A bare address becomes a link.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

/// Escapes what would begin a list, or underline the line above.
fn at_line_start(mut line: String) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let mut after = line.chars().skip(digits);
    let dot = after.next().is_some_and(|c| matches!(c, '.' | ')'));
    if line.starts_with(['-', '+', '=']) {
        line.insert(0, '\\');
    } else if 0 < digits && dot && after.next().is_none_or(|c| c == ' ') {
        line.insert(digits, '\\');
    }
    line
}

/// Returns a fence for code that none of its lines can close.
pub(super) fn fence(lines: &[String]) -> String {
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        for (name, safe) in [
            ("a|b", "a\\|b"),
            ("`code`", "\\`code\\`"),
            ("<script>", "&lt;script&gt;"),
            ("__init__", "\\_\\_init\\_\\_"),
            ("@team #12 ![x](http://e.vil)", "@<!-- -->team \\#<!-- -->12 !\\[x\\](http&#58;//e.vil)"),
            ("GH-12 !7 :tada: a:1 c: d", "GH-<!-- -->12 !<!-- -->7 :<!-- -->tada: a:1 c: d"),
            ("mail@e.vil www.e.vil", "mail@<!-- -->e.vil www&#46;e.vil"),
            ("- item", "\\- item"),
            ("1. item", "1\\. item"),
            ("44.1 GiB", "44.1 GiB"),
            ("two\nlines\x1b[31m", "two\\\\nlines\\\\x1b\\[31m"),
        ] {
            assert_eq!(escaped(name), safe);
        }
    }

    #[test]
    fn a_summary_is_html() {
        assert_eq!(
            in_html("</summary>@a \\ `b` \"&"),
            "&lt;/summary&gt;@<!-- -->a &#92; &#96;b&#96; &quot;&amp;"
        );
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let lines = |text: &str| vec![text.to_owned()];
        assert_eq!(fence(&lines("x ````` y")), "``````");
        assert_eq!(fence(&lines("x")), "```");
    }
}
