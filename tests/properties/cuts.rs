//! Every cut of a log: no panic, no line lost, and cutting invents nothing.

use std::collections::BTreeSet;

use oomkit_decode::Event;
use serde_json::Value;

use super::lines;
use crate::support::{Complaints, Decoded, Log, brief, decode, logs, samples};

/// One plain log of each scenario, small enough to be cut at every line.
///
/// Names with line breaks stay out: a cut through a name yields another name.
fn sample() -> Vec<&'static Log> {
    let mut scenarios = BTreeSet::new();
    logs()
        .filter(|(run, log)| {
            log.flavour == "plain" && log.bytes.len() < 30_000 && !run.truth.scenario.contains("names")
        })
        .filter(|(run, _)| scenarios.insert(run.truth.scenario.clone()))
        .map(|(_, log)| log)
        .collect()
}

fn victims(events: &[Event]) -> BTreeSet<(i64, String)> {
    events.iter().flat_map(|event| &event.victims).map(|x| (x.pid.get(), x.comm.to_string())).collect()
}

/// The facts of an event that are read, not derived.
///
/// Page counts stand in bytes, so they are facts only where the page size is the same; the size of the
/// group of names, the account, the choice and the findings are derived and may shrink in other ways.
fn facts(event: &Event) -> Value {
    let json = serde_json::to_value(event).unwrap();
    let mut facts = serde_json::Map::new();
    for key in ["trigger", "memcg", "machine", "selected", "kernel", "suppressed"] {
        facts.insert(key.into(), json[key].clone());
    }
    // A name that was concluded may be concluded otherwise from less.
    let mut constraint = json["constraint"].clone();
    if let Some(fields) = constraint.as_object_mut() {
        fields.remove("name");
    }
    facts.insert("constraint".into(), constraint);
    // Zones by their names: a cut may leave the free lists of one before the counters of another.
    if let Some(machine) = facts.get_mut("machine").and_then(Value::as_object_mut) {
        let zones = machine.remove("zones").unwrap_or_default();
        for zone in zones.as_array().into_iter().flatten() {
            machine.insert(format!("zone {} {}", zone["node"], zone["name"]), zone.clone());
        }
    }
    // Statistics by their path: without its head, a report does not tell the limited cgroup from others.
    if let Some(memcg) = facts.get_mut("memcg").and_then(Value::as_object_mut) {
        let children = memcg.remove("children").unwrap_or_default();
        let mut statistics: serde_json::Map<String, Value> = serde_json::Map::new();
        for child in children.as_array().into_iter().flatten() {
            statistics.insert(child["path"].as_str().unwrap_or_default().into(), child["stat"].clone());
        }
        if let Some(path) = memcg.get("path").and_then(Value::as_str) {
            statistics.insert(path.into(), memcg["stat"].clone());
        }
        memcg.remove("stat");
        memcg.insert("statistics".into(), Value::Object(statistics));
    }
    // By pid: a cut may take the first rows away.
    for key in ["victims", "tasks"] {
        let rows = json[key].as_array().into_iter().flatten();
        let rows: serde_json::Map<String, Value> =
            rows.map(|row| (row["pid"].to_string(), row.clone())).collect();
        facts.insert(key.into(), Value::Object(rows));
    }
    Value::Object(facts)
}

/// Lists facts of the part that the whole contradicts.
fn contradictions(part: &Value, whole: &Value, place: &str, out: &mut Vec<String>) {
    const DERIVED: &[&str] = &[
        "line",
        "badness",
        "badness_range",
        "reaped",
        "times_named",
        "stat_may_be_cut",
        "oom_score_adj_inferred",
        "managed_bytes",
    ];
    match (part, whole) {
        (Value::Null, _) => {}
        (Value::Object(part), Value::Object(whole)) => {
            for (key, part) in part.iter().filter(|(key, _)| !DERIVED.contains(&key.as_str())) {
                contradictions(part, whole.get(key).unwrap_or(&Value::Null), &format!("{place}.{key}"), out);
            }
        }
        // A list is shorter at its end or at its beginning.
        (Value::Array(part), Value::Array(whole)) if part.len() < whole.len() => {
            let fits = |whole: &[Value]| {
                part.iter().zip(whole).all(|(part, whole)| {
                    let mut differences = Vec::new();
                    contradictions(part, whole, "", &mut differences);
                    differences.is_empty()
                })
            };
            if !fits(whole) && !fits(&whole[whole.len() - part.len()..]) {
                out.push(format!(
                    "{place}: {} is no part of {}",
                    brief(&Value::Array(part.clone())),
                    brief(&Value::Array(whole.clone()))
                ));
            }
        }
        (Value::Array(part), Value::Array(whole)) if part.len() == whole.len() => {
            for (i, (part, whole)) in part.iter().zip(whole).enumerate() {
                contradictions(part, whole, &format!("{place}[{i}]"), out);
            }
        }
        _ if part == whole => {}
        // What nobody saw in the whole, nobody may see in the part.
        _ => out.push(format!("{place}: {} is not {}", brief(part), brief(whole))),
    }
}

