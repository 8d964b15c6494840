//! Syslog lines after RFC 3164, and their cousins with other stamps.
//!
//! `journalctl` prints the same shapes, so its short modes are read here as well.

use std::borrow::Cow;

use super::{
    dmesg::{facility_and_level, follows_a_name, ring_writer, since_boot},
    layers::{Escapes, Layers},
    stamp::{self, Iso, Zone, clock, number, skip_blanks, skip_separator, token, word},
};
use crate::record::{Transport, WallStamp, Writer};

/// Who a line names after its stamp.
pub(super) struct Sender<'a> {
    /// The host.
    pub(super) host: Option<&'a [u8]>,
    /// The facility that stands beside the tag.
    pub(super) facility: Option<u64>,
    /// The program of the tag.
    pub(super) program: Option<&'a [u8]>,
    /// What follows the tag.
    pub(super) text: &'a [u8],
}

/// Which tags are believed after a stamp, since text of the kernel has colons as well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tags {
    /// Any: the stamp is one that only syslog writes.
    All,
    /// After a host any; without one, `kernel:` and those with a process id.
    AfterHost,
    /// `kernel:` and those with a process id: `Call Trace:` may follow such a stamp.
    Sure,
}

/// Removes `May 10 15:45:51 host kernel: ` and all that starts with a name of a month or a day.
pub(super) fn dated(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    let Some((_, after)) = word(line) else { return false };
    match after {
        [b'0'..=b'9', ..] => rfc3164(layers, after) || weekday_and_iso(layers, after),
        [b'A'..=b'Z' | b'a'..=b'z' | 0x80.., ..] => ctime(layers, after),
        _ => false,
    }
}

fn rfc3164<'a>(layers: &mut Layers<'a>, day: &'a [u8]) -> bool {
    let line = layers.rest;
    let Some((_, [b' ', time @ ..])) = number(day).filter(|(day, _)| *day <= 31) else { return false };
    let time = match number(skip_blanks(time)) {
        // Some daemons put the year here.
        Some((1970..=2999, [b' ', time @ ..])) => time,
        _ => time,
    };
    let Some((clock, rest)) = clock(time) else { return false };
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let stamp = line.get(..line.len() - rest.len()).unwrap_or_default();
    let text = skip_separator(rest);
    if follows_a_name(text) {
        return false;
    }
    let precise = clock.len() == 15;
    layers.wrapped(if precise { Transport::JournalShort } else { Transport::SyslogRfc3164 });
    layers.wall(WallStamp::Rfc3164(Cow::Borrowed(stamp.strip_suffix(b":").unwrap_or(stamp))));
    take_sender(layers, text, Tags::All);
    true
}

/// `Tue 2022-05-10 15:45:51 CST host kernel: `, as `journalctl -o short-full` prints it.
fn weekday_and_iso<'a>(layers: &mut Layers<'a>, date: &'a [u8]) -> bool {
    let Some(iso) = stamp::iso(date) else { return false };
    let (zone, rest) = token(skip_separator(iso.rest));
    layers.wrapped(Transport::JournalShort);
    let stamp = match zone {
        // The only names of zones that mean one thing everywhere.
        b"UTC" | b"GMT" => Cow::Owned([iso.stamp, b"Z"].concat()),
        _ => Cow::Borrowed(iso.stamp),
    };
    layers.wall(WallStamp::Iso(stamp));
    take_sender(layers, if iso.zone == Zone::None { rest } else { skip_separator(iso.rest) }, Tags::All);
    true
}

