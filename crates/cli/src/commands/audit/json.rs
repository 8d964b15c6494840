//! The JSON output of the audit.

use oomkit_audit::{
    Report,
    dialect::Dialect,
    model::{LimitModel, Place, Scope, ScopeKind},
    simulate,
    summary::Summary,
};
use oomkit_core::{
    finding::{Confidence, Finding, Severity},
    ident::{Comm, OomScoreAdj, Pid},
    place::LineNo,
    problem::Fingerprint,
    units::Bytes,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Audited,
    problems::{self, Fate},
};

/// The name of the schema, which stands first in every document.
pub(super) const SCHEMA: &str = "oomkit.audit/v1";

/// What `oomkit audit --format json` writes.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AuditDocument {
    /// The name of this schema.
    #[schemars(extend("const" = SCHEMA))]
    schema: String,
    /// The files that were read, or should have been.
    inputs: Vec<Input>,
    /// What was counted.
    summary: Counted,
    /// The containers, services and units, one by one.
    scopes: Vec<ScopeRow>,
    /// What the rules say, by file and line.
    findings: Vec<FindingRow>,
    /// Whom the kernel would kill first; null unless it was asked for.
    simulation: Option<Vec<Prediction>>,
}

/// The order of victims, should memory be out.
#[derive(Debug, Serialize, JsonSchema)]
struct Prediction {
    /// Whose memory is out: the path of a cgroup; null for the whole machine.
    cgroup: Option<String>,
    /// All the memory that scores are a share of: limit and swap.
    total_bytes: Bytes,
    /// The victims, the first one first.
    victims: Vec<Victim>,
    /// How many processes are never killed.
    spared: usize,
    /// How many processes have a score that is not known, and so may come anywhere.
    unknown: usize,
}

/// A process that may be killed.
#[derive(Debug, Serialize, JsonSchema)]
struct Victim {
    /// The process id.
    pid: Pid,
    /// The name.
    comm: Comm,
    /// The path of the cgroup that it runs in; null where that is not known.
    cgroup: Option<String>,
    /// The score in thousandths of all memory.
    score: i64,
    /// The adjustment of the score.
    oom_score_adj: Option<OomScoreAdj>,
    /// What it holds itself: anonymous memory, shared memory and swap.
    held_bytes: Option<Bytes>,
}

/// A file.
#[derive(Debug, Serialize, JsonSchema)]
struct Input {
    /// Its name.
    name: String,
    /// The format that it is written in; null where none of it could be read.
    dialect: Option<Dialect>,
    /// Why it could not be read, if it could not.
    error: Option<String>,
}

/// What was counted.
#[derive(Debug, Serialize, JsonSchema)]
struct Counted {
    /// Containers one by one, services, units and tasks.
    containers: usize,
    /// Those with a memory limit in force, their own or one above them.
    memory_limit_set: usize,
    /// Those without.
    memory_limit_missing: usize,
    /// Files of no known format.
    files_passed_over: usize,
    /// The findings by severity.
    findings: Severities,
}

/// The findings by severity.
#[derive(Debug, Serialize, JsonSchema)]
struct Severities {
    /// Errors.
    error: usize,
    /// Warnings.
    warning: usize,
    /// Notes.
    note: usize,
}

/// A scope that runs processes.
#[derive(Debug, Serialize, JsonSchema)]
struct ScopeRow {
    /// Its name in full.
    path: String,
    /// The format that it was read from.
    dialect: Dialect,
    /// What it is.
    kind: ScopeKind,
    /// The file that it stands in.
    file: String,
    /// The line that it begins in.
    line: LineNo,
    /// What is set aside for it.
    request_bytes: Option<Bytes>,
    /// The limit of its own.
    limit_bytes: Option<Bytes>,
    /// The limit in force, its own or one above it; null where there is none or its size is not known.
    effective_limit_bytes: Option<Bytes>,
    /// Whether a limit is in force, of whatever size.
    limited: bool,
    /// What it uses, where that was observed.
    usage_bytes: Option<Bytes>,
    /// What it has used at most, where that was observed.
    peak_bytes: Option<Bytes>,
}

/// What a rule says.
#[derive(Debug, Serialize, JsonSchema)]
struct FindingRow {
    /// The code of the rule.
    code: &'static str,
    /// The name of the rule.
    name: &'static str,
    /// How bad it is.
    severity: Severity,
    /// How sure it is.
    confidence: Confidence,
    /// The scope that it is about, if it is about one.
    scope: Option<String>,
    /// The file.
    file: String,
    /// The line, from 1.
    line: LineNo,
    /// The column in characters, from 1.
    column: u32,
    /// The column behind the last character.
    end_column: u32,
    /// The finding in one sentence.
    message: String,
    /// What to do.
    remedy: Option<String>,
    /// Whether somebody asked for silence about it; then it counts for nothing.
    suppressed: bool,
    /// Whether it was there before and is no worse; then it counts for nothing.
    known: bool,
    /// What it is known by from run to run, while lines move and figures change.
    fingerprint: Fingerprint,
    /// Further places that it rests on.
    related: Vec<Related>,
}