fn check_facts(c: &mut Complaints, file: &str, at: usize, part: &Event, whole: &Event) {
    if part.page_size_bytes != whole.page_size_bytes {
        return;
    }
    let mut found = Vec::new();
    contradictions(&facts(part), &facts(whole), "", &mut found);
    for text in found {
        c.add(file, format!("cut at {at}: {text}"));
    }
    c.checked();
}

fn check_victims(c: &mut Complaints, file: &str, at: usize, part: &Decoded, whole: &BTreeSet<(i64, String)>) {
    let invented: Vec<_> = victims(&part.events).difference(whole).cloned().collect();
    if invented.is_empty() { c.checked() } else { c.add(file, format!("cut at {at} invents {invented:?}")) }
}

#[test]
fn a_missing_tail_invents_nothing() {
    let mut c = Complaints::default();
    for log in sample() {
        let whole = log.decoded();
        let known = victims(&whole.events);
        let mut at = 0;
        for (n, line) in log.bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            at += line.len();
            let part = decode(&log.bytes[..at]);
            lines::check(&mut c, &log.file, &log.bytes[..at], &part);
            check_victims(&mut c, &log.file, n + 1, &part, &known);
            for event in &part.events {
                match whole.events.iter().find(|whole| whole.first_line == event.first_line) {
                    Some(whole) => check_facts(&mut c, &log.file, n + 1, event, whole),
                    None => c.add(
                        &log.file,
                        format!("cut at {}: a new event at line {}", n + 1, event.first_line),
                    ),
                }
            }
        }
    }
    c.settle();
}

#[test]
fn a_missing_head_invents_nothing() {
    let mut c = Complaints::default();
    for log in sample() {
        let whole = log.decoded();
        let known = victims(&whole.events);
        let mut at = 0;
        for (n, line) in log.bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            at += line.len();
            let part = decode(&log.bytes[at..]);
            lines::check(&mut c, &log.file, &log.bytes[at..], &part);
            check_victims(&mut c, &log.file, n + 1, &part, &known);
            let moved = (n + 1) as u64;
            for event in &part.events {
                let (first, last) = (event.first_line.get() + moved, event.last_line.get() + moved);
                // The rest of an event lies within the event.
                match whole
                    .events
                    .iter()
                    .find(|whole| whole.first_line.get() <= first && last <= whole.last_line.get())
                {
                    Some(whole) => check_facts(&mut c, &log.file, n + 1, event, whole),
                    None => c.add(
                        &log.file,
                        format!("head cut at {}: an event of lines {first} to {last} in none", n + 1),
                    ),
                }
            }
        }
    }
    c.settle();
}

#[test]
fn cuts_within_a_line_invent_nothing() {
    // A fixed sequence, so that a failure can be had again.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let mut c = Complaints::default();
    for (run, log) in logs().filter(|(_, log)| log.bytes.len() < 120_000) {
        let known = victims(&log.decoded().events);
        for _ in 0..3 {
            let at = next(log.bytes.len());
            let part = decode(&log.bytes[..at]);
            lines::check(&mut c, &log.file, &log.bytes[..at], &part);
            if run.truth.scenario.contains("names") {
                continue;
            }
            // The last line may end within a name or a number, so it is no witness.
            let last = part.summary.coverage.lines;
            let invented = |event: &Event| {
                event
                    .victims
                    .iter()
                    .any(|x| x.line.get() < last && !known.contains(&(x.pid.get(), x.comm.to_string())))
            };
            if part.events.iter().any(invented) {
                c.add(&log.file, format!("cut at byte {at} invents a victim"));
            }
        }
    }
    for sample in ["shapes", "negatives", "seed"].iter().flat_map(|name| samples(name)) {
        for at in 0..sample.bytes.len().min(6000) {
            let part = decode(&sample.bytes[..at]);
            lines::check(&mut c, &sample.file, &sample.bytes[..at], &part);
        }
    }
    c.settle();
}

#[test]
fn contradictions_are_found() {
    let check = |part: &str, whole: &str| {
        let mut out = Vec::new();
        contradictions(
            &serde_json::from_str(part).unwrap(),
            &serde_json::from_str(whole).unwrap(),
            "",
            &mut out,
        );
        out.len()
    };
    assert_eq!(check(r#"{"a":1,"b":null}"#, r#"{"a":1,"b":2}"#), 0);
    assert_eq!(check(r#"{"a":1}"#, r#"{"a":2}"#), 1);
    assert_eq!(check(r#"{"a":1}"#, r#"{"a":null}"#), 1);
    assert_eq!(check(r#"{"a":[2,3]}"#, r#"{"a":[1,2,3]}"#), 0);
    assert_eq!(check(r#"{"a":[1,3]}"#, r#"{"a":[1,2,3]}"#), 1);
    assert_eq!(check(r#"{"a":[1,2]}"#, r#"{"a":[1]}"#), 1);
}
