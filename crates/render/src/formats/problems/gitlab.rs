//! Code Quality JSON of GitLab: the problems of a merge request beside its source.
//!
//! GitLab compares the fingerprints of two runs by itself, so known problems are among them; what is
//! suppressed is left out, because there is no word for it.  A file that could not be read is an issue
//! too, since the format has no other place for it.

use std::{collections::BTreeMap, fmt};

use oomkit_core::{
    finding::Severity,
    problem::{FilePath, Notice, Problem, Problems, Region},
};
use serde_json::{Value, json};

use super::words::{advice, sentence};
use crate::{safe::shown, style::Style};

/// Writes problems as a JSON array.
pub(crate) fn write(problems: &Problems, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let found = problems.all().iter().filter(|problem| problem.suppressed.is_none()).map(issue);
    let mut seen = BTreeMap::new();
    let unread = problems.notices.iter().filter_map(|notice| unread(&mut seen, notice));
    let issues: Vec<Value> = unread.chain(found).collect();
    writeln!(out, "{:#}", Value::from(issues))
}

fn issue(problem: &Problem) -> Value {
    let description = match problem.scope.as_str() {
        "" => advice(problem),
        scope => format!("{}: {}", shown(scope), advice(problem)),
    };
    let severity = match problem.severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Note => "info",
    };
    json!({
        "type": "issue",
        "description": description,
        "check_name": format!("{} {}", problem.code, problem.name),
        "fingerprint": problem.fingerprint,
        "severity": severity,
        "location": location(&problem.file, problem.region.as_ref()),
    })
}

/// Returns what could not be read, numbered among what could not be read of the same file.
fn unread<'a>(seen: &mut BTreeMap<&'a FilePath, usize>, notice: &'a Notice) -> Option<Value> {
    let file = notice.file.as_ref().filter(|_| notice.severity == Severity::Error)?;
    let number = seen.entry(file).or_default();
    *number += 1;
    Some(json!({
        "type": "issue",
        "description": sentence(&notice.message),
        "check_name": "not read",
        "fingerprint": format!("not-read:{file}:{number}"),
        "severity": "blocker",
        "location": location(file, notice.region.as_ref()),
    }))
}

/// A line is wanted, so what is about a whole file stands at its first one.
fn location(file: &FilePath, region: Option<&Region>) -> Value {
    let begin = region.map_or(1, |region| region.start.line.get().max(1));
    let end = region.map_or(1, |region| region.last_line().get()).max(begin);
    json!({ "path": file.shown(), "lines": { "begin": begin, "end": end } })
}
