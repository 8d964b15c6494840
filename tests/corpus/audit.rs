//! The pages of the audit rules: what they say that they fire on, they fire on; the rest stays silent.
//!
//! A page shows files in fences.  Behind the language stand the name of the file and what the policy
//! says, as in `yaml compose.yaml swap=0`; both may be left out.  A file with `beside` behind its name
//! belongs to the one before it, and both are audited together.

mod cases;
mod jobs;
mod projects;
mod quadlets;
mod tasks;
mod units;

use oomkit_audit::{Auditor, Report, policy::Policy, rules, sources::Alone};
use oomkit_core::rule::Page;
use oomkit_host::{Host, tree::Capture};

use crate::support::Complaints;

/// The name of an example that is a captured host.
const HOST: &str = "example.capture";

/// Audits files that stand alone.
pub(crate) fn audit(files: &[(&str, &str)]) -> Report {
    audit_with(Policy::default(), files)
}

/// Audits files that stand alone, under a policy.
pub(crate) fn audit_with(policy: Policy, files: &[(&str, &str)]) -> Report {
    let mut auditor = Auditor::new(policy);
    for (name, text) in files {
        if *name == HOST {
            let capture = Capture::new(text.as_bytes().to_vec()).expect("a capture");
            auditor.add_host(name, &Host::over(capture));
            continue;
        }
        auditor.add(name, text.as_bytes(), &Alone);
    }
    auditor.finish()
}

#[test]
fn pages_tell_the_truth() {
    let mut c = Complaints::default();
    for page in rules::pages() {
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
    for (number, Example { policy, files }) in examples.into_iter().enumerate() {
        let name = files.first().map_or("", |(name, _)| *name);
        let report = audit_with(policy, &files);
        let found = report.findings.iter().any(|finding| finding.code == page.code);
        c.same(page.code, format!("example {}, {name}", number + 1), found, fires);
        let known = report.model.files.iter().all(|file| file.is_of_host || file.dialect.is_some());
        let says = report.findings.iter().any(|finding| finding.code == "OKA096");
        c.same(page.code, format!("example {}, {name}: is read", number + 1), known || says, true);
    }
}

/// Files that are audited together, under a policy.
struct Example<'a> {
    policy: Policy,
    files: Vec<(&'a str, &'a str)>,
}

/// Returns the examples of a section.
fn examples(section: &str) -> Vec<Example<'_>> {
    let mut examples: Vec<Example<'_>> = Vec::new();
    let fences = section.split("```").skip(1).step_by(2);
    for (head, text) in fences.filter_map(|fence| fence.split_once('\n')) {
        let mut words = head.split_whitespace();
        let default = match words.next() {
            Some("ini") => "example.service",
            Some("host") => HOST,
            Some("hcl") => "example.nomad.hcl",
            Some("json") => "example.json",
            _ => "example.yaml",
        };
        let (said, names): (Vec<&str>, Vec<&str>) = words.partition(|word| word.contains('='));
        let file = (names.first().copied().unwrap_or(default), text);
        match (names.contains(&"beside"), examples.last_mut()) {
            (true, Some(example)) => example.files.push(file),
            _ => examples.push(Example { policy: policy(&said), files: vec![file] }),
        }
    }
    examples
}

/// Makes a policy of what stands behind the language of a fence.
fn policy(said: &[&str]) -> Policy {
    let mut node = String::from("[node]\n");
    let mut today = None;
    for (key, value) in said.iter().filter_map(|word| word.split_once('=')) {
        match key {
            "node-memory" => node += &format!("memory = '{value}'\n"),
            "node-count" => node += &format!("count = {value}\n"),
            "swap" | "cgroup" => node += &format!("{key} = '{value}'\n"),
            "today" => today = Some(value.parse().expect("a day")),
            _ => panic!("{key} is nothing that a page can say"),
        }
    }
    Policy { today, ..Policy::parse(&node).expect("a policy") }
}

#[test]
fn pages_have_the_parts_that_readers_expect() {
    let pages = rules::pages();
    for page in &pages {
        for part in ["## What it checks", "## Why it matters", "## Fires", "## Stays silent"] {
            assert!(page.docs.contains(part), "{} has no {part:?}", page.code);
        }
        assert!(page.code.starts_with("OKA") && page.code.len() == 6, "{}", page.code);
    }
    assert!(pages.is_sorted_by(|a, b| a.code < b.code));
    let mut names: Vec<&str> = pages.iter().map(|page| page.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), pages.len());
}