/// `Sat Jan 27 00:14:32 2024 kern.warn kernel: `, as BusyBox prints it.
fn ctime<'a>(layers: &mut Layers<'a>, month: &'a [u8]) -> bool {
    let line = layers.rest;
    let Some((_, day)) = word(month) else { return false };
    let Some((1..=31, [b' ', time @ ..])) = number(day) else { return false };
    let Some((_, [b' ', year @ ..])) = clock(time) else { return false };
    let Some((1970..=2999, rest @ ([] | [b' ', ..]))) = number(year) else { return false };
    layers.wrapped(Transport::SyslogRfc3164);
    let stamp = line.get(..line.len() - rest.len()).unwrap_or_default();
    layers.wall(WallStamp::Ctime(Cow::Borrowed(stamp)));
    take_sender(layers, skip_separator(rest), Tags::AfterHost);
    true
}

/// Removes a stamp that starts with the year, and what syslog writes after it.
pub(super) fn iso<'a>(layers: &mut Layers<'a>, iso: &Iso<'a>) -> bool {
    // Captures of consoles and of containers put a stamp before text of any kind: the former without
    // a zone or with a tab, the latter with seven or nine decimals.
    let (rest, tags) = match iso.rest {
        [b'\t', rest @ ..] => (rest, Tags::Sure),
        [b' ', rest @ ..] if iso.t && iso.zone != Zone::None && matches!(iso.decimals, 0 | 3 | 6) => {
            (rest, Tags::AfterHost)
        }
        [b' ', rest @ ..] => (rest, Tags::Sure),
        [] => (iso.rest, Tags::Sure),
        _ => return false,
    };
    layers.wall(WallStamp::Iso(Cow::Borrowed(iso.stamp)));
    let tagged = take_sender(layers, rest, tags);
    layers.wrapped(match (tagged, iso.zone) {
        (true, Zone::Plain) => Transport::JournalShort,
        (true, _) => Transport::SyslogIso,
        (false, _) => Transport::Console,
    });
    true
}

/// Removes `1652190351.123456 host kernel: `, as `journalctl -o short-unix` prints it.
pub(super) fn unix(layers: &mut Layers<'_>) -> bool {
    let Some((micros, [b' ', rest @ ..])) = stamp::seconds(layers.rest) else { return false };
    let Ok(micros) = i64::try_from(micros) else { return false };
    if micros < 100_000_000_000_000 || sender(rest, Tags::AfterHost).is_none() {
        return false;
    }
    layers.wrapped(Transport::JournalShort);
    layers.wall(WallStamp::UnixMicros(micros));
    take_sender(layers, rest, Tags::AfterHost);
    true
}

/// Removes `kernel: ` where no stamp stands before it.
pub(super) fn bare_tag(layers: &mut Layers<'_>) -> bool {
    let (first, rest) = token(layers.rest);
    if !matches!(first, b"kernel:" | b"kernel[0]:") || rest.is_empty() || follows_a_name(rest) {
        return false;
    }
    layers.wrapped(Transport::Console);
    into_text(layers, &Sender { host: None, facility: None, program: Some(b"kernel"), text: rest });
    true
}

fn take_sender<'a>(layers: &mut Layers<'a>, rest: &'a [u8], tags: Tags) -> bool {
    if let Some(sender) = sender(rest, tags) {
        into_text(layers, &sender);
        return true;
    }
    layers.rest = rest;
    if tags == Tags::All {
        layers.escapes(Escapes::Syslog);
    }
    let (host, text) = token(rest);
    let repeated = text.starts_with(b"last message repeated ") || text.starts_with(b"message repeated ");
    // A host without a tag is only believed before these words and before a stamp.
    if tags != Tags::Sure && (repeated || since_boot(text).is_some() && since_boot(rest).is_none()) {
        layers.record.host = Some(Cow::Borrowed(host));
        layers.rest = text;
    }
    false
}

