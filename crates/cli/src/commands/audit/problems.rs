//! What the audit came to as problems, for CI systems and code scanners.

use std::collections::BTreeMap;

use oomkit_audit::{
    model::{LimitModel, Place},
    rules,
};
use oomkit_core::{
    finding::{Finding, Severity},
    place::LineNo,
    problem::{
        Column, FilePath, Input, Notice, Problem, Problems, Region, Related, SourceLine, Suppressed,
        SuppressedBy,
    },
};

use super::Audited;

/// Returns everything that the audit came to; `fail_on` is how bad a finding must be to fail the run.
pub(super) fn of(audited: &Audited, fail_on: Option<Severity>) -> Problems {
    let report = &audited.report;
    let model = &report.model;
    let said = report.findings.iter().filter_map(|finding| problem(model, finding));
    let silenced = report.suppressed.iter().filter_map(|finding| {
        let suppressed = Some(Suppressed { by: SuppressedBy::Source, reason: None });
        Some(Problem { suppressed, ..problem(model, finding)? })
    });
    let all = said.chain(silenced).collect();
    let mut problems = Problems::new(env!("CARGO_PKG_VERSION"), rules::pages(), all);
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

fn problem(model: &LimitModel, finding: &Finding<Place>) -> Option<Problem> {
    let (place, others) = finding.evidence.split_first()?;
    let scope = place.scope.and_then(|scope| model.scope(scope)).map(|scope| scope.path.clone());
    let related = |place: &Place| Related {
        file: path(model, *place),
        region: Some(region(*place)),
        message: String::new(),
    };
    Some(Problem {
        region: Some(region(*place)),
        excerpt: excerpt(model, *place).into_iter().collect(),
        related: others.iter().map(related).collect(),
        ..Problem::new(finding, path(model, *place), scope.unwrap_or_default())
    })
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
