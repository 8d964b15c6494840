//! The wrapping does not matter: the same records in each wrapping decode to the same events.
//!
//! What a wrapping cannot carry is known by two marks of its row, and by [`essence`]:
//!
//! - `any_bytes`: a name with a line break or with bytes that are no text survives only in `/dev/kmsg`
//!   and in the journal's own formats. Runs with such names are compared there, and elsewhere only for lines.
//! - `facility`: without it, words of user space cannot be told from the kernel's. Runs with forged
//!   lines are compared where it is carried.
//! - Where a line stands, when it was written, and which host wrote it differ by nature.

use std::collections::BTreeSet;

use oomkit_decode::{Event, record::Record, transports::Transports};
use serde_json::Value;

use super::{
    lines,
    wrap::{Rec, WRAPPINGS, from_kmsg, from_raw},
};
use crate::support::{Complaints, decode, differences, logs};

/// An event without what the wrapping decides.
fn essence(event: &Event) -> Value {
    fn strip(value: &mut Value) {
        const OF_THE_WRAPPING: &[&str] = &[
            "input",
            "line",
            "first_line",
            "last_line",
            "at",
            "at_year_assumed",
            "at_zone_assumed",
            "since_boot_seconds",
            "host",
            "notes",
            "evidence",
            "unread",
            "unread_lines",
        ];
        match value {
            Value::Object(fields) => {
                fields.retain(|key, _| !OF_THE_WRAPPING.contains(&key.as_str()));
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(event).unwrap();
    strip(&mut value);
    value
}

struct Source {
    file: &'static str,
    records: Vec<Rec>,
    odd_names: bool,
    forged: bool,
}

/// The records of every run that has a flavour with levels.
///
/// The largest are left out: they bring rows, not shapes, and cost most of the time.
fn sources() -> Vec<Source> {
    let mut runs = BTreeSet::new();
    let mut sources = Vec::new();
    for flavour in ["kmsg", "dmesg-r"] {
        for (run, log) in logs().filter(|(_, log)| log.flavour == flavour && log.bytes.len() < 100_000) {
            let odd_names = run.truth.scenario.contains("names");
            if (flavour == "dmesg-r" && odd_names) || !runs.insert(run.name.clone()) {
                continue;
            }
            let records = if flavour == "kmsg" { from_kmsg(&log.bytes) } else { from_raw(&log.bytes) };
            let forged = !run.truth.not_from_the_kernel.is_empty();
            sources.push(Source { file: &log.file, records, odd_names, forged });
        }
    }
    assert!(sources.len() > 15, "only {} sources", sources.len());
    sources
}

#[test]
fn the_wrapping_does_not_matter() {
    let mut c = Complaints::default();
    let kmsg = WRAPPINGS.first().unwrap();
    for source in sources() {
        let want: Vec<Value> = decode(&(kmsg.wrap)(&source.records)).events.iter().map(essence).collect();
        if want.is_empty() {
            c.add(source.file, "no event even as kmsg");
        }
        for wrapping in WRAPPINGS {
            let file = format!("{} as {}", source.file, wrapping.name);
            let bytes = (wrapping.wrap)(&source.records);
            let decoded = decode(&bytes);
            lines::check(&mut c, &file, &bytes, &decoded);
            if (source.odd_names && !wrapping.any_bytes) || (source.forged && !wrapping.facility) {
                continue;
            }
            let got: Vec<Value> = decoded.events.iter().map(essence).collect();
            c.same(&file, "number of events", got.len(), want.len());
            for (i, (got, want)) in got.iter().zip(&want).enumerate() {
                for difference in differences(got, want) {
                    c.add(&file, format!("event {i} {difference}"));
                }
            }
        }
    }
    c.settle();
}

#[test]
fn wrappings_have_names() {
    let mut c = Complaints::default();
    let source = sources().into_iter().find(|source| !source.odd_names && !source.forged).unwrap();
    for wrapping in WRAPPINGS {
        let input = decode(&(wrapping.wrap)(&source.records)).input;
        let got = input.transport.unwrap_or_default();
        if wrapping.transports.contains(&got.as_str()) {
            c.checked();
        } else {
            c.add(wrapping.name, format!("is called {got:?}, not one of {:?}", wrapping.transports));
        }
    }
    c.settle();
}

#[test]
fn the_writer_of_kmsg_gives_back_what_it_read() {
    for (run, log) in logs().filter(|(_, log)| log.flavour == "kmsg") {
        let again = from_kmsg(&(WRAPPINGS.first().unwrap().wrap)(&from_kmsg(&log.bytes)));
        let texts = |records: &[Rec]| -> Vec<(u64, Vec<u8>)> {
            records.iter().map(|r| (r.seq, r.text.clone())).collect()
        };
        assert_eq!(texts(&again), texts(&from_kmsg(&log.bytes)), "{}", run.name);
    }
}

/// The lines of a record's text, by what is not white space at their ends.
fn trimmed(text: &[u8], out: &mut Vec<Vec<u8>>) {
    let lines = text.split(|byte| *byte == b'\n').map(|line| line.trim_ascii().to_vec());
    out.extend(lines.filter(|line| !line.is_empty()));
}

#[test]
fn every_wrapping_gives_back_the_text() {
    let mut c = Complaints::default();
    for source in sources() {
        let mut want = Vec::new();
        source.records.iter().for_each(|record| trimmed(&record.text, &mut want));
        for wrapping in WRAPPINGS.iter().filter(|wrapping| wrapping.any_bytes || !source.odd_names) {
            let bytes = (wrapping.wrap)(&source.records);
            let mut got = Vec::new();
            let mut transports = Transports::new();
            transports.sniff(&bytes[..bytes.len().min(64 << 10)]);
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                transports.push(line, &mut |record: Record<'_>, _| trimmed(&record.text, &mut got));
            }
            transports.end(&mut |record: Record<'_>, _| trimmed(&record.text, &mut got));
            // What stands around the log, such as the words of a mail, comes out as well.
            let mut rest = got.iter();
            let missing = want.iter().filter(|line| !rest.any(|got| got == *line)).count();
            c.same(&format!("{} as {}", source.file, wrapping.name), "lines that are missing", missing, 0);
        }
    }
    c.settle();
}
