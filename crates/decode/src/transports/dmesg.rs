//! The prefixes of the kernel and of `dmesg`: levels, stamps, caller ids.
//!
//! A task-table row starts with `[ 1234]`: a stamp of the kernel has a dot and exactly six decimals.

use std::borrow::Cow;

use oomkit_core::units::SinceBoot;

use super::{
    layers::{Escapes, Layers},
    stamp::{clock, number, seconds, skip_blanks, skip_separator, token},
};
use crate::record::{Caller, Transport, WallStamp, Writer};

/// The names of facilities, as `dmesg -x` and BusyBox write them.
const FACILITIES: [&[u8]; 20] = [
    b"kern",
    b"user",
    b"mail",
    b"daemon",
    b"auth",
    b"syslog",
    b"lpr",
    b"news",
    b"uucp",
    b"cron",
    b"authpriv",
    b"ftp",
    b"local0",
    b"local1",
    b"local2",
    b"local3",
    b"local4",
    b"local5",
    b"local6",
    b"local7",
];

/// The names of levels.
const LEVELS: [&[u8]; 11] = [
    b"emerg", b"alert", b"crit", b"err", b"warn", b"notice", b"info", b"debug", b"panic", b"error",
    b"warning",
];

/// Removes any of the stamps in brackets.
pub(super) fn bracket(layers: &mut Layers<'_>) -> bool {
    kernel_stamp(layers) || ctime(layers) || relative(layers) || bracketed_iso(layers)
}

/// Removes `[12345.678901] `, perhaps with a delta inside, and the caller id after it.
pub(super) fn kernel_stamp(layers: &mut Layers<'_>) -> bool {
    let Some((at, rest)) = since_boot(layers.rest) else { return false };
    let text = skip_separator(rest);
    if follows_a_name(text) {
        return false;
    }
    layers.wrapped(Transport::Dmesg);
    layers.since_boot(at);
    layers.escapes(Escapes::Dmesg);
    layers.rest = text;
    layers.in_ring = true;
    caller(layers);
    true
}

/// Reads a kernel stamp; what is returned with it starts after the bracket.
pub(super) fn since_boot(bytes: &[u8]) -> Option<(SinceBoot, &[u8])> {
    let [b'[', inner @ ..] = bytes else { return None };
    let (micros, rest) = seconds(skip_blanks(inner))?;
    let rest = match rest {
        [b']', rest @ ..] => rest,
        _ => match skip_blanks(rest) {
            // Before the first delta, journalctl leaves its room blank.
            [b']', rest @ ..] => rest,
            deltas => delta(deltas)?.strip_prefix(b"]")?,
        },
    };
    Some((SinceBoot::from_micros(micros), rest))
}

/// Tells whether the text is what the kernel prints after the name of a task.
///
/// A name may look like a stamp; then the stamp-like text is all that stands before these words.
pub(super) fn follows_a_name(text: &[u8]) -> bool {
    text.starts_with(b"invoked ") || text.starts_with(b"cpuset=")
}

/// Removes `<    0.000012>`, with or without a blank before its end.
fn delta(bytes: &[u8]) -> Option<&[u8]> {
    let (_, rest) = seconds(skip_blanks(bytes.strip_prefix(b"<")?))?;
    skip_blanks(rest).strip_prefix(b">")
}

/// Removes `[Tue May 10 15:45:51 2022] `, in any language: a clock inside, a year at the end.
fn ctime(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    let Some((inner, rest)) = in_brackets(line, 64) else { return false };
    let stamp = match memchr::memchr(b'<', inner) {
        Some(at) => inner.get(..at).unwrap_or_default().trim_ascii_end(),
        None => inner,
    };
    if !ends_in_year(stamp) || !stamp.windows(8).any(|window| clock(window).is_some()) {
        return false;
    }
    layers.wrapped(Transport::DmesgCtime);
    layers.wall(WallStamp::Ctime(Cow::Borrowed(stamp)));
    into_ring(layers, rest);
    true
}

fn ends_in_year(stamp: &[u8]) -> bool {
    matches!(stamp, [.., b' ', b'1' | b'2', b'0' | b'9', c, d] if c.is_ascii_digit() && d.is_ascii_digit())
}

