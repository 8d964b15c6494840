//! Every wrapping that a kernel log arrives in, written from the records.

use std::io::Write as _;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

/// A record of the kernel's log.
#[derive(Clone)]
pub(super) struct Rec {
    pub(super) facility: u8,
    pub(super) level: u8,
    pub(super) seq: u64,
    pub(super) micros: u64,
    /// The text, perhaps of several lines.
    pub(super) text: Vec<u8>,
}

/// Reads the records of `/dev/kmsg`.
pub(super) fn from_kmsg(bytes: &[u8]) -> Vec<Rec> {
    let mut records = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && line[0] != b' ') {
        let at = line.iter().position(|byte| *byte == b';').expect("a record of /dev/kmsg");
        let head = std::str::from_utf8(&line[..at]).unwrap();
        let mut head = head.split(',');
        let mut number = || head.next().unwrap().parse::<u64>().unwrap();
        let (priority, seq, micros) = (number(), number(), number());
        let (facility, level) = (u8::try_from(priority / 8).unwrap(), u8::try_from(priority % 8).unwrap());
        records.push(Rec { facility, level, seq, micros, text: unescape(&line[at + 1..]) });
    }
    records
}

/// Reads the lines of `dmesg -r`, each as a record.
pub(super) fn from_raw(bytes: &[u8]) -> Vec<Rec> {
    let mut records: Vec<Rec> = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line_text = String::from_utf8_lossy(line);
        let (priority, rest) =
            line_text.strip_prefix('<').and_then(|x| x.split_once('>')).expect("a priority");
        let (stamp, text) = rest.strip_prefix('[').and_then(|x| x.split_once("] ")).expect("a stamp");
        let (seconds, micros) = stamp.trim().split_once('.').unwrap();
        let micros = seconds.parse::<u64>().unwrap() * 1_000_000 + micros.parse::<u64>().unwrap();
        let priority: u8 = priority.parse().unwrap();
        let seq = records.len() as u64;
        records.push(Rec {
            facility: priority / 8,
            level: priority % 8,
            seq,
            micros,
            text: text.as_bytes().to_vec(),
        });
    }
    records
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let hex = rest.get(2..4).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) if rest.starts_with(b"\\x") => {
                out.push(value);
                rest = &rest[4..];
            }
            _ => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    out
}

/// What stands before a line.
type Prefix = fn(&Rec, &mut Vec<u8>);

/// How the second and later lines of a record are shown.
#[derive(Clone, Copy)]
enum More {
    /// With the whole prefix again.
    Again,
    /// Indented by the width of the prefix.
    Indented,
    /// Without anything.
    Bare,
    /// On the same line, after `#012`.
    Joined,
}

/// One wrapping.
pub(super) struct Wrapping {
    pub(super) name: &'static str,
    /// What `Input::transport` may call it.
    pub(super) transports: &'static [&'static str],
    pub(super) wrap: fn(&[Rec]) -> Vec<u8>,
    /// Whether names of any bytes survive.
    pub(super) any_bytes: bool,
    /// Whether it tells the kernel's words from those of user space.
    pub(super) facility: bool,
}

fn lined(records: &[Rec], prefix: Prefix, more: More, end: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in records {
        let mut head = Vec::new();
        prefix(record, &mut head);
        for (i, line) in record.text.split(|byte| *byte == b'\n').enumerate() {
            match (i, more) {
                (0, _) => out.extend_from_slice(&head),
                (_, More::Again) => {
                    out.extend_from_slice(end);
                    out.extend_from_slice(&head);
                }
                (_, More::Indented) => {
                    out.extend_from_slice(end);
                    out.extend(std::iter::repeat_n(b' ', head.len()));
                }
                (_, More::Bare) => out.extend_from_slice(end),
                (_, More::Joined) => out.extend_from_slice(b"#012"),
            }
            out.extend_from_slice(line);
        }
        out.extend_from_slice(end);
    }
    out
}

macro_rules! put {
    ($out:expr, $($arg:tt)*) => { write!($out, $($arg)*).unwrap() };
}

/// When the machine booted, in all wrappings.
const BOOT: i64 = 1_795_317_637_000_000;