/// A further place.
#[derive(Debug, Serialize, JsonSchema)]
struct Related {
    /// The file.
    file: String,
    /// The line, from 1.
    line: LineNo,
    /// The column in characters, from 1.
    column: u32,
}

/// What is read again of a document of before.
#[derive(Debug, Deserialize)]
pub(super) struct PastDocument {
    pub(super) schema: String,
    pub(super) findings: Vec<PastFinding>,
}

/// What is read again of a finding.
#[derive(Debug, Deserialize)]
pub(super) struct PastFinding {
    pub(super) fingerprint: String,
    pub(super) severity: Severity,
}

/// Returns the document of an audit.
pub(super) fn document(audited: &Audited, simulates: bool) -> AuditDocument {
    let model = &audited.report.model;
    let summary = Summary::of(&audited.report);
    AuditDocument {
        schema: SCHEMA.into(),
        inputs: model
            .files
            .iter()
            // What was passed over is counted and not listed.
            .filter(|file| !file.is_of_host)
            .filter(|file| file.dialect.is_some() || file.error.is_some() || !file.text.is_empty())
            .map(|file| Input { name: file.name.clone(), dialect: file.dialect, error: file.error.clone() })
            .collect(),
        summary: Counted {
            containers: summary.containers,
            memory_limit_set: summary.limit_set,
            memory_limit_missing: summary.limit_missing,
            files_passed_over: audited.passed_over,
            findings: Severities { error: summary.errors, warning: summary.warnings, note: summary.notes },
        },
        scopes: model.leaves().map(|(_, scope)| row(model, scope)).collect(),
        findings: findings(&audited.report),
        simulation: simulates
            .then(|| simulate::predict(model).iter().map(|one| prediction(model, one)).collect()),
    }
}

fn prediction(model: &LimitModel, of: &simulate::Prediction<'_>) -> Prediction {
    let path =
        |scope| model.scope(scope).filter(|scope| scope.live.is_some()).map(|scope| scope.path.clone());
    let victim = |victim: &simulate::Victim<'_>| Victim {
        pid: victim.process.pid,
        comm: victim.process.comm.clone(),
        cgroup: victim.process.scope.and_then(path),
        score: victim.score,
        oom_score_adj: victim.process.claim.map(|claim| claim.adj),
        held_bytes: victim.process.held,
    };
    Prediction {
        cgroup: path(of.scope),
        total_bytes: of.total,
        victims: of.victims.iter().map(victim).collect(),
        spared: of.spared,
        unknown: of.unknown,
    }
}

fn row(model: &LimitModel, scope: &Scope) -> ScopeRow {
    let ceiling = model.ceiling(scope);
    let own = scope.memory.limit.as_ref().filter(|limit| limit.value.applies());
    ScopeRow {
        path: scope.path.clone(),
        dialect: scope.dialect,
        kind: scope.kind,
        file: name(model, scope.place),
        line: scope.place.line(),
        request_bytes: scope.memory.request.as_ref().and_then(|request| request.value.size()),
        limit_bytes: own.and_then(|limit| limit.value.size()),
        effective_limit_bytes: ceiling.and_then(|ceiling| ceiling.size),
        limited: ceiling.is_some(),
        usage_bytes: scope.live.as_ref().and_then(|live| live.used()),
        peak_bytes: scope.live.as_ref().and_then(|live| live.peak()),
    }
}

/// Returns what the rules say and what they would say, by file and line.
fn findings(report: &Report) -> Vec<FindingRow> {
    let prints = problems::fingerprints(report);
    let mut all: Vec<_> = problems::findings(report).zip(prints).collect();
    all.sort_by_key(|((finding, _), _)| finding.evidence.first().map(|place| (place.file, place.mark)));
    let row = |((finding, fate), print)| finding_row(&report.model, finding, fate, print);
    all.into_iter().filter_map(row).collect()
}

fn finding_row(
    model: &LimitModel,
    finding: &Finding<Place>,
    fate: Fate,
    fingerprint: Fingerprint,
) -> Option<FindingRow> {
    let (place, others) = finding.evidence.split_first()?;
    let related =
        |place: &Place| Related { file: name(model, *place), line: place.line(), column: place.mark.column };
    Some(FindingRow {
        code: finding.code,
        name: finding.name,
        severity: finding.severity,
        confidence: finding.confidence,
        scope: place.scope.and_then(|scope| model.scope(scope)).map(|scope| scope.path.clone()),
        file: name(model, *place),
        line: place.line(),
        column: place.mark.column,
        end_column: place.mark.column.saturating_add(place.mark.width),
        message: finding.message.clone(),
        remedy: finding.remedy.clone(),
        suppressed: fate == Fate::Suppressed,
        known: fate == Fate::Known,
        fingerprint,
        related: others.iter().map(related).collect(),
    })
}

fn name(model: &LimitModel, place: Place) -> String {
    model.file(place.file).map_or_else(String::new, |file| file.name.clone())
}
