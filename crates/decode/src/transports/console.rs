//! Consoles and what captures them: control characters, foreign prefixes, lost messages, pstore.

use std::borrow::Cow;

use super::{
    dmesg::{follows_a_name, since_boot},
    layers::Layers,
    stamp::{clock, number, seconds},
};
use crate::record::Transport;

/// How long a prefix of unknown make may be.
const PREFIX: usize = 128;

/// Removes a prefix of unknown make before a stamp of the kernel, or before a tab.
pub(super) fn unknown_prefix(layers: &mut Layers<'_>) -> bool {
    stamp_ahead(layers) || clock_and_tab(layers)
}

fn stamp_ahead(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    // What the kernel itself puts before a message is a message as well.
    if dropped_marker(line).is_some() {
        return false;
    }
    for at in memchr::memchr_iter(b'[', line.get(..PREFIX).unwrap_or(line)) {
        let Some((prefix, stamped)) = line.split_at_checked(at) else { return false };
        let Some((_, after)) = since_boot(stamped) else { continue };
        // The kernel pads the seconds to five, and only a separator or a caller id follows.
        let padded = 14 <= stamped.len() - after.len();
        let [b' ' | b'[', text @ ..] = after else { continue };
        if !padded || text.is_empty() || follows_a_name(text) || prefix.ends_with(b"Comm: ") {
            continue;
        }
        // Whatever it is, it is a wrapping: a stamp follows that only the kernel prints.
        let level = prefix.iter().rev().take(5).position(|byte| *byte == b'<');
        let level = level.and_then(|back| line.get(at - back - 1..)).filter(|rest| is_level(rest));
        layers.wrapped(Transport::Console);
        layers.rest = within_quotes(prefix, level.unwrap_or(stamped));
        return true;
    }
    false
}

/// Ends a field of a table where the quote ends that its prefix opened; a doubled one is text.
fn within_quotes<'a>(prefix: &[u8], field: &'a [u8]) -> &'a [u8] {
    let opened = memchr::memchr_iter(b'"', prefix).count() % 2 == 1 && prefix.ends_with(b"\"");
    let mut quotes = memchr::memchr_iter(b'"', field).filter(|_| opened);
    while let Some(at) = quotes.next() {
        match field.get(at + 1) {
            Some(b'"') => _ = quotes.next(),
            None | Some(b',' | b';' | b'\t') => return field.get(..at).unwrap_or(field),
            Some(_) => {}
        }
    }
    field
}

fn is_level(bytes: &[u8]) -> bool {
    let Some(inner) = bytes.strip_prefix(b"<") else { return false };
    matches!(number(inner), Some((_, [b'>', b'[', ..])))
}

/// Removes `node7 15:45:51<tab>`: without a stamp of the kernel, a clock is asked for.
fn clock_and_tab(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    let head = line.get(..64).unwrap_or(line);
    let Some(tab) = memchr::memchr(b'\t', head) else { return false };
    let Some(prefix) = head.get(..tab) else { return false };
    if !prefix.windows(8).any(|window| clock(window).is_some()) {
        return false;
    }
    layers.wrapped(Transport::Console);
    layers.rest = line.get(tab + 1..).unwrap_or_default();
    true
}

/// Knows the headers of pstore and ramoops, which are lines of their own.
pub(super) fn pstore_header(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    let ramoops = line
        .strip_prefix(b"====")
        .and_then(|rest| seconds(rest).or_else(|| number(rest)))
        .is_some_and(|(_, rest)| matches!(rest, b"" | b"-C" | b"-D"));
    if !ramoops && !is_part_header(line) {
        return false;
    }
    layers.wrapped(Transport::DmesgRaw);
    layers.stop();
    true
}

/// Tells whether this is `Panic#1 Part1`.
fn is_part_header(line: &[u8]) -> bool {
    let Some(hash) = memchr::memchr(b'#', line.get(..16).unwrap_or(line)) else { return false };
    let Some((reason, [_, rest @ ..])) = line.split_at_checked(hash) else { return false };
    let Some((_, rest)) = number(rest) else { return false };
    let Some((_, rest)) = rest.strip_prefix(b" Part").and_then(number) else { return false };
    reason.iter().all(u8::is_ascii_alphabetic) && rest.is_empty()
}

/// Splits `** 5 printk messages dropped ** `, which old kernels print before the next message, off
/// the front; the rest is not empty.
pub(super) fn dropped_marker(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let after = text.strip_prefix(b"** ")?;
    let rest = match number(after) {
        Some((_, rest)) => {
            let rest = rest.strip_prefix(b" printk message")?;
            rest.strip_prefix(b"s").unwrap_or(rest).strip_prefix(b" dropped **")?
        }
        None => after.strip_prefix(b"replaying previous printk message **")?,
    };
    let (marker, _) = text.split_at_checked(text.len() - rest.len())?;
    let rest = rest.trim_ascii_start();
    (!rest.is_empty()).then_some((marker, rest))
}