fn wall(record: &Rec) -> jiff::Zoned {
    let micros = BOOT + i64::try_from(record.micros).unwrap();
    Timestamp::from_microsecond(micros).unwrap().to_zoned(TimeZone::UTC)
}

fn stamp(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "[{:5}.{:06}] ", r.micros / 1_000_000, r.micros % 1_000_000);
}

fn ctime(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "[{}] ", wall(r).strftime("%a %b %e %H:%M:%S %Y"));
}

fn raw(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "<{}>", r.facility * 8 + r.level);
    stamp(r, out);
}

fn decoded(r: &Rec, out: &mut Vec<u8>) {
    let facility = if r.facility == 0 { "kern" } else { "user" };
    let level = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"][usize::from(r.level)];
    put!(out, "{facility:<6}:{level:<6}: ");
    stamp(r, out);
}

fn dmesg_iso(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} ", wall(r).strftime("%Y-%m-%dT%H:%M:%S,%6f+00:00"));
}

fn rfc3164(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} reef kernel: ", wall(r).strftime("%b %e %H:%M:%S"));
}

fn rfc3164_stamp(r: &Rec, out: &mut Vec<u8>) {
    rfc3164(r, out);
    stamp(r, out);
}

fn rfc3164_precise(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} reef kernel: ", wall(r).strftime("%b %e %H:%M:%S%.6f"));
}

fn rfc5424(r: &Rec, out: &mut Vec<u8>) {
    put!(
        out,
        "<{}>1 {} reef kernel - - - ",
        r.facility * 8 + r.level,
        wall(r).strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    );
    stamp(r, out);
}

fn iso(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} reef kernel: ", wall(r).strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00"));
}

fn iso_stamp(r: &Rec, out: &mut Vec<u8>) {
    iso(r, out);
    stamp(r, out);
}

fn short_iso(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} reef kernel: ", wall(r).strftime("%Y-%m-%dT%H:%M:%S+0000"));
}

fn short_full(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} reef kernel: ", wall(r).strftime("%a %Y-%m-%d %H:%M:%S UTC"));
}

fn short_unix(r: &Rec, out: &mut Vec<u8>) {
    let micros = BOOT + i64::try_from(r.micros).unwrap();
    put!(out, "{}.{:06} reef kernel: ", micros / 1_000_000, micros % 1_000_000);
}

fn short_monotonic(r: &Rec, out: &mut Vec<u8>) {
    stamp(r, out);
    put!(out, "reef kernel: ");
}

fn colored(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "\x1b[32m[{:5}.{:06}] \x1b[0m", r.micros / 1_000_000, r.micros % 1_000_000);
}

fn caller(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "[{:5}.{:06}][ T4242] ", r.micros / 1_000_000, r.micros % 1_000_000);
}

fn doubled(r: &Rec, out: &mut Vec<u8>) {
    stamp(r, out);
    stamp(r, out);
}

fn relayed(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} relay ", wall(r).strftime("%Y-%m-%dT%H:%M:%S+00:00"));
    rfc3164_stamp(r, out);
}

fn sol(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{}\t", wall(r).strftime("%Y-%m-%d %H:%M:%S"));
    stamp(r, out);
}

fn cri(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{} stdout F ", wall(r).strftime("%Y-%m-%dT%H:%M:%S%.6f000Z"));
    stamp(r, out);
}

fn logcat(r: &Rec, out: &mut Vec<u8>) {
    put!(out, "{}     0     0 W kernel  : ", wall(r).strftime("%m-%d %H:%M:%S%.3f"));
}

fn nothing(_: &Rec, _: &mut Vec<u8>) {}