/// Removes `[May10 15:45] `, `[  +0.000003] ` and `[<    0.000012>] `.
fn relative(layers: &mut Layers<'_>) -> bool {
    let Some((inner, rest)) = in_brackets(layers.rest, 40) else { return false };
    let is_delta = |bytes| delta(bytes).is_some_and(<[u8]>::is_empty);
    let plus = skip_blanks(inner).strip_prefix(b"+").and_then(seconds);
    if !is_delta(inner) && !plus.is_some_and(|(_, rest)| rest.is_empty()) && !is_minute(inner) {
        return false;
    }
    layers.wrapped(Transport::DmesgReltime);
    into_ring(layers, rest);
    true
}

/// Tells whether this is `May10 15:45`, in any language.
fn is_minute(inner: &[u8]) -> bool {
    let [month @ .., b' ', a, b, b':', c, d] = inner else { return false };
    let name = month.iter().take_while(|byte| byte.is_ascii_alphabetic() || 0x80 <= **byte).count();
    let day = skip_blanks(month.get(name..).unwrap_or_default());
    0 < name && (1..=2).contains(&day.len()) && day.iter().chain([a, b, c, d]).all(u8::is_ascii_digit)
}

/// Removes `[2022-05-10 15:45:51.123] `, which captures of consoles put before each line.
fn bracketed_iso(layers: &mut Layers<'_>) -> bool {
    let Some((inner, rest)) = in_brackets(layers.rest, 48) else { return false };
    let wall = match super::stamp::iso(inner) {
        Some(iso) if iso.rest.is_empty() => Some(WallStamp::Iso(Cow::Borrowed(inner))),
        Some(_) => return false,
        None => match clock(inner) {
            Some((_, [])) => None,
            _ => return false,
        },
    };
    layers.wrapped(Transport::Console);
    if let Some(wall) = wall {
        layers.wall(wall);
    }
    layers.rest = skip_separator(rest);
    true
}

fn in_brackets(line: &[u8], within: usize) -> Option<(&[u8], &[u8])> {
    let [b'[', inner @ ..] = line else { return None };
    let end = memchr::memchr(b']', inner.get(..within).unwrap_or(inner))?;
    Some((inner.get(..end)?, inner.get(end + 1..)?))
}

/// Removes `2022-05-10T15:45:51,123456+02:00 `, the only ISO stamp with a comma and six decimals.
pub(super) fn iso<'a>(layers: &mut Layers<'a>, iso: &super::stamp::Iso<'a>) -> bool {
    if !iso.comma || iso.decimals != 6 || !iso.t {
        return false;
    }
    layers.wrapped(Transport::DmesgIso);
    layers.wall(WallStamp::Iso(Cow::Borrowed(iso.stamp)));
    into_ring(layers, iso.rest);
    true
}

fn into_ring<'a>(layers: &mut Layers<'a>, rest: &'a [u8]) {
    layers.rest = skip_separator(rest);
    layers.escapes(Escapes::Dmesg);
    layers.in_ring = true;
    caller(layers);
}

/// Removes `[  T123] ` or `[    C0] `, directly after a stamp or after a blank.
fn caller(layers: &mut Layers<'_>) {
    let [b'[', inner @ ..] = layers.rest else { return };
    let (of, digits) = match skip_blanks(inner) {
        [b'T', digits @ ..] => (Caller::Task as fn(u32) -> Caller, digits),
        [b'C', digits @ ..] => (Caller::Cpu as fn(u32) -> Caller, digits),
        _ => return,
    };
    let Some((id, [b']', rest @ ..])) = number(digits) else { return };
    let Ok(id) = u32::try_from(id) else { return };
    let text = skip_separator(rest);
    if follows_a_name(text) {
        return;
    }
    layers.record.caller = Some(of(id));
    layers.rest = text;
}

