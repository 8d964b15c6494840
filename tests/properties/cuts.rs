//! Every cut of a log: no panic, no line lost, and cutting invents nothing.

use std::collections::BTreeSet;

use oomkit_core::ident::Comm;
use oomkit_decode::{Event, report::TaskTable};
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

/// Who is to blame, as far as a cause and a name tell.
fn blamed(event: &Event) -> (Option<String>, Option<String>) {
    (event.cause.clone(), event.culprit.as_ref().map(|culprit| culprit.name.clone()))
}

/// What else a part may say, in place of what the whole says: as true, and less particular.
const AS_TRUE: &[(&str, &str)] = &[("one-process", "anonymous"), ("many-processes", "protected-tasks")];

/// Complains where a part puts an event down to something else than the whole does.
fn check_cause(c: &mut Complaints, file: &str, what: &str, part: &Event, whole: &Event) {
    let ((cause, culprit), (of_whole, its)) = (blamed(part), blamed(whole));
    let pair = of_whole.as_deref().zip(cause.as_deref());
    if pair.is_some_and(|pair| AS_TRUE.contains(&pair)) {
        return c.checked();
    }
    if cause.is_some() && cause != of_whole || culprit.is_some() && culprit != its {
        c.add(file, format!("{what}: {cause:?}, {culprit:?} instead of {of_whole:?}, {its:?}"));
    }
    c.checked();
}

/// Returns a log without one of its lines, or without all behind it.
fn without(bytes: &[u8], line: u64, and_all_behind: bool) -> Vec<u8> {
    let kept = |n: u64| if and_all_behind { n < line } else { n != line };
    let lines = (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n'));
    lines.filter(|(n, _)| kept(*n)).flat_map(|(_, line)| line).copied().collect()
}

#[test]
fn a_cut_task_table_blames_nobody_else() {
    let mut c = Complaints::default();
    for log in sample() {
        let whole = log.decoded();
        let Some(first) = whole.events.iter().find(|event| !event.forged) else { continue };
        for task in &first.tasks {
            let row = task.line.get();
            for and_all_behind in [false, true] {
                let part = decode(&without(&log.bytes, row, and_all_behind));
                let found = part.events.iter().find(|event| event.first_line == first.first_line);
                let what = format!("without {} (and all behind: {and_all_behind})", task.comm);
                if let Some(event) = found {
                    check_cause(&mut c, &log.file, &what, event, first);
                }
            }
        }
    }
    c.settle();
}

/// Cuts the first report of a run at the row of a task, and says what is left of its verdict.
fn verdict(run: &str, comm: &str, and_all_behind: bool) -> (TaskTable, Option<String>, Option<String>) {
    let log = logs().map(|(_, log)| log).find(|log| log.file.contains(run)).expect("a log of the run");
    let event = log.decoded().events.first().expect("an event");
    let row = event.tasks.iter().find(|task| task.comm.to_string() == comm).expect("a row").line.get();
    let part = decode(&without(&log.bytes, row, and_all_behind)).events.remove(0);
    let (cause, culprit) = blamed(&part);
    let says_so = part.notes.iter().any(|note| note.contains("the task table is cut"));
    assert_eq!(says_so, part.task_table.lacks_rows(), "{:?}", part.notes);
    (part.task_table, cause, culprit)
}

#[test]
fn the_kill_line_speaks_for_a_row_that_is_missing() {
    let some = |text: &str| Some(text.to_owned());
    let cut = |run, comm, rest, cause, culprit| {
        assert_eq!(
            verdict(run, comm, rest),
            (TaskTable::Cut, cause, culprit),
            "{run} without {comm}, {rest}"
        );
    };
    cut("debian-6.12_amd64_global.log", "memhog", false, some("one-process"), some("memhog"));
    cut("debian-6.12_amd64_global.log", "memhog", true, None, None);
    cut("debian-6.18_amd64_shm.log", "postgres", false, some("shared-memory"), some("postgres"));
    cut("debian-6.18_amd64_shm.log", "postgres", true, None, None);
}

#[test]
fn rows_of_another_table_are_no_processes() {
    let of = |run: &str| &logs().find(|(_, log)| log.file.contains(run)).expect("a log of the run").1.bytes;
    let (global, cgroup) = (of("debian-6.12_amd64_global.log"), of("debian-6.1_amd64_memcg2_k8s.log"));
    let lines = |bytes: &'static [u8]| bytes.split_inclusive(|byte| *byte == b'\n');
    let (mut mixed, mut other) = (Vec::new(), lines(cgroup));
    for line in lines(global) {
        mixed.extend_from_slice(line);
        mixed.extend_from_slice(other.next().unwrap_or_default());
    }
    let events = decode(&mixed).events;
    assert!(!events.is_empty());
    for task in events.iter().flat_map(|event| &event.tasks) {
        assert!(task.comm.as_bytes().len() <= Comm::LONGEST, "{}", task.comm);
    }
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