/// Removes the sequences by which terminals are told to color, clear and move.
///
/// The name of a task may color as well; so colors are removed only from lines that start with a
/// sequence or end with the end of all colors, as colored output does.
pub(super) fn without_escapes(line: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(0x1b, line) else { return Cow::Borrowed(line) };
    let Some((clean, mut rest)) = line.split_at_checked(first) else { return Cow::Borrowed(line) };
    let end = line.trim_ascii_end();
    let colored = clean.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'>'))
        || [&b"\x1b[0m"[..], b"\x1b[m", b"\x1b(B"].iter().any(|reset| end.ends_with(reset));
    let mut bytes = clean.to_vec();
    while let Some((byte, after)) = rest.split_first() {
        let skipped = if *byte == 0x1b { sequence(after) } else { None };
        rest = match skipped {
            Some((last, after)) if colored || last != b'm' => after,
            _ => {
                bytes.push(*byte);
                after
            }
        };
    }
    Cow::Owned(bytes)
}

/// Skips what follows an escape character, if it is a whole sequence; tells its last byte.
fn sequence(after: &[u8]) -> Option<(u8, &[u8])> {
    match after {
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|byte| !(0x20..0x40).contains(byte))?;
            let (last, rest) = rest.get(end..)?.split_first()?;
            (0x40..0x7f).contains(last).then_some((*last, rest))
        }
        // A title of a window, which ends in a bell or in another escape.
        [b']', rest @ ..] => {
            let end = rest.iter().position(|byte| matches!(byte, 0x07 | 0x1b))?;
            match rest.get(end..)? {
                [0x07, rest @ ..] | [0x1b, b'\\', rest @ ..] => Some((0x07, rest)),
                _ => None,
            }
        }
        [b'(' | b')', last, rest @ ..] => Some((*last, rest)),
        [last @ (b'7' | b'8' | b'=' | b'>' | b'c' | b'D' | b'E' | b'M'), rest @ ..] => Some((*last, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, check_input};

    #[test]
    fn prefixes_of_unknown_make() {
        check(b"Creating journal: [   35.419377] x", "console at=35.419377 | x");
        check(b"node7 <4>[   35.419377] x", "console by=kernel at=35.419377 | x");
        check(b"node7 15:45:51\tx: y", "console | x: y");
        check(
            b"[2022-05-10 15:45:51] [   35.419377]  x",
            "console at=35.419377 iso=2022-05-10 15:45:51 |  x",
        );
        check(b"\t[   35.419377]  x", "dmesg at=35.419377 |  x");
        check(b"Name\tUsed", "-bare | Name\tUsed");
    }

    #[test]
    fn fields_of_tables_end_with_their_quotes() {
        check(br#"1,"[   35.419377]  x""#, "console at=35.419377 |  x");
        check(br#""a","b","[   35.419377] x (y)","z""#, "console at=35.419377 | x (y)");
        check(br#""a","[   35.419377] x ""y"" z""#, r#"console at=35.419377 | x ""y"" z"#);
        check(br#"said "x": [   35.419377] y""#, r#"console at=35.419377 | y""#);
        check(br#"1,[   35.419377] y""#, r#"console at=35.419377 | y""#);
    }

    #[test]
    fn pstore() {
        check(b"Panic#1 Part1", "dmesg-raw | Panic#1 Part1");
        check(b"====1652190351.123456-D", "dmesg-raw | ====1652190351.123456-D");
        check(b"====", "-bare | ====");
    }

    #[test]
    fn control_characters() {
        check(b"[   12.345678] x\r\r", "dmesg at=12.345678 | x");
        check(b"\x1b[32m[   12.345678] \x1b[0m\x1b[1mx\x1b[0m", "dmesg at=12.345678 | x");
        check(b"\x1b]0;title\x07[   12.345678] x\x1b[K", "dmesg at=12.345678 | x");
        check(
            b"[   12.345678] hi\x1b[31m invoked oom-killer",
            "dmesg at=12.345678 | hi\x1b[31m invoked oom-killer",
        );
        check_input(
            b"a\r[   12.345678] x\r[   12.345679] y\r\r\n\nlogin: \r",
            &["-bare | a", "dmesg at=12.345678 | x", "dmesg at=12.345679 | y", "-bare | ", "-bare | login: "],
        );
    }

    #[test]
    fn lost_messages_are_records_of_their_own() {
        check_input(
            b"** 5 printk messages dropped ** [   12.345678] x\n\
              [   12.345679] ** 1 printk message dropped **\n\
              <4>[   12.345680] ** replaying previous printk message ** <4>[   12.345681] y",
            &[
                "-bare | ** 5 printk messages dropped **",
                "dmesg at=12.345678 | x",
                "dmesg at=12.345679 | ** 1 printk message dropped **",
                "dmesg-raw by=kernel at=12.345680 | ** replaying previous printk message **",
                "dmesg-raw by=kernel at=12.345681 | y",
            ],
        );
    }
}
