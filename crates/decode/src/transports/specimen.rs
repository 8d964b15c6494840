//! Specimens: a line of a wrapping and what must come of it, for the tests of all wrappings.

use std::fmt::Write;

use super::{DocKind, Transports, strip};
use crate::record::{Caller, Record, WallStamp, Writer};

/// Shows every field of a record in one line, so that a test compares all of them.
pub(super) fn show(record: &Record<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut line = String::from(if record.stamped { "" } else { "-" });
    line.push_str(record.transport.name());
    let mut add = |name: &str, value: String| write!(line, " {name}={value}").unwrap();
    match &record.writer {
        Writer::Unknown => {}
        Writer::Kernel => add("by", "kernel".into()),
        Writer::KernelLogFromUser => add("by", "user".into()),
        Writer::Program(name) => add("by", format!("program:{}", text(name))),
    }
    if let Some(at) = record.since_boot {
        add("at", at.to_string());
    }
    match &record.wall {
        None => {}
        Some(WallStamp::Rfc3164(stamp)) => add("rfc3164", text(stamp)),
        Some(WallStamp::Iso(stamp)) => add("iso", text(stamp)),
        Some(WallStamp::Ctime(stamp)) => add("ctime", text(stamp)),
        Some(WallStamp::Logcat(stamp)) => add("logcat", text(stamp)),
        Some(WallStamp::UnixMicros(micros)) => add("micros", micros.to_string()),
    }
    if let Some(host) = &record.host {
        add("host", text(host));
    }
    match record.caller {
        None => {}
        Some(Caller::Task(id)) => add("caller", format!("T{id}")),
        Some(Caller::Cpu(id)) => add("caller", format!("C{id}")),
    }
    if let Some(sequence) = record.sequence {
        add("sequence", sequence.to_string());
    }
    write!(line, " | {}", text(&record.text)).unwrap();
    line
}

/// Checks a single line in a plain document, and that no part of it brings anything down.
#[track_caller]
pub(super) fn check(line: &[u8], expected: &str) {
    let doc = DocKind::default();
    assert_eq!(show(&strip(line, &doc)), expected);
    for cut in 0..line.len() {
        let _ = strip(&line[..cut], &doc);
        let _ = strip(&line[cut..], &doc);
    }
}

/// Returns what becomes of an input: the records, each with how many lines before it began.
pub(super) fn run(input: &[u8]) -> (Vec<String>, Transports) {
    let mut transports = Transports::new();
    transports.sniff(input);
    let mut records = Vec::new();
    let mut see = |record: Record<'_>, back: u64| {
        let back = if back == 0 { String::new() } else { format!("{back}^ ") };
        records.push(format!("{back}{}", show(&record)));
    };
    for line in input.strip_suffix(b"\n").unwrap_or(input).split(|byte| *byte == b'\n') {
        transports.push(line, &mut see);
    }
    transports.end(&mut |record, back| see(record, back));
    (records, transports)
}

/// Checks a whole input, and that no cut brings anything down.
#[track_caller]
pub(super) fn check_input(input: &[u8], expected: &[&str]) {
    assert_eq!(run(input).0, expected);
    for cut in 0..input.len() {
        let _ = run(&input[..cut]);
    }
}
