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
        layers.rest = level.unwrap_or(stamped);
        return true;
    }
    false
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
pub(super) fn without_escapes(line: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(0x1b, line) else { return Cow::Borrowed(line) };
    let Some((clean, mut rest)) = line.split_at_checked(first) else { return Cow::Borrowed(line) };
    let mut bytes = clean.to_vec();
    while let Some((byte, after)) = rest.split_first() {
        rest = match (*byte == 0x1b).then(|| sequence(after)).flatten() {
            Some(after) => after,
            None => {
                bytes.push(*byte);
                after
            }
        };
    }
    Cow::Owned(bytes)
}

/// Skips what follows an escape character, if it is a whole sequence.
fn sequence(after: &[u8]) -> Option<&[u8]> {
    match after {
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|byte| !(0x20..0x40).contains(byte))?;
            let (_, ended) = rest.split_at_checked(end)?;
            ended.split_first().filter(|(last, _)| (0x40..0x7f).contains(*last)).map(|(_, rest)| rest)
        }
        // A title of a window, which ends in a bell or in another escape.
        [b']', rest @ ..] => {
            let end = rest.iter().position(|byte| matches!(byte, 0x07 | 0x1b))?;
            match rest.get(end..)? {
                [0x07, rest @ ..] | [0x1b, b'\\', rest @ ..] => Some(rest),
                _ => None,
            }
        }
        [b'(' | b')', _, rest @ ..] => Some(rest),
        [b'7' | b'8' | b'=' | b'>' | b'c' | b'D' | b'E' | b'M', rest @ ..] => Some(rest),
        _ => None,
    }
}
