//! JUnit XML: a suite for each file, a case for each scope and for each rule that has found something.
//!
//! A case fails when one of its problems makes the run fail; what is less bad stands in its output.
//! A case whose problems are all suppressed or known is skipped.  A scope without problems is a case
//! that passes, and a file that could not be read is one with an error.
//! There are no times in it, since the same input gives the same output.

use std::{collections::BTreeMap, fmt, io};

use oomkit_core::{
    finding::Severity,
    place::LineNo,
    problem::{FilePath, Notice, Problem, Problems},
};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::words::{advice, excuse, notice, opened, place, rule};
use crate::{safe::shown, style::Style};

/// Writes problems as XML.
pub(crate) fn write(problems: &Problems, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let bytes = report(&suites(problems)).map_err(|_| fmt::Error)?;
    out.write_str(std::str::from_utf8(&bytes).map_err(|_| fmt::Error)?)?;
    out.write_char('\n')
}

/// The cases of a file, in the order of their names.
type Suite = BTreeMap<String, Case>;

/// The suites by their files; what is about no file is in one without.
type Suites = BTreeMap<Option<String>, Suite>;

struct Case {
    line: Option<LineNo>,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Remarked(String),
    Skipped(String),
    Failed { message: String, kind: &'static str, body: String },
    Broken { message: String, body: String },
}

fn suites(problems: &Problems) -> Suites {
    let mut suites = Suites::new();
    for input in &problems.inputs {
        let suite = suites.entry(Some(xml(&input.file.shown()))).or_default();
        for scope in &input.scopes {
            suite.insert(xml(scope), Case { line: None, outcome: Outcome::Passed });
        }
    }
    let mut unread: BTreeMap<Option<&FilePath>, Vec<&Notice>> = BTreeMap::new();
    for notice in &problems.notices {
        unread.entry(notice.file.as_ref()).or_default().push(notice);
    }
    for (file, notices) in unread {
        suites
            .entry(file.map(|file| xml(&file.shown())))
            .or_default()
            .insert("reading".into(), reading(&notices));
    }
    let mut alike: BTreeMap<(&FilePath, &str, &str), Vec<&Problem>> = BTreeMap::new();
    for problem in problems.all() {
        alike.entry((&problem.file, &problem.scope, problem.code)).or_default().push(problem);
    }
    for ((file, scope, _), group) in alike {
        let Some(first) = group.first() else { continue };
        let suite = suites.entry(Some(xml(&file.shown()))).or_default();
        let scope = xml(scope);
        if group.iter().any(|problem| problem.is_open()) {
            // The scope as such has not passed.
            suite.remove(&scope);
        }
        let name = if scope.is_empty() { rule(first) } else { format!("{scope} {}", rule(first)) };
        suite.insert(name, judged(problems, &group));
    }
    suites
}

fn reading(notices: &[&Notice]) -> Case {
    let line = notices.first().and_then(|notice| notice.region).map(|region| region.start.line);
    let body: String = notices
        .iter()
        .map(|remark| format!("{}: {}\n", remark.severity.name(), xml(&notice(remark))))
        .collect();
    let worst = notices.iter().find(|notice| notice.severity == Severity::Error);
    let outcome = match worst {
        Some(error) => Outcome::Broken { message: xml(&opened(&error.message)), body },
        None => Outcome::Remarked(body),
    };
    Case { line, outcome }
}

fn judged(problems: &Problems, group: &[&Problem]) -> Case {
    let line = group.first().and_then(|problem| problem.region).map(|region| region.start.line);
    let body: String = group.iter().map(|problem| told(problem)).collect();
    let failing = group.iter().filter(|problem| problems.fails_on(problem));
    let worst = failing.max_by_key(|problem| problem.severity);
    let excuses: Vec<_> = group.iter().filter_map(|problem| excuse(problem)).collect();
    let outcome = match (worst, excuses.first()) {
        (Some(worst), _) => {
            Outcome::Failed { message: xml(&worst.message), kind: worst.severity.name(), body }
        }
        (None, Some(excuse)) if excuses.len() == group.len() => Outcome::Skipped(xml(excuse)),
        (None, _) => Outcome::Remarked(body),
    };
    Case { line, outcome }
}

fn told(problem: &Problem) -> String {
    let place = xml(&place(&problem.file, problem.region.as_ref()));
    let excuse = excuse(problem).map(|excuse| format!(" ({})", xml(&excuse))).unwrap_or_default();
    format!("{place}: {}{excuse}: {}\n", problem.severity.name(), xml(&advice(problem)))
}

/// Returns text that is safe to show and holds nothing that XML forbids.
fn xml(text: &str) -> String {
    // What is safe to show may still hold these two, which no XML may, not even escaped.
    shown(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// How many cases there are, and how many of each sort.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'a>(cases: impl Iterator<Item = &'a Case>) -> Self {
        cases.fold(Self::default(), |mut counts, case| {
            counts.tests += 1;
            match case.outcome {
                Outcome::Passed | Outcome::Remarked(_) => {}
                Outcome::Skipped(_) => counts.skipped += 1,
                Outcome::Failed { .. } => counts.failures += 1,
                Outcome::Broken { .. } => counts.errors += 1,
            }
            counts
        })
    }
}

fn report(suites: &Suites) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = Counts::of(suites.values().flat_map(BTreeMap::values));
    // `skipped` has no place here: the schema knows it for suites only.
    let root = writer
        .create_element("testsuites")
        .with_attribute(("name", "oomkit"))
        .with_attribute(("tests", counts.tests.to_string().as_str()))
        .with_attribute(("failures", counts.failures.to_string().as_str()))
        .with_attribute(("errors", counts.errors.to_string().as_str()));
    root.write_inner_content(|writer| {
        suites.iter().try_for_each(|(file, cases)| suite(writer, file.as_deref(), cases))
    })?;
    Ok(writer.into_inner())
}

