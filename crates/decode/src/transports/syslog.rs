//! Syslog lines, with or without a priority: RFC 3164, RFC 5424, and their cousins with other stamps.
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
struct Sender<'a> {
    host: Option<&'a [u8]>,
    facility: Option<u64>,
    program: Option<&'a [u8]>,
    text: &'a [u8],
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
    // Captures of consoles and `docker logs -t` put a stamp before text of any kind: the former
    // without a zone or with a tab, the latter with nine decimals.
    let (rest, tags) = match iso.rest {
        [b'\t', rest @ ..] => (rest, Tags::Sure),
        [b' ', rest @ ..] if iso.t && iso.zone != Zone::None && iso.decimals < 9 => (rest, Tags::AfterHost),
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

/// Removes what RFC 5424 puts after the priority: `1 2022-05-10T15:45:51Z host kernel - - - `.
pub(super) fn rfc5424(layers: &mut Layers<'_>) -> bool {
    let Some(header) = layers.rest.strip_prefix(b"1 ") else { return false };
    let (time, rest) = token(header);
    let wall = stamp::iso(time).filter(|iso| iso.rest.is_empty());
    if time != b"-" && wall.is_none() {
        return false;
    }
    let (host, rest) = token(rest);
    let (program, rest) = token(rest);
    let (_process, rest) = token(rest);
    let (_message, rest) = token(rest);
    let Some(text) = structured_data(rest) else { return false };
    layers.wrapped(Transport::SyslogRfc5424);
    if let Some(iso) = wall {
        layers.wall(WallStamp::Iso(Cow::Borrowed(iso.stamp)));
    }
    let program = match program {
        b"-" if layers.facility == Some(0) => Some(&b"kernel"[..]),
        b"-" => None,
        program => Some(program.strip_suffix(b":").unwrap_or(program)),
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let host = Some(host).filter(|host| *host != b"-");
    into_text(layers, &Sender { host, facility: None, program, text });
    true
}

/// Removes `-` or `[id key="value"]…`, in which `\]` does not end an element.
fn structured_data(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = bytes.strip_prefix(b"-") {
        return Some(skip_separator(rest));
    }
    let mut rest = bytes;
    while let Some(element) = rest.strip_prefix(b"[") {
        let mut quoted = false;
        let mut escaped = false;
        let end = element.iter().position(|byte| {
            let ends = *byte == b']' && !quoted && !escaped;
            quoted ^= *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        rest = element.get(end + 1..)?;
    }
    (rest.len() < bytes.len()).then(|| skip_separator(rest))
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

fn into_text<'a>(layers: &mut Layers<'a>, sender: &Sender<'a>) {
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
