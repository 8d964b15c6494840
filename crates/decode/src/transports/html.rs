//! HTML: entities and the few tags that logs are shown in.

use std::borrow::Cow;

/// The tags that are removed; `<TASK>` and `<IRQ>` are the kernel's.
const TAGS: [&[u8]; 26] = [
    b"pre",
    b"code",
    b"br",
    b"span",
    b"p",
    b"div",
    b"td",
    b"tr",
    b"th",
    b"li",
    b"ul",
    b"ol",
    b"b",
    b"i",
    b"a",
    b"tt",
    b"font",
    b"em",
    b"strong",
    b"table",
    b"tbody",
    b"body",
    b"html",
    b"head",
    b"blockquote",
    b"samp",
];

/// The tags that end a line.
const BREAKS: [&[u8]; 5] = [b"br", b"p", b"div", b"tr", b"li"];

/// The entities that occur in logs.
const ENTITIES: [(&[u8], u8); 12] = [
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&amp;", b'&'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&#39;", b'\''),
    (b"&#039;", b'\''),
    (b"&#34;", b'"'),
    (b"&#x27;", b'\''),
    (b"&#x2F;", b'/'),
    (b"&nbsp;", b' '),
    (b"&#160;", b' '),
];

/// Removes tags and entities; a tag that ends a line becomes a line break.
pub(super) fn without_html(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'<', b'&', line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((byte, after)) = rest.split_first() {
        let removed = match byte {
            b'<' => tag(after).map(|(ends_line, after)| {
                if ends_line {
                    bytes.push(b'\n');
                }
                after
            }),
            b'&' => ENTITIES
                .iter()
                .find_map(|(entity, meant)| rest.strip_prefix(*entity).inspect(|_| bytes.push(*meant))),
            _ => None,
        };
        rest = removed.unwrap_or_else(|| {
            bytes.push(*byte);
            after
        });
    }
    while bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Cow::Owned(bytes)
}

/// Reads a known tag; tells whether it ends a line.
fn tag(after: &[u8]) -> Option<(bool, &[u8])> {
    let (closing, name) = match after.strip_prefix(b"/") {
        Some(name) => (true, name),
        None => (false, after),
    };
    let length = name.iter().take(12).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (name, rest) = name.split_at_checked(length)?;
    let known = |tags: &[&[u8]]| tags.iter().any(|tag| tag.eq_ignore_ascii_case(name));
    if !known(&TAGS) {
        return None;
    }
    let end = match rest.first()? {
        b'>' => 0,
        b' ' | b'/' => memchr::memchr(b'>', rest.get(..512).unwrap_or(rest))?,
        _ => return None,
    };
    let ends_line = known(&BREAKS) && (closing || name.eq_ignore_ascii_case(b"br"));
    Some((ends_line, rest.get(end + 1..)?))
}

/// Tells whether a text looks like HTML.
pub(super) fn looks_like_html(head: &[u8]) -> bool {
    let has = |mark: &[u8]| memchr::memmem::find(head, mark).is_some();
    let tags: [&[u8]; 9] = [
        b"<html",
        b"<HTML",
        b"<!DOCTYPE html",
        b"<!doctype html",
        b"<pre",
        b"<br",
        b"<code",
        b"<div",
        b"<span",
    ];
    tags.iter().any(|tag| has(tag)) || has(b"&lt;") || has(b"&gt;") || has(b"&quot;") || has(b"&amp;")
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check_input;

    #[test]
    fn tags_go_and_marks_of_the_kernel_stay() {
        check_input(
            b"<pre class=\"log\"><code>&lt;4&gt;[   12.345678]  &lt;TASK&gt;<br/><4>[   12.345679]&nbsp;<IRQ> a&#39;s &amp;lt;\n\
              <p><span>[   12.345680]</span> <b>x</b></p>\n<bold>y",
            &[
                "dmesg-raw by=kernel at=12.345678 |  <TASK>",
                "dmesg-raw by=kernel at=12.345679 | <IRQ> a's &lt;",
                "dmesg at=12.345680 | x",
                "-bare | <bold>y",
            ],
        );
    }
}
