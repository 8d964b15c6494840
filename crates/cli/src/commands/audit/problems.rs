//! What the audit came to as problems, for CI systems and code scanners.

use std::collections::BTreeMap;

use oomkit_audit::{
    Report,
    model::{LimitModel, Place},
    rules,
};
use oomkit_core::{
    finding::{Finding, Severity},
    place::LineNo,
    problem::{
        Age, Column, FilePath, Fingerprint, Input, Notice, Problem, Problems, Region, Related, SourceLine,
        Suppressed, SuppressedBy, identify,
    },
};

use super::Audited;

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It counts.
    Open,
    /// Somebody asked for silence about it.
    Suppressed,
    /// It was there before and is no worse.
    Known,
}

/// Returns all findings of a report, with what became of them.
pub(super) fn findings(report: &Report) -> impl Iterator<Item = (&Finding<Place>, Fate)> {
    let all = [
        (&report.findings, Fate::Open),
        (&report.suppressed, Fate::Suppressed),
        (&report.known, Fate::Known),
    ];
    all.into_iter().flat_map(|(findings, fate)| findings.iter().map(move |finding| (finding, fate)))
}

/// Returns what the findings are known by, in the order of [`findings`].
pub(super) fn fingerprints(report: &Report) -> Vec<Fingerprint> {
    let mut problems: Vec<Problem> =
        findings(report).map(|(finding, _)| bare(&report.model, finding)).collect();
    identify(&mut problems);
    problems.into_iter().map(|problem| problem.fingerprint).collect()
}

/// Returns everything that the audit came to; `fail_on` is how bad a finding must be to fail the run.
pub(super) fn of(audited: &Audited, fail_on: Option<Severity>) -> Problems {
    let model = &audited.report.model;
    let compared = audited.is_compared;
    let all =
        findings(&audited.report).map(|(finding, fate)| problem(&audited.report, finding, fate, compared));
    let mut problems = Problems::new(env!("CARGO_PKG_VERSION"), rules::pages(), all.collect());
    problems.inputs = inputs(model);
    problems.fail_on = fail_on;
    if audited.is_partial {
        // Each part is a finding of its own; here the run says of itself that it is not whole.
        problems.notices.push(Notice {
            severity: Severity::Error,
            file: None,
            region: None,
            message: "parts of the input could not be read, and were not audited".into(),
        });
    }
    problems
}

/// Returns the files that were read, each with what runs by it.
fn inputs(model: &LimitModel) -> Vec<Input> {
    let mut scopes: BTreeMap<FilePath, Vec<String>> = BTreeMap::new();
    for file in model.files.iter().filter(|file| file.dialect.is_some()) {
        scopes.entry(FilePath::new(file.name.as_bytes())).or_default();
    }
    for (_, scope) in model.leaves() {
        scopes.entry(path(model, scope.place)).or_default().push(scope.path.clone());
    }
    scopes.into_iter().map(|(file, scopes)| Input { file, scopes }).collect()
}

/// Returns a finding with all that a reader needs.
fn problem(report: &Report, finding: &Finding<Place>, fate: Fate, compared: bool) -> Problem {
    let model = &report.model;
    let (first, others) = match finding.evidence.split_first() {
        Some((first, others)) => (Some(*first), others),
        None => (None, [].as_slice()),
    };
    let related = |place: &Place| Related {
        file: path(model, *place),
        region: Some(region(*place)),
        message: String::new(),
    };
    let age = if fate == Fate::Known { Age::Known } else { Age::New };
    let reason = || report.reason(finding).map(str::to_owned);
    let suppressed = || Suppressed { by: SuppressedBy::Source, reason: reason() };
    Problem {
        excerpt: first.and_then(|place| excerpt(model, place)).into_iter().collect(),
        related: others.iter().map(related).collect(),
        suppressed: (fate == Fate::Suppressed).then(suppressed),
        age: compared.then_some(age),
        ..bare(model, finding)
    }
}

/// Returns a finding with its place alone.
fn bare(model: &LimitModel, finding: &Finding<Place>) -> Problem {
    let place = finding.evidence.first().copied().unwrap_or_default();
    let scope = place.scope.and_then(|scope| model.scope(scope)).map(|scope| scope.path.clone());
    let region = finding.evidence.first().map(|place| region(*place));
    Problem { region, ..Problem::new(finding, path(model, place), scope.unwrap_or_default()) }
}

fn path(model: &LimitModel, place: Place) -> FilePath {
    FilePath::new(model.file(place.file).map_or("", |file| file.name.as_str()).as_bytes())
}

fn region(place: Place) -> Region {
    let mark = place.mark;
    let behind = mark.column.saturating_add(mark.width);
    Region::at(place.line(), column(mark.column)).to(place.line(), column(behind))
}

fn excerpt(model: &LimitModel, place: Place) -> Option<SourceLine> {
    let line = model.file(place.file)?.line(place.mark.line)?;
    let number = LineNo::new(place.mark.line.into());
    Some(SourceLine::new(number, line.as_bytes(), Some(column(place.mark.column))))
}

fn column(number: u32) -> Column {
    Column::new(usize::try_from(number).unwrap_or(usize::MAX))
}
