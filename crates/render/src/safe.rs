//! Text that is safe to show: the last gate before a terminal or a page.

use std::borrow::Cow;

use oomkit_core::ident::visible;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::style::Characters;

/// Returns text without control characters, bidirectional overrides and invisible letters.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    visible(text.as_bytes())
}

/// Returns safe text in the characters that the terminal can show.
pub(crate) fn spelled(text: &str, characters: Characters) -> Cow<'_, str> {
    let safe = shown(text);
    match characters {
        Characters::Unicode => safe,
        Characters::Ascii if safe.is_ascii() => safe,
        Characters::Ascii => Cow::Owned(safe.chars().fold(String::new(), |mut out, c| {
            match c {
                '\u{2026}' => out.push_str("..."),
                c if c.is_ascii() => out.push(c),
                c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            }
            out
        })),
    }
}

/// Returns the columns that a line takes on a terminal.
pub(crate) fn columns(line: &str) -> usize {
    UnicodeWidthStr::width(line)
}

/// Returns text cut in the middle to at most so many columns.
pub(crate) fn shortened(text: &str, room: usize, characters: Characters) -> Cow<'_, str> {
    if columns(text) <= room {
        return Cow::Borrowed(text);
    }
    let mark = match characters {
        Characters::Unicode => "\u{2026}",
        Characters::Ascii => "..",
    };
    let left = room.saturating_sub(columns(mark));
    let head: String = fitting(text.chars(), left / 2).collect();
    let tail: Vec<char> = fitting(text.chars().rev(), left - left / 2).collect();
    Cow::Owned(head + mark + &tail.into_iter().rev().collect::<String>())
}

fn fitting(chars: impl Iterator<Item = char>, room: usize) -> impl Iterator<Item = char> {
    chars.scan(0, move |used, c| {
        *used += c.width().unwrap_or(0);
        (*used <= room).then_some(c)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_lose_their_middle() {
        for (text, room, short) in [
            ("short", 5, "short"),
            ("/kubepods/burstable/pod1", 11, "/kube\u{2026}/pod1"),
            ("\u{65e5}\u{672c}\u{8a9e}\u{6587}\u{5b57}", 7, "\u{65e5}\u{2026}\u{5b57}"),
        ] {
            let cut = shortened(text, room, Characters::Unicode);
            assert!(columns(&cut) <= room, "{cut}");
            assert_eq!(cut.chars().next(), short.chars().next());
            assert_eq!(cut.chars().last(), short.chars().last());
        }
    }

    #[test]
    fn a_plain_terminal_gets_ascii() {
        assert_eq!(spelled("a\u{2026}\u{65e5}\x1b", Characters::Ascii), "a...\\u{65e5}\\x1b");
    }
}
