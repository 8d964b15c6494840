//! Android: logcat, and what vendors put between the kernel's stamp and its text.

use std::borrow::Cow;

use super::{
    layers::Layers,
    stamp::{Iso, clock, number, skip_blanks, skip_separator},
};
use crate::record::{Caller, Transport, WallStamp, Writer};

/// Removes `05-10 15:45:51.123  1234  1234 I tag: `, and its cousin of `logcat -v time`.
pub(super) fn threadtime(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    let [a, b, b'-', c, d, b' ', time @ ..] = line else { return false };
    if ![a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let Some((_, rest)) = clock(time) else { return false };
    let stamp = line.get(..line.len() - rest.len()).unwrap_or_default();
    after_stamp(layers, WallStamp::Logcat(Cow::Borrowed(stamp)), rest)
}

/// The same with a year: `logcat -v year`.
pub(super) fn with_year<'a>(layers: &mut Layers<'a>, iso: &Iso<'a>) -> bool {
    if iso.t || iso.decimals < 3 {
        return false;
    }
    after_stamp(layers, WallStamp::Iso(Cow::Borrowed(iso.stamp)), iso.rest)
}

fn after_stamp<'a>(layers: &mut Layers<'a>, wall: WallStamp<'a>, rest: &'a [u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b" ") else { return false };
    if let Some((program, text)) = level_and_tag(rest) {
        take(layers, Writer::Program(Cow::Borrowed(program)), text);
        layers.wall(wall);
        return true;
    }
    let Some((first, [b' ', after @ ..])) = number(skip_blanks(rest)) else { return false };
    let Some((second, [b' ', after @ ..])) = number(skip_blanks(after)) else { return false };
    // With `-v uid`, three numbers stand here.
    let (process, after) = match number(skip_blanks(after)) {
        Some((_, [b' ', after @ ..])) => (second, after),
        _ => (first, after),
    };
    let Some((level, [b' ', message @ ..])) = skip_blanks(after).split_first() else { return false };
    if !is_level(*level) {
        return false;
    }
    let colon = memchr::memmem::find(message, b": ").or_else(|| message.strip_suffix(b":").map(<[u8]>::len));
    let Some((program, text)) = colon.and_then(|at| message.split_at_checked(at)) else { return false };
    let text = skip_separator(text.strip_prefix(b":").unwrap_or(text));
    if process == 0 {
        // The reader of the kernel's log makes a tag of any first word with a colon.
        let is_text = !matches!(program.trim_ascii(), b"" | b"kernel");
        take(layers, Writer::Kernel, if is_text { message } else { text });
    } else {
        take(layers, Writer::Program(Cow::Borrowed(program.trim_ascii())), text);
    }
    layers.wall(wall);
    true
}

/// Removes `I/tag( 1234): `.
pub(super) fn brief(layers: &mut Layers<'_>) -> bool {
    let Some((program, text)) = level_and_tag(layers.rest) else { return false };
    take(layers, Writer::Program(Cow::Borrowed(program)), text);
    true
}

fn level_and_tag(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [level, b'/', rest @ ..] = bytes else { return None };
    let open = is_level(*level).then(|| memchr::memchr(b'(', rest.get(..100).unwrap_or(rest)))??;
    let (program, after) = rest.split_at_checked(open)?;
    let (_, after) = number(skip_blanks(after.strip_prefix(b"(")?))?;
    Some((program.trim_ascii_end(), skip_separator(after.strip_prefix(b"):")?)))
}

fn is_level(byte: u8) -> bool {
    matches!(byte, b'V' | b'D' | b'I' | b'W' | b'E' | b'F' | b'A' | b'S')
}

fn take<'a>(layers: &mut Layers<'a>, writer: Writer<'a>, text: &'a [u8]) {
    layers.wrapped(Transport::Logcat);
    layers.written_by(writer);
    layers.rest = text;
    layers.in_ring = true;
}