/// Removes `<4>` and keeps its facility until it is clear who it speaks for.
pub(super) fn level(layers: &mut Layers<'_>) -> bool {
    let [b'<', inner @ ..] = layers.rest else { return false };
    let Some((priority, [b'>', rest @ ..])) = number(inner) else { return false };
    if 3 < inner.len() - rest.len() - 1 {
        return false;
    }
    layers.facility = Some(priority >> 3);
    layers.record.stamped = true;
    layers.rest = rest;
    true
}

/// Removes `kern  :warn  : `, which `dmesg -x` puts first.
pub(super) fn decoded(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    let Some(colon) = memchr::memchr(b':', line.get(..9).unwrap_or(line)) else { return false };
    let Some((facility, [_, after @ ..])) = line.split_at_checked(colon) else { return false };
    let Some(colon) = memchr::memchr(b':', after.get(..8).unwrap_or(after)) else { return false };
    let Some((level, [_, rest @ ..])) = after.split_at_checked(colon) else { return false };
    // Names are padded to six, so two short words and colons are not enough.
    if level.len() < 6 || !LEVELS.contains(&level.trim_ascii_end()) {
        return false;
    }
    let Some(facility) = facility_of(facility.trim_ascii_end()) else { return false };
    layers.wrapped(Transport::DmesgDecoded);
    layers.written_by(ring_writer(facility));
    layers.escapes(Escapes::Dmesg);
    layers.rest = skip_separator(rest);
    true
}

/// Returns the number of a facility by its name.
pub(super) fn facility_of(name: &[u8]) -> Option<u64> {
    FACILITIES.iter().position(|known| *known == name).and_then(|at| u64::try_from(at).ok())
}

/// Reads `kern.warn`, which BusyBox puts before the tag, as the number of the facility.
pub(super) fn facility_and_level(word: &[u8]) -> Option<u64> {
    let dot = memchr::memchr(b'.', word)?;
    LEVELS.contains(&word.get(dot + 1..)?).then_some(())?;
    facility_of(word.get(..dot)?)
}

/// Returns who a facility of the ring buffer speaks for.
pub(super) fn ring_writer<'a>(facility: u64) -> Writer<'a> {
    if facility == 0 { Writer::Kernel } else { Writer::KernelLogFromUser }
}

