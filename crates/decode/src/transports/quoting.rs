//! Text inside of other texts: mail quotes, indents, bullets, Markdown.

use std::borrow::Cow;

use super::{DocKind, layers::Layers};

/// Removes quote marks, of any depth.
///
/// The blank after the last mark is the mark's; more blanks are the text's.
pub(super) fn quote(layers: &mut Layers<'_>) -> bool {
    if layers.record.stamped {
        return false;
    }
    let mut rest = layers.rest;
    while let Some(after) = rest.strip_prefix(b">") {
        rest = match after {
            [b' ', after @ ..] if after.trim_ascii_start().starts_with(b">") => after.trim_ascii_start(),
            [b' ', after @ ..] => after,
            _ => after,
        };
    }
    layers.rest = rest;
    true
}

/// Removes an indent and bullets, but only where another wrapping follows: blanks are text as well.
pub(super) fn indent(layers: &mut Layers<'_>, doc: &DocKind) -> bool {
    let line = layers.rest;
    let mut rest = line.trim_ascii_start();
    for _ in 0..3 {
        let after = match rest {
            [b'-' | b'*' | b'+', b' ' | b'\t', after @ ..] => after,
            // An inline quote; its end is left to whoever reads the text.
            [b'`', after @ ..] if doc.markdown => after,
            [0xe2, 0x80, 0xa2, after @ ..] => after,
            _ => break,
        };
        rest = after.trim_ascii_start();
    }
    if rest.len() == line.len() {
        return false;
    }
    layers.rest = rest;
    if layers.peel_outer(doc) {
        return true;
    }
    layers.rest = line;
    false
}

/// Tells whether a line opens or closes a block in which Markdown means nothing.
pub(super) fn is_fence(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"> ").unwrap_or(line).trim_ascii_start();
    line.starts_with(b"```") || line.starts_with(b"~~~")
}

/// Removes the backslashes of Markdown, and the two blanks that break a line.
pub(super) fn without_markdown(line: &[u8]) -> Cow<'_, [u8]> {
    let line = if line.ends_with(b"  ") { line.trim_ascii_end() } else { line };
    let Some(first) = memchr::memchr(b'\\', line) else { return Cow::Borrowed(line) };
    let Some((clean, mut rest)) = line.split_at_checked(first) else { return Cow::Borrowed(line) };
    let mut bytes = clean.to_vec();
    while let Some((byte, after)) = rest.split_first() {
        rest = match rest {
            [b'\\', escaped, after @ ..] if escaped.is_ascii_punctuation() => {
                bytes.push(*escaped);
                after
            }
            _ => {
                bytes.push(*byte);
                after
            }
        };
    }
    Cow::Owned(bytes)
}

/// Tells whether a text looks like Markdown: a fence, or an escape within a word.
pub(super) fn looks_like_markdown(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    let fenced = lines.any(is_fence);
    let escaped = |window: &[u8]| matches!(window, [a, b'\\', b'_', b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric());
    fenced
        || memchr::memmem::find_iter(head, b"\\_")
            .any(|at| at.checked_sub(1).and_then(|at| head.get(at..at + 4)).is_some_and(escaped))
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, check_input};

    #[test]
    fn quotes_and_indents() {
        check(b"> [   12.345678]  x", "dmesg at=12.345678 |  x");
        check(b">>> > [   12.345678] x", "dmesg at=12.345678 | x");
        check(b">  free:1", "-bare |  free:1");
        check(b">free:1", "-bare | free:1");
        check(
            b">     May 10 15:45:51 iota kernel: x",
            "syslog-rfc3164 by=kernel rfc3164=May 10 15:45:51 host=iota | x",
        );
        check(b"  - [   12.345678] x", "dmesg at=12.345678 | x");
        check(b"    <4>[   12.345678] x", "dmesg-raw by=kernel at=12.345678 | x");
        for text in
            [" dump_stack+0x5d/0x80", "                active_file:0 inactive_file:0", "- x", "  kernelx: y"]
        {
            check(text.as_bytes(), &format!("-bare | {text}"));
        }
    }

    #[test]
    fn markdown_means_nothing_within_a_fence() {
        check_input(
            b"test\\_server and [   12.345678] x  \n```\na\\_b  \n```\nMay 10 15:45:51 iota kernel: \\[ 12\\] test\\_server  ",
            &[
                "-bare | test_server and [   12.345678] x",
                "-bare | ```",
                "-bare | a\\_b  ",
                "-bare | ```",
                "syslog-rfc3164 by=kernel rfc3164=May 10 15:45:51 host=iota | [ 12] test_server",
            ]
            .map(|line| line.strip_prefix("-bare | test_server and ").map_or(line, |_| "console at=12.345678 | x")),
        );
    }
}
