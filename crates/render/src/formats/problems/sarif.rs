//! SARIF 2.1.0: the exchange format of code scanners.
//!
//! Results that are suppressed or known are in it, because the format has words for both.  Bytes of
//! a path that are no part of a URI are percent-encoded; all other texts are safe to show.

use std::{collections::BTreeMap, fmt};

use oomkit_core::{
    finding::{Confidence, Severity},
    problem::{
        Age, FilePath, Fingerprint, Notice, Problem, Problems, Region, Related, SourceLine, SuppressedBy,
    },
    rule::Page,
};
use serde_json::{Value, json};

use super::words::{advice, opened};
use crate::{
    safe::{shortened, shown},
    style::{Characters, Style},
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name for the folder that relative paths begin at, as GitHub and others expect it.
const ROOT: &str = "%SRCROOT%";

/// Writes problems as a log of one run.
pub(crate) fn write(problems: &Problems, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let run = Run { problems, files: files(problems) };
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run.json()] });
    writeln!(out, "{log:#}")
}

/// Numbers all files that are spoken of.
fn files(problems: &Problems) -> BTreeMap<&FilePath, usize> {
    let inputs = problems.inputs.iter().map(|input| &input.file);
    let notices = problems.notices.iter().filter_map(|notice| notice.file.as_ref());
    let found = problems.all().iter().flat_map(|problem| {
        std::iter::once(&problem.file).chain(problem.related.iter().map(|related| &related.file))
    });
    let mut files: BTreeMap<&FilePath, usize> =
        inputs.chain(notices).chain(found).map(|file| (file, 0)).collect();
    files.values_mut().enumerate().for_each(|(number, index)| *index = number);
    files
}

struct Run<'a> {
    problems: &'a Problems,
    files: BTreeMap<&'a FilePath, usize>,
}

impl Run<'_> {
    fn json(&self) -> Value {
        let problems = self.problems;
        let notices: Vec<Value> = problems.notices.iter().map(|notice| self.notification(notice)).collect();
        let results: Vec<Value> = problems.all().iter().map(|problem| self.result(problem)).collect();
        let artifacts = self.files.keys().map(|file| json!({ "location": uri(file) }));
        json!({
            "tool": { "driver": {
                "name": "oomkit",
                "version": problems.version,
                "semanticVersion": problems.version,
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": problems.rules.iter().map(descriptor).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "The folder that the paths were given from." } },
            },
            "artifacts": artifacts.collect::<Vec<_>>(),
            "invocations": [{
                "executionSuccessful": problems.tally().unread == 0,
                "toolExecutionNotifications": notices,
            }],
            "results": results,
        })
    }

    fn result(&self, problem: &Problem) -> Value {
        let mut location = self.location(&problem.file, problem.region.as_ref(), &problem.excerpt);
        if !problem.scope.is_empty() {
            insert(
                &mut location,
                "logicalLocations",
                json!([{ "fullyQualifiedName": shown(&problem.scope) }]),
            );
        }
        let related = problem.related.iter().enumerate().map(|(id, related)| self.related(id, related));
        // An empty list says that nobody suppressed it; without one that would not be known.
        let suppressions = problem.suppressed.iter().map(|suppressed| {
            let kind = match suppressed.by {
                SuppressedBy::Source => "inSource",
                SuppressedBy::Policy => "external",
            };
            let mut suppression = json!({ "kind": kind, "status": "accepted" });
            if let Some(reason) = &suppressed.reason {
                insert(&mut suppression, "justification", text(reason));
            }
            suppression
        });
        let mut result = json!({
            "ruleId": problem.code,
            "level": level(problem.severity),
            "message": { "text": unlinked(&advice(problem)) },
            "locations": [location],
            "partialFingerprints": { Fingerprint::SCHEME: problem.fingerprint },
            "suppressions": suppressions.collect::<Vec<_>>(),
            "properties": { "confidence": problem.confidence.name() },
        });
        if !problem.related.is_empty() {
            insert(&mut result, "relatedLocations", related.collect::<Vec<_>>().into());
        }
        if let Some(index) = self.problems.rules.iter().position(|page| page.code == problem.code) {
            insert(&mut result, "ruleIndex", index.into());
        }
        if let Some(age) = problem.age {
            let state = match age {
                Age::New => "new",
                Age::Known => "unchanged",
            };
            insert(&mut result, "baselineState", state.into());
        }
        result
    }

    fn related(&self, id: usize, related: &Related) -> Value {
        let mut location = self.location(&related.file, related.region.as_ref(), &[]);
        insert(&mut location, "id", id.into());
        if !related.message.is_empty() {
            insert(&mut location, "message", json!({ "text": unlinked(&shown(&related.message)) }));
        }
        location
    }

    fn notification(&self, notice: &Notice) -> Value {
        let mut notification = json!({
            "level": level(notice.severity),
            "message": { "text": unlinked(&opened(&notice.message)) },
        });
        if let Some(file) = &notice.file {
            let location = self.location(file, notice.region.as_ref(), &[]);
            insert(&mut notification, "locations", json!([location]));
        }
        notification
    }

    fn location(&self, file: &FilePath, place: Option<&Region>, excerpt: &[SourceLine]) -> Value {
        let mut artifact = uri(file);
        if let Some(index) = self.files.get(file) {
            insert(&mut artifact, "index", (*index).into());
        }
        let mut physical = json!({ "artifactLocation": artifact });
        if let Some(place) = place {
            insert(&mut physical, "region", region(place));
        }
        if let Some(context) = place.and_then(|_| context(excerpt)) {
            insert(&mut physical, "contextRegion", context);
        }
        json!({ "physicalLocation": physical })
    }
}