/// Removes `host kernel: ` after a kernel stamp, as `journalctl -o short-monotonic` prints it.
///
/// Other programs are believed only on a host that has been seen with the kernel's tag, since
/// `[12.345678] Web Content[1]: ` is text of the kernel about a task of that name.
pub(super) fn monotonic_host(layers: &mut Layers<'_>, host: Option<&[u8]>) -> bool {
    let (name, rest) = token(layers.rest);
    let (tag, after) = token(rest);
    let named = !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    if !named || after.is_empty() && !rest.ends_with(b" ") || follows_a_name(after) {
        return false;
    }
    let writer = match super::syslog::tag(tag) {
        Some(program) if super::syslog::is_kernel(program) => Writer::Kernel,
        Some(program) if host == Some(name) => Writer::Program(Cow::Borrowed(program)),
        _ => return false,
    };
    if layers.record.transport == Transport::Dmesg {
        layers.record.transport = Transport::JournalShortMonotonic;
    }
    layers.record.host = Some(Cow::Borrowed(name));
    layers.written_by(writer);
    layers.rest = after;
    true
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, check_input};

    #[test]
    fn stamps_of_the_kernel() {
        check(b"[12345.678901] Mem-Info:", "dmesg at=12345.678901 | Mem-Info:");
        check(b"[    0.000000]  free:1 free_pcp:2", "dmesg at=0.000000 |  free:1 free_pcp:2");
        check(b"[13930750.441874][ T1234] x", "dmesg at=13930750.441874 caller=T1234 | x");
        check(b"[   12.345678][    C0]  <TASK>", "dmesg at=12.345678 caller=C0 |  <TASK>");
        check(b"[   12.345678] [  T77] x", "dmesg at=12.345678 caller=T77 | x");
        check(b"[12345.678901 <    0.000012>] x", "dmesg at=12345.678901 | x");
        check(b"[   12.345678]", "dmesg at=12.345678 | ");
        check(b"[   12.345678] comm \\xe6\\x97\\xa5 \\x41", "dmesg at=12.345678 | comm \u{65e5} \\x41");
        check(b"[    1.000000] [    1.000001] x", "dmesg at=1.000001 | x");
    }

    #[test]
    fn levels_and_facilities() {
        check(b"<4>[   12.345678] x", "dmesg-raw by=kernel at=12.345678 | x");
        check(b"<12>[    9.640879] x", "dmesg-raw by=user at=9.640879 | x");
        check(b"<4>[ 1234]  1000 x", "dmesg-raw by=kernel | [ 1234]  1000 x");
        check(b"kern  :warn  : [   19.011001] x", "dmesg-decoded by=kernel at=19.011001 | x");
        check(b"user  :notice: [   19.011001] x", "dmesg-decoded by=user at=19.011001 | x");
        check(b"authpriv:info  : [   19.011001] x", "dmesg-decoded by=user at=19.011001 | x");
        check(b"kern  :err   : x", "dmesg-decoded by=kernel | x");
        check(
            b"kern  :warn  : 2022-05-10T15:45:51,123456+02:00  x",
            "dmesg-decoded by=kernel iso=2022-05-10T15:45:51,123456+02:00 |  x",
        );
    }

    #[test]
    fn stamps_of_people() {
        check(b"[Tue May 10 15:45:51 2022] x", "dmesg-ctime ctime=Tue May 10 15:45:51 2022 | x");
        check(b"[Di Aug 12 03:54:03 2025]  x", "dmesg-ctime ctime=Di Aug 12 03:54:03 2025 |  x");
        let cjk = "[\u{6708}  1\u{6708} 26 01:49:41 2026] x";
        check(cjk.as_bytes(), "dmesg-ctime ctime=\u{6708}  1\u{6708} 26 01:49:41 2026 | x");
        check(
            b"[Tue May 10 15:45:51 2022 <    0.000012>] [   T9] x",
            "dmesg-ctime ctime=Tue May 10 15:45:51 2022 caller=T9 | x",
        );
        check(b"[May10 15:45] x", "dmesg-reltime | x");
        check(b"[  +0.000003]  x", "dmesg-reltime |  x");
        check(b"[<    0.000012>] x", "dmesg-reltime | x");
        check(
            b"2022-05-10T15:45:51,123456+02:00 x: y",
            "dmesg-iso iso=2022-05-10T15:45:51,123456+02:00 | x: y",
        );
    }

    #[test]
    fn what_only_looks_like_a_stamp() {
        for row in [
            "[ 1234]  1000  1234  2628942 x",
            "[  pid  ]   uid  tgid total_vm",
            "[c00000037540f730] [c00000000127ec44] dump_stack+0x88/0xc4",
            "[   12.34567] x",
            "[   12.3456789] x",
            "[ 1234]  1000  1234 [    1.234567]",
            "a [1.234567] b",
            "CPU: 0 PID: 1 Comm: [    1.234567] Not tainted",
            "Killed process 1 ([    1.234567]) total-vm:8kB",
            "[    1.234567] invoked oom-killer: order=0",
        ] {
            check(row.as_bytes(), &format!("-bare | {row}"));
        }
        check(
            b"[   12.345678] [    1.234567] invoked oom-killer: order=0",
            "dmesg at=12.345678 | [    1.234567] invoked oom-killer: order=0",
        );
        check(b"[   12.345678] kernel: x", "dmesg at=12.345678 | kernel: x");
        check(
            b"[   12.345678] Web Content[2979]: segfault",
            "dmesg at=12.345678 | Web Content[2979]: segfault",
        );
        check(b"[   12.345678] x kernel: invoked oom", "dmesg at=12.345678 | x kernel: invoked oom");
    }

    #[test]
    fn a_host_after_a_stamp() {
        check_input(
            b"[   12.345678                ] iota kernel:  x\n[   12.345679 <    0.000001 >] iota sshd[77]: y\n[   12.345680] Web Content[77]: z",
            &[
                "journal-short-monotonic by=kernel at=12.345678 host=iota |  x",
                "journal-short-monotonic by=program:sshd at=12.345679 host=iota | y",
                "dmesg at=12.345680 | Web Content[77]: z",
            ],
        );
    }
}