/// One line of text with a stamp, for wrappings that hold lines of a console.
fn console_lines(records: &[Rec]) -> Vec<Vec<u8>> {
    let text = lined(records, stamp, More::Again, b"\n");
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn kmsg(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for r in records {
        put!(out, "{},{},{},-;", r.facility * 8 + r.level, r.seq, r.micros);
        for byte in &r.text {
            match byte {
                b'\\' | 0..0x20 | 0x7f.. => put!(out, "\\x{byte:02x}"),
                _ => out.push(*byte),
            }
        }
        out.push(b'\n');
    }
    out
}

fn reltime(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut minute, mut last) = (None, 0);
    for r in records {
        let now = wall(r).strftime("%b%e %H:%M").to_string();
        let head = if minute.as_deref() == Some(now.as_str()) {
            let delta = r.micros.saturating_sub(last);
            format!("[{:>+4}.{:06}] ", delta / 1_000_000, delta % 1_000_000)
        } else {
            format!("[{now}] ")
        };
        (minute, last) = (Some(now), r.micros);
        for (i, line) in r.text.split(|byte| *byte == b'\n').enumerate() {
            if i == 0 {
                put!(out, "{head}")
            } else {
                out.extend(std::iter::repeat_n(b' ', head.len()))
            }
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
    out
}

fn dmesg_json(records: &[Rec]) -> Vec<u8> {
    let mut out = b"{\n   \"dmesg\": [\n".to_vec();
    for (i, r) in records.iter().enumerate() {
        put!(out, "{}", if i == 0 { "      {\n" } else { ",{\n" });
        put!(out, "         \"pri\": {},\n", r.facility * 8 + r.level);
        put!(out, "         \"time\": {:5}.{:06},\n", r.micros / 1_000_000, r.micros % 1_000_000);
        put!(out, "         \"msg\": {}\n      }}", json!(text(&r.text)));
    }
    put!(out, "\n   ]\n}}\n");
    out
}

fn journal_fields(r: &Rec) -> Vec<(&'static str, String)> {
    let micros = BOOT + i64::try_from(r.micros).unwrap();
    vec![
        ("__REALTIME_TIMESTAMP", micros.to_string()),
        ("__MONOTONIC_TIMESTAMP", r.micros.to_string()),
        ("_BOOT_ID", "0123456789abcdef0123456789abcdef".into()),
        ("_TRANSPORT", "kernel".into()),
        ("SYSLOG_FACILITY", r.facility.to_string()),
        ("SYSLOG_IDENTIFIER", "kernel".into()),
        ("PRIORITY", r.level.to_string()),
        ("_HOSTNAME", "reef".into()),
        ("_SOURCE_MONOTONIC_TIMESTAMP", r.micros.to_string()),
    ]
}

fn journal_object(r: &Rec) -> serde_json::Map<String, serde_json::Value> {
    let mut object: serde_json::Map<_, _> =
        journal_fields(r).into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
    // journalctl shows what is no text, or holds control characters, as a list of bytes.
    let plain = std::str::from_utf8(&r.text)
        .is_ok_and(|x| x.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')));
    let message = if plain { json!(text(&r.text)) } else { json!(r.text) };
    object.insert("MESSAGE".into(), message);
    object
}

fn journal_json(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for r in records {
        put!(out, "{}\n", serde_json::Value::Object(journal_object(r)));
    }
    out
}

fn journal_json_pretty(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for r in records {
        put!(out, "{{\n");
        let object = journal_object(r);
        for (i, (key, value)) in object.iter().enumerate() {
            put!(out, "\t{} : {value}{}\n", json!(key), if i + 1 == object.len() { "" } else { "," });
        }
        put!(out, "}}\n");
    }
    out
}

fn journal_export(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for r in records {
        put!(out, "__CURSOR=s=1;i={:x}\n", r.seq);
        for (key, value) in journal_fields(r) {
            put!(out, "{key}={value}\n");
        }
        if r.text.iter().all(|byte| *byte >= 0x20) {
            out.extend_from_slice(b"MESSAGE=");
        } else {
            out.extend_from_slice(b"MESSAGE\n");
            out.extend_from_slice(&(r.text.len() as u64).to_le_bytes());
        }
        out.extend_from_slice(&r.text);
        out.extend_from_slice(b"\n\n");
    }
    out
}

fn journal_verbose(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for r in records {
        put!(
            out,
            "{} [s=1;i={:x};b=0123456789abcdef0123456789abcdef]\n",
            wall(r).strftime("%a %Y-%m-%d %H:%M:%S%.6f UTC"),
            r.seq
        );
        for (key, value) in journal_fields(r).into_iter().filter(|(key, _)| !key.starts_with("__")) {
            put!(out, "    {key}={value}\n");
        }
        for (i, line) in r.text.split(|byte| *byte == b'\n').enumerate() {
            put!(out, "{}", if i == 0 { "    MESSAGE=" } else { "            " });
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
    out
}

fn cri_partial(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in console_lines(records) {
        let (left, right) = line.split_at(line.len().min(90));
        if !right.is_empty() {
            put!(out, "2026-11-22T03:20:44.123456789Z stdout P {}\n", text(left));
        }
        let last = if right.is_empty() { left } else { right };
        put!(out, "2026-11-22T03:20:44.123456789Z stdout F {}\n", text(last));
    }
    out
}

fn docker(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in console_lines(records) {
        let mut log = text(&line);
        log.push('\n');
        put!(out, "{}\n", json!({"log": log, "stream": "stdout", "time": "2026-11-22T03:20:44.123456789Z"}));
    }
    out
}

fn loki(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in console_lines(records) {
        let entry = json!({
            "labels": {"host": "iota", "job": "kernel"}, "line": text(&line), "timestamp": "2026-11-22T03:20:44.123456789Z",
        });
        put!(out, "{entry}\n");
    }
    out
}

fn google(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in console_lines(records) {
        let entry = json!({
            "insertId": "1a2b3c", "jsonPayload": {"message": text(&line)}, "timestamp": "2026-11-22T03:20:44.123456Z",
            "resource": {"type": "gce_instance", "labels": {"zone": "z"}}, "logName": "projects/p/logs/serialconsole",
        });
        put!(out, "{entry}\n");
    }
    out
}

fn amazon(records: &[Rec]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in console_lines(records) {
        put!(
            out,
            "{}\n",
            json!({"timestamp": 1_795_317_644_123_u64, "message": text(&line), "ingestionTime": 1_795_317_645_000_u64})
        );
    }
    out
}

fn pstore(records: &[Rec]) -> Vec<u8> {
    let mut out = b"Panic#1 Part1\n".to_vec();
    out.extend(lined(records, raw, More::Again, b"\n"));
    out
}

fn fenced(records: &[Rec]) -> Vec<u8> {
    let mut out = b"# An incident\n\nThe machine was slow. This is what `dmesg` says:\n\n```\n".to_vec();
    out.extend(lined(records, stamp, More::Again, b"\n"));
    out.extend_from_slice(b"```\n\nWhat is this?\n");
    out
}

fn quoted(records: &[Rec]) -> Vec<u8> {
    let mut out = b"On Sunday, Kim wrote:\n".to_vec();
    for line in console_lines(records) {
        out.extend_from_slice(b"> ");
        out.extend(line);
        out.push(b'\n');
    }
    out.extend_from_slice(b"\nThat is bad.\n");
    out
}

fn indented(records: &[Rec]) -> Vec<u8> {
    let mut out = b"The log:\n\n".to_vec();
    for line in console_lines(records) {
        out.extend_from_slice(b"    ");
        out.extend(line);
        out.push(b'\n');
    }
    out
}

fn html(records: &[Rec]) -> Vec<u8> {
    let mut out = b"<html><body><p>The log:</p>\n<pre>\n".to_vec();
    for line in console_lines(records) {
        let line = text(&line)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        put!(out, "{line}\n");
    }
    out.extend_from_slice(b"</pre></body></html>\n");
    out
}

/// The wrappings, all of them.
pub(super) const WRAPPINGS: &[Wrapping] = {
    const fn row(
        name: &'static str,
        transports: &'static [&'static str],
        wrap: fn(&[Rec]) -> Vec<u8>,
    ) -> Wrapping {
        Wrapping { name, transports, wrap, any_bytes: false, facility: false }
    }
    const fn any_bytes(mut row: Wrapping) -> Wrapping {
        row.any_bytes = true;
        row
    }
    const fn facility(mut row: Wrapping) -> Wrapping {
        row.facility = true;
        row
    }
    &[
        any_bytes(facility(row("kmsg", &["kmsg"], kmsg))),
        row("bare", &["bare", ""], |r| lined(r, nothing, More::Bare, b"\n")),
        row("dmesg", &["dmesg"], |r| lined(r, stamp, More::Indented, b"\n")),
        row("dmesg of old", &["dmesg"], |r| lined(r, stamp, More::Bare, b"\n")),
        row("dmesg --force-prefix", &["dmesg"], |r| lined(r, stamp, More::Again, b"\n")),
        row("dmesg -T", &["dmesg-ctime"], |r| lined(r, ctime, More::Indented, b"\n")),
        facility(row("dmesg -x", &["dmesg-decoded"], |r| lined(r, decoded, More::Indented, b"\n"))),
        facility(row("dmesg -r", &["dmesg-raw"], |r| lined(r, raw, More::Again, b"\n"))),
        row("dmesg -e", &["dmesg-reltime"], reltime),
        row("dmesg --time-format iso", &["dmesg-iso"], |r| lined(r, dmesg_iso, More::Indented, b"\n")),
        facility(row("dmesg --json", &["dmesg-json"], dmesg_json)),
        row("syslog of RFC 3164", &["syslog-rfc3164", "journal-short"], |r| {
            lined(r, rfc3164, More::Again, b"\n")
        }),
        row("syslog of RFC 3164, joined", &["syslog-rfc3164", "journal-short"], |r| {
            lined(r, rfc3164, More::Joined, b"\n")
        }),
        row("syslog of RFC 3164, stamped", &["syslog-rfc3164"], |r| {
            lined(r, rfc3164_stamp, More::Again, b"\n")
        }),
        row("syslog of RFC 3164, stamped and joined", &["syslog-rfc3164"], |r| {
            lined(r, rfc3164_stamp, More::Joined, b"\n")
        }),
        facility(row("syslog of RFC 5424", &["syslog-rfc5424"], |r| lined(r, rfc5424, More::Again, b"\n"))),
        row("syslog by ISO dates", &["syslog-iso"], |r| lined(r, iso, More::Again, b"\n")),
        row("syslog by ISO dates, joined", &["syslog-iso"], |r| lined(r, iso_stamp, More::Joined, b"\n")),
        row("journalctl -o short", &["syslog-rfc3164", "journal-short"], |r| {
            lined(r, rfc3164, More::Indented, b"\n")
        }),
        row("journalctl -o short-precise", &["syslog-rfc3164", "journal-short"], |r| {
            lined(r, rfc3164_precise, More::Indented, b"\n")
        }),
        row("journalctl -o short-iso", &["syslog-iso", "journal-short"], |r| {
            lined(r, short_iso, More::Indented, b"\n")
        }),
        row("journalctl -o short-full", &["journal-short"], |r| lined(r, short_full, More::Indented, b"\n")),
        row("journalctl -o short-unix", &["journal-short"], |r| lined(r, short_unix, More::Indented, b"\n")),
        row("journalctl -o short-monotonic", &["journal-short-monotonic"], |r| {
            lined(r, short_monotonic, More::Indented, b"\n")
        }),
        facility(row("journalctl -o verbose", &["journal-verbose"], journal_verbose)),
        any_bytes(facility(row("journalctl -o json", &["journal-json"], journal_json))),
        any_bytes(facility(row("journalctl -o json-pretty", &["journal-json"], journal_json_pretty))),
        any_bytes(facility(row("journalctl -o export", &["journal-export"], journal_export))),
        row("serial console", &["dmesg", "console"], |r| lined(r, stamp, More::Again, b"\r\n")),
        row("colors", &["dmesg", "console"], |r| lined(r, colored, More::Again, b"\n")),
        row("caller ids", &["dmesg"], |r| lined(r, caller, More::Again, b"\n")),
        row("two stamps", &["dmesg"], |r| lined(r, doubled, More::Again, b"\n")),
        row("relayed syslog", &["console", "syslog-iso", "syslog-rfc3164"], |r| {
            lined(r, relayed, More::Again, b"\n")
        }),
        row("serial over LAN", &["console", "dmesg"], |r| lined(r, sol, More::Again, b"\n")),
        row("container runtime", &["cri"], |r| lined(r, cri, More::Again, b"\n")),
        row("container runtime, in parts", &["cri"], cri_partial),
        row("Docker", &["docker-json"], docker),
        row("Loki", &["json-lines"], loki),
        row("log service of Google", &["json-lines"], google),
        row("log service of Amazon", &["json-lines"], amazon),
        row("logcat", &["logcat"], |r| lined(r, logcat, More::Again, b"\n")),
        facility(row("pstore", &["dmesg-raw"], pstore)),
        row("Markdown", &["dmesg"], fenced),
        row("quoted mail", &["dmesg"], quoted),
        row("indented by four", &["dmesg"], indented),
        row("HTML", &["dmesg"], html),
    ]
};
