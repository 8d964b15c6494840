//! The pages of the diagnoses: what they say that they fire on, they fire on; the rest stays silent.
//!
//! A page names a run of `tests/fixtures/logs` or shows a log of its own in a fence of `log`.

use oomkit_core::{finding::Severity, rule::Page};
use oomkit_decode::{Event, diagnoses};

use crate::support::{Complaints, decode, runs};

#[test]
fn pages_tell_the_truth() {
    let mut c = Complaints::default();
    for page in diagnoses::pages() {
        let (_, rest) = page.docs.split_once("## Fires\n").expect("a section");
        let (fires, silent) = rest.split_once("## Stays silent\n").expect("a section");
        check(&page, fires, true, &mut c);
        check(&page, silent, false, &mut c);
    }
    c.settle();
}

/// Holds a section against the program; an empty one proves nothing.
fn check(page: &Page, section: &str, fires: bool, c: &mut Complaints) {
    let examples = examples(section);
    if examples.is_empty() {
        c.add(page.code, format!("no example that it {}", if fires { "fires on" } else { "is silent on" }));
    }
    for (name, events) in examples {
        let found = events.iter().flat_map(|event| &event.findings).any(|finding| finding.code == page.code);
        c.same(page.code, name, found, fires);
    }
}

/// Returns the examples of a section, each with its name and the events that it decodes to.
fn examples(section: &str) -> Vec<(String, Vec<Event>)> {
    let named = section.lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next());
    let mut examples: Vec<(String, Vec<Event>)> = named
        .map(|name| {
            let run = runs().iter().find(|run| run.name == name);
            let run = run.unwrap_or_else(|| panic!("there is no run {name}"));
            (name.to_owned(), run.logs[0].decoded().events.clone())
        })
        .collect();
    let fences = section.split("```log\n").skip(1).filter_map(|rest| rest.split_once("```"));
    for (number, (log, _)) in fences.enumerate() {
        let events = decode(log.as_bytes()).events;
        assert!(!events.is_empty(), "no event in: {log}");
        examples.push((format!("log {}", number + 1), events));
    }
    examples
}

#[test]
fn every_finding_names_its_lines() {
    let mut c = Complaints::default();
    for run in runs() {
        for log in &run.logs {
            for event in &log.decoded().events {
                for finding in &event.findings {
                    let place = format!("line {} {}", event.first_line, finding.code);
                    for evidence in &finding.evidence {
                        let within = event.first_line <= evidence.line && evidence.line <= event.last_line;
                        let earlier = evidence.line < event.first_line;
                        c.same(
                            &log.file,
                            format!("{place}: line {}", evidence.line),
                            within || earlier,
                            true,
                        );
                        c.same(&log.file, format!("{place}: text"), evidence.text.is_empty(), false);
                    }
                }
            }
        }
    }
    c.settle();
}

#[test]
fn no_doubt_is_cast_on_what_the_kernel_printed() {
    let mut c = Complaints::default();
    for log in runs().iter().flat_map(|run| &run.logs) {
        for event in log.decoded().counted() {
            let doubts = event.findings.iter().filter(|finding| finding.code.starts_with("OKD9"));
            for doubt in doubts.filter(|doubt| Severity::Note < doubt.severity) {
                c.add(&log.file, format!("line {}: {}: {}", event.first_line, doubt.name, doubt.message));
            }
            c.checked();
        }
    }
    c.settle();
}
