//! Short logs against their expectations: shapes, negatives, the seed; and the table of origins.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::support::{Complaints, Sample, brief, decode, files, folder, name_of, samples, subset};

fn check(c: &mut Complaints, sample: &Sample) {
    let decoded = decode(&sample.bytes);
    let json: Vec<Value> = decoded.events.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let allowed = |event: &&Value| {
        event["kind"].as_str().is_none_or(|kind| !sample.expect.kinds.iter().any(|k| k == kind))
    };
    let events: Vec<&Value> = json.iter().filter(|event| event["forged"] != true).filter(allowed).collect();
    if events.len() != sample.expect.events.len() {
        let seen: Vec<String> = events
            .iter()
            .map(|event| {
                format!(
                    "{} of line {}, victims {}",
                    event["kind"],
                    event["first_line"],
                    brief(&event["victims"])
                )
            })
            .collect();
        c.add(
            &sample.file,
            format!("{} events instead of {}: {seen:?}", events.len(), sample.expect.events.len()),
        );
    }
    for (i, (want, got)) in sample.expect.events.iter().zip(events).enumerate() {
        for difference in subset(want, got) {
            c.add(&sample.file, format!("event {i}: {difference}"));
        }
        c.checked();
    }
    if let Some(want) = &sample.expect.context {
        let got = serde_json::to_value(&decoded.summary.context).unwrap();
        for difference in subset(&Value::Array(want.clone()), &got) {
            c.add(&sample.file, format!("context: {difference}"));
        }
    }
    if let Some(want) = &sample.expect.coverage {
        let got = serde_json::to_value(decoded.summary.coverage).unwrap();
        for difference in subset(want, &got) {
            c.add(&sample.file, format!("coverage: {difference}"));
        }
    }
    c.checked();
}

fn check_all(folder: &str) {
    let mut c = Complaints::default();
    for sample in samples(folder) {
        check(&mut c, &sample);
    }
    c.settle();
}

#[test]
fn shapes_are_read() {
    check_all("shapes");
}

#[test]
fn negatives_yield_no_kill() {
    check_all("negatives");
}

#[test]
fn the_seed_is_read() {
    check_all("seed");
}

#[test]
fn every_fixture_has_a_row_in_the_table_of_origins() {
    let mut there = BTreeSet::new();
    for path in files(&folder("logs")) {
        if let Some(run) = name_of(&path).strip_suffix(".truth.json.zst") {
            there.insert(run.to_owned());
        }
    }
    for name in ["shapes", "negatives", "seed", "names", "hosts", "recordings", "imports"] {
        for path in files(&folder(name)) {
            let file = name_of(&path);
            let stem = file.trim_end_matches(".expect.json").trim_end_matches(".log").trim_end_matches(".md");
            let stem =
                stem.trim_end_matches(".json").trim_end_matches(".capture").trim_end_matches(".db.zst");
            let stem = stem.trim_end_matches(".txt").trim_end_matches(".csv");
            let stem =
                if name == "seed" { stem.trim_end_matches("-log").trim_end_matches("-md") } else { stem };
            there.insert(format!("{name}/{stem}"));
        }
    }
    let readme = fs::read_to_string(folder("README.md")).unwrap();
    let rows: BTreeSet<String> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.ends_with('/'))
        .collect();
    assert_eq!(there.difference(&rows).collect::<Vec<_>>(), Vec::<&String>::new(), "without a row");
    assert_eq!(rows.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new(), "without a fixture");
}

#[test]
fn subsets_are_compared_strictly() {
    let check = |want: &str, got: &str| {
        subset(&serde_json::from_str(want).unwrap(), &serde_json::from_str(got).unwrap()).join("; ")
    };
    assert_eq!(check(r#"{"a":1}"#, r#"{"a":1,"b":2}"#), "");
    assert_eq!(check(r#"{"a":{"b":[{"c":1}]}}"#, r#"{"a":{"b":[{"c":2}]}}"#), "a.b[0].c: 2 is not 1");
    assert_eq!(check(r#"{"a":null}"#, r"{}"), "");
    assert_eq!(check(r#"{"a":null}"#, r#"{"a":0}"#), "a: 0 is not null");
    assert_eq!(check(r#"{"a":0}"#, r"{}"), "a: null is not 0");
    assert_eq!(check(r#"{"a":[]}"#, r#"{"a":[1]}"#), "a: 1 entries instead of 0: [1]");
    assert_eq!(check(r#"{"a":20}"#, r#"{"a":20.0}"#), "");
}