fn sender(rest: &[u8], tags: Tags) -> Option<Sender<'_>> {
    if let Some((program, sure, text)) = tag_and_text(rest) {
        let sender = Sender { host: None, facility: None, program: Some(program), text };
        return (sure || tags == Tags::All).then_some(sender);
    }
    let (first, after) = token(rest);
    let (host, facility, after) = match facility_and_level(first) {
        Some(facility) => (None, Some(facility), after),
        None => match facility_and_level(token(after).0) {
            Some(facility) => (Some(first), Some(facility), token(after).1),
            None => (Some(first), None, after),
        },
    };
    let (program, sure, text) = tag_and_text(after)?;
    // A stamp of the kernel may hold a blank, so its first half would look like a host.
    let is_host = host.is_none_or(|host| !host.is_empty() && !host.starts_with(b"["));
    (is_host && (sure || facility.is_some() || tags != Tags::Sure)).then_some(Sender {
        host,
        facility,
        program: Some(program),
        text,
    })
}

/// Reads the tag at the front: the program, whether it is surely one, and what follows.
fn tag_and_text(rest: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    // Old daemons put no blank between the tag and the stamp.
    if let Some(text @ [b'[' | b'<', ..]) = rest.strip_prefix(b"kernel:") {
        return Some((b"kernel", true, text));
    }
    let (word, text) = token(rest);
    let program = tag(word)?;
    let has_process = matches!(word, [.., b'0'..=b'9', b']', b':']);
    Some((program, has_process || is_kernel(program), text))
}

/// Reads `name:` or `name[123]:` as the name.
pub(super) fn tag(word: &[u8]) -> Option<&[u8]> {
    let name = word.strip_suffix(b":")?;
    let name = match name.strip_suffix(b"]") {
        Some(open) => open.get(..memchr::memrchr(b'[', open)?)?,
        None => name,
    };
    (!name.is_empty()).then_some(name)
}

/// Tells whether a tag is the kernel's.
pub(super) fn is_kernel(program: &[u8]) -> bool {
    program == b"kernel" || program == b"klogd"
}

/// Keeps what a line names, and goes on with the text.
pub(super) fn into_text<'a>(layers: &mut Layers<'a>, sender: &Sender<'a>) {
    if let Some(host) = sender.host {
        layers.record.host = Some(Cow::Borrowed(host));
    }
    let facility = layers.facility.take().or(sender.facility).unwrap_or(0);
    match sender.program {
        Some(program) if is_kernel(program) => layers.written_by(ring_writer(facility)),
        Some(program) => layers.written_by(Writer::Program(Cow::Borrowed(program))),
        None => {}
    }
    layers.escapes(Escapes::Syslog);
    layers.rest = sender.text;
    layers.in_ring = true;
}