fn suite(writer: &mut Writer<Vec<u8>>, file: Option<&str>, cases: &Suite) -> io::Result<()> {
    let counts = Counts::of(cases.values());
    let element = writer
        .create_element("testsuite")
        .with_attribute(("name", file.unwrap_or("oomkit")))
        .with_attribute(("tests", counts.tests.to_string().as_str()))
        .with_attribute(("failures", counts.failures.to_string().as_str()))
        .with_attribute(("errors", counts.errors.to_string().as_str()))
        .with_attribute(("skipped", counts.skipped.to_string().as_str()));
    element.write_inner_content(|writer| {
        cases.iter().try_for_each(|(name, case)| test(writer, file, name, case))
    })?;
    Ok(())
}

fn test(writer: &mut Writer<Vec<u8>>, file: Option<&str>, name: &str, case: &Case) -> io::Result<()> {
    let mut element = writer
        .create_element("testcase")
        .with_attribute(("name", name))
        .with_attribute(("classname", file.unwrap_or("oomkit")));
    if let Some(file) = file {
        element = element.with_attribute(("file", file));
    }
    if let Some(line) = case.line {
        element = element.with_attribute(("line", line.to_string().as_str()));
    }
    if matches!(case.outcome, Outcome::Passed) {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        let (tag, attributes, body) = match &case.outcome {
            Outcome::Passed => return Ok(()),
            Outcome::Remarked(body) => ("system-out", Vec::new(), body.as_str()),
            Outcome::Skipped(message) => ("skipped", vec![("message", message.as_str())], ""),
            Outcome::Failed { message, kind, body } => {
                ("failure", vec![("type", *kind), ("message", message.as_str())], body.as_str())
            }
            Outcome::Broken { message, body } => {
                ("error", vec![("type", "not read"), ("message", message.as_str())], body.as_str())
            }
        };
        let element = writer.create_element(tag).with_attributes(attributes);
        element.write_text_content(BytesText::new(body))?;
        Ok(())
    })?;
    Ok(())
}