/// Removes what vendors put after the kernel's stamp: `c0   1234 `, `[1:  kworker/1:1:   34] `,
/// `(1)[123:comm]`, `<0>.(1)[123:comm]`.
pub(super) fn vendor(layers: &mut Layers<'_>) -> bool {
    if layers.record.since_boot.is_none() || layers.record.caller.is_some() {
        return false;
    }
    let found = match layers.rest {
        [b'c', ..] => numbered(layers.rest),
        [b'[', ..] => samsung(layers.rest),
        [b' ', rest @ ..] => samsung(rest).or_else(|| mediatek(rest)),
        rest => mediatek(rest),
    };
    let Some((task, text)) = found else { return false };
    let Ok(task) = u32::try_from(task) else { return false };
    layers.record.caller = Some(Caller::Task(task));
    layers.rest = text;
    true
}

fn numbered(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (_, rest) = number(bytes.strip_prefix(b"c")?)?;
    let (task, rest) = number(skip_blanks(rest.strip_prefix(b" ")?))?;
    Some((task, rest.strip_prefix(b" ")?))
}

fn samsung(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (_, name) = number(skip_blanks(bytes.strip_prefix(b"[")?))?;
    let name = name.strip_prefix(b":")?;
    // The name may hold brackets and colons, so the end is the first bracket after a number.
    for end in memchr::memchr_iter(b']', name.get(..48).unwrap_or(name)) {
        let inner = name.get(..end)?;
        let digits = inner.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (before, digits) = inner.split_at_checked(inner.len() - digits)?;
        if !before.trim_ascii_end().ends_with(b":") {
            continue;
        }
        if let Some((task, _)) = number(digits) {
            return Some((task, skip_separator(name.get(end + 1..)?)));
        }
    }
    None
}

fn mediatek(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let rest = match bytes {
        [b'<', b'0'..=b'9', b'>', rest @ ..] => rest,
        _ => bytes,
    };
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    let (_, rest) = number(rest.strip_prefix(b"(")?)?;
    let (task, name) = number(rest.strip_prefix(b")[")?)?;
    let name = name.strip_prefix(b":")?;
    let end = memchr::memchr(b']', name.get(..32).unwrap_or(name))?;
    Some((task, skip_separator(name.get(end + 1..)?)))
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check;

    #[test]
    fn logcat() {
        check(
            b"05-10 15:45:51.123  1234  1235 I lowmemorykiller: Kill 'x' (77), uid 1",
            "logcat by=program:lowmemorykiller logcat=05-10 15:45:51.123 | Kill 'x' (77), uid 1",
        );
        check(
            b"05-10 15:45:51.123     0     0 W oom_reaper: reaped process 77 (x)",
            "logcat by=kernel logcat=05-10 15:45:51.123 | oom_reaper: reaped process 77 (x)",
        );
        check(
            b"05-10 15:45:51.123     0     0 W         : Mem-Info:",
            "logcat by=kernel logcat=05-10 15:45:51.123 | Mem-Info:",
        );
        check(b"I/lmkd    (  77): Kill 'x'", "logcat by=program:lmkd | Kill 'x'");
        check(
            b"05-10 15:45:51.123 I/lmkd    (  77): Kill 'x'",
            "logcat by=program:lmkd logcat=05-10 15:45:51.123 | Kill 'x'",
        );
        check(
            b"2022-05-10 15:45:51.123  root     1  2 E lmkd    : x",
            "console iso=2022-05-10 15:45:51.123 |  root     1  2 E lmkd    : x",
        );
        check(
            b"2022-05-10 15:45:51.123   1  2 E lmkd    : x",
            "logcat by=program:lmkd iso=2022-05-10 15:45:51.123 | x",
        );
    }

    #[test]
    fn vendors() {
        check(b"<6>[   12.345678] c0   1234 x", "dmesg-raw by=kernel at=12.345678 caller=T1234 | x");
        check(
            b"<6>[   12.345678]  [1:  kworker/1:1:   34] x",
            "dmesg-raw by=kernel at=12.345678 caller=T34 | x",
        );
        check(b"[   12.345678]  (1)[123:a b]x", "dmesg at=12.345678 caller=T123 | x");
        check(b"[   12.345678] <0>.(1)[123:kworker/0:1]x", "dmesg at=12.345678 caller=T123 | x");
        for text in
            ["cc1 invoked oom-killer", "c0", " [ 1234]  1000", "(sd-pam) invoked oom-killer", "[1:x] y"]
        {
            check(format!("[   12.345678] {text}").as_bytes(), &format!("dmesg at=12.345678 | {text}"));
        }
    }
}