/// Turns `#012` into the control character that rsyslog wrote so.
pub(super) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'#', text) else { return Cow::Borrowed(text) };
    let Some((clean, mut rest)) = text.split_at_checked(first) else { return Cow::Borrowed(text) };
    let mut bytes = clean.to_vec();
    while let Some((byte, after)) = rest.split_first() {
        match rest {
            [b'#', b'0', tens @ b'0'..=b'3', ones @ b'0'..=b'7', after @ ..] => {
                bytes.push((tens - b'0') * 8 + (ones - b'0'));
                rest = after;
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check;

    #[test]
    fn rfc3164() {
        check(
            b"May 10 15:45:51 iota kernel: x",
            "syslog-rfc3164 by=kernel rfc3164=May 10 15:45:51 host=iota | x",
        );
        check(
            b"May  1 15:45:51 iota kernel: [12345.678901]  x",
            "syslog-rfc3164 by=kernel at=12345.678901 rfc3164=May  1 15:45:51 host=iota |  x",
        );
        check(b"Nov 12 15:15:41 kernel: x", "syslog-rfc3164 by=kernel rfc3164=Nov 12 15:15:41 | x");
        check(
            b"<4>May 10 15:45:51 iota kernel[0]: x",
            "syslog-rfc3164 by=kernel rfc3164=May 10 15:45:51 host=iota | x",
        );
        check(
            b"<13>May 10 15:45:51 iota kernel: x",
            "syslog-rfc3164 by=user rfc3164=May 10 15:45:51 host=iota | x",
        );
        check(
            b"May 10 15:45:51 iota kubelet[1569]: Killed process 1 (x)",
            "syslog-rfc3164 by=program:kubelet rfc3164=May 10 15:45:51 host=iota | Killed process 1 (x)",
        );
        check(
            b"May 10 15:45:51 iota abrtd: kernel: x",
            "syslog-rfc3164 by=program:abrtd rfc3164=May 10 15:45:51 host=iota | kernel: x",
        );
        check(
            b"May 10 15:45:51 iota kernel:[   12.345678] a#012 b",
            "syslog-rfc3164 by=kernel at=12.345678 rfc3164=May 10 15:45:51 host=iota | a\n b",
        );
        check(
            b"May 10 15:45:51.123456 iota kernel: x",
            "journal-short by=kernel rfc3164=May 10 15:45:51.123456 host=iota | x",
        );
        check(
            b"May 10 15:45:51 iota last message repeated 3 times",
            "syslog-rfc3164 rfc3164=May 10 15:45:51 host=iota | last message repeated 3 times",
        );
        let french = "ao\u{fb}t 10 15:45:51 iota kernel: x";
        check(french.as_bytes(), "syslog-rfc3164 by=kernel rfc3164=ao\u{fb}t 10 15:45:51 host=iota | x");
    }

    #[test]
    fn busybox() {
        check(
            b"Sat Jan 27 00:14:32 2024 kern.warn kernel: [   12.345678] x",
            "syslog-rfc3164 by=kernel at=12.345678 ctime=Sat Jan 27 00:14:32 2024 | x",
        );
        check(
            b"Sat Jan 27 00:14:32 2024 user.warn kernel: x",
            "syslog-rfc3164 by=user ctime=Sat Jan 27 00:14:32 2024 | x",
        );
        check(
            b"Jan 27 00:14:32 iota daemon.info dnsmasq[1]: x",
            "syslog-rfc3164 by=program:dnsmasq rfc3164=Jan 27 00:14:32 host=iota | x",
        );
    }

    #[test]
    fn stamps_with_the_year_first() {
        check(
            b"2022-05-10T15:45:51.123456+08:00 iota kernel: x",
            "syslog-iso by=kernel iso=2022-05-10T15:45:51.123456+08:00 host=iota | x",
        );
        check(
            b"2022-05-10T15:45:51+0800 iota abrtd: x",
            "journal-short by=program:abrtd iso=2022-05-10T15:45:51+0800 host=iota | x",
        );
        check(
            b"Tue 2022-05-10 15:45:51 UTC iota kernel: x",
            "journal-short by=kernel iso=2022-05-10 15:45:51Z host=iota | x",
        );
        check(
            b"1652190351.123456 iota kernel: x",
            "journal-short by=kernel micros=1652190351123456 host=iota | x",
        );
    }

    #[test]
    fn stamps_before_text_of_any_kind() {
        check(b"2022-05-10 15:45:51\t[   12.345678] x", "console at=12.345678 iso=2022-05-10 15:45:51 | x");
        check(b"2022-05-10 15:45:51 Call Trace:", "console iso=2022-05-10 15:45:51 | Call Trace:");
        check(
            b"2022-05-10T15:45:51.123456789Z Hardware name: x",
            "console iso=2022-05-10T15:45:51.123456789Z | Hardware name: x",
        );
        check(
            b"2022-05-10T15:45:51.123456789Z May 10 15:45:51 iota kernel: x",
            "console by=kernel iso=2022-05-10T15:45:51.123456789Z host=iota | x",
        );
    }

    #[test]
    fn tags_without_stamps() {
        check(b"kernel: x", "console by=kernel | x");
        check(b"kernel:  x", "console by=kernel |  x");
        for line in ["oom_reaper: reaped process 1 (x)", "Mem-Info:", "lowmem_reserve[]: 0 0", "kernelx: y"] {
            check(line.as_bytes(), &format!("-bare | {line}"));
        }
    }
}