fn descriptor(page: &Page) -> Value {
    let severity = match page.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    };
    let precision = match page.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    };
    json!({
        "id": page.code,
        "name": page.name,
        "shortDescription": { "text": opened(page.summary) },
        "fullDescription": { "text": first_paragraph(page) },
        "help": { "text": page.docs, "markdown": page.docs },
        "defaultConfiguration": { "level": level(page.severity) },
        "properties": { "precision": precision, "problem.severity": severity, "tags": ["memory"] },
    })
}

/// Returns the first paragraph of the page on one line; GitHub takes at most 1024 letters of it.
fn first_paragraph(page: &Page) -> String {
    let mut paragraphs = page.docs.split("\n\n").map(str::trim);
    let first = paragraphs.find(|paragraph| !paragraph.is_empty() && !paragraph.starts_with('#'));
    let line = first.unwrap_or(page.summary).replace('\n', " ");
    shortened(&opened(&line), 1000, Characters::Unicode).into_owned()
}

fn region(region: &Region) -> Value {
    let mut json = json!({ "startLine": region.start.line.get().max(1) });
    if let Some(column) = region.start.column {
        insert(&mut json, "startColumn", column.get().into());
    }
    if let Some(end) = region.end {
        insert(&mut json, "endLine", end.line.get().max(1).into());
        if let Some(column) = end.column {
            insert(&mut json, "endColumn", column.get().into());
        }
    }
    json
}

/// Returns the lines of an excerpt; a line that was cut would claim that the file has it so.
fn context(excerpt: &[SourceLine]) -> Option<Value> {
    let (first, last) = (excerpt.first()?, excerpt.last()?);
    let is_whole = excerpt.iter().all(|line| line.is_whole);
    let lines: Vec<_> = excerpt.iter().map(|line| shown(&line.text)).collect();
    is_whole.then(|| {
        json!({
            "startLine": first.line.get().max(1),
            "endLine": last.line.get().max(1),
            "snippet": { "text": lines.join("\n") },
        })
    })
}

/// Returns a path as a URI, relative to the root where the path is.
fn uri(file: &FilePath) -> Value {
    let mut encoded = String::new();
    for byte in file.as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => encoded.push(char::from(*byte)),
            // A colon too: in the first part of a relative path it would end a scheme.
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    if encoded.starts_with('/') {
        json!({ "uri": format!("file://{encoded}") })
    } else {
        json!({ "uri": encoded, "uriBaseId": ROOT })
    }
}

/// Parts what a reader would take for a link, since names may be chosen to look like one.
///
/// Braces stay as they are: the format wants them doubled, and what reads it shows them so.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

fn text(text: &str) -> Value {
    shown(text).into()
}

const fn level(severity: Severity) -> &'static str {
    severity.name()
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        for (path, encoded) in [
            (&b"./k8s/web app.yaml"[..], "k8s/web%20app.yaml"),
            (b"c:d,%\n", "c%3Ad%2C%25%0A"),
            (b"\xff\xe6\x97\xa5", "%FF%E6%97%A5"),
            (b"../up", "../up"),
            (b"/etc/a#b?c", "file:///etc/a%23b%3Fc"),
        ] {
            assert_eq!(uri(&FilePath::new(path)).get("uri"), Some(&Value::from(encoded)));
        }
    }
}
