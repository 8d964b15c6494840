//! What the rules say: cause, culprit and findings, with their lines and remedies.

use oomkit_core::{
    document::{Block, Callout, Document, Statement, Tone},
    finding::{Confidence, Finding, Severity},
};

use super::{Case, Detail, words::name};
use crate::{
    diagnoses::cause_of,
    report::{Event, EventKind, Scope, TaskTable},
};

/// The remedies that stand at the top; those of further findings stand beside these.
const STEPS: usize = 3;

/// Says the headline diagnosis, where there is one.
pub(super) fn cause(event: &Event) -> Document {
    callout(event).map(Block::Callout).into_iter().collect()
}

/// Says what to do first, where the rules know.
pub(super) fn steps(event: &Event) -> Document {
    let remedies = advice(event).into_iter().filter_map(|finding| finding.remedy.as_deref());
    let steps: Vec<String> = remedies.map(|remedy| name(remedy).into_owned()).collect();
    (!steps.is_empty()).then_some(Block::Steps(steps)).into_iter().collect()
}

fn callout(event: &Event) -> Option<Callout> {
    let culprit = event.culprit.as_ref().map_or_else(String::new, |culprit| {
        let size = culprit.bytes.map_or_else(String::new, |bytes| format!(", {bytes}"));
        format!("To blame: {} {}{size}.", name(&culprit.kind), name(&culprit.name))
    });
    let Some(cause) = event.cause.as_deref() else {
        let Some(text) = culprit.strip_prefix("To blame: ").map(str::to_owned) else {
            return is_asked_for(event).then(|| uncertain(event));
        };
        return Some(Callout { title: "To blame".into(), text, tone: Tone::Bad, ..Callout::default() });
    };
    let text = match headline(event) {
        Some(finding) => {
            format!("{} ({}, {})", name(&finding.message), name(cause), confidence(finding.confidence))
        }
        None => name(cause).into_owned(),
    };
    Some(Callout { title: "Cause".into(), text: format!("{text}."), note: culprit, tone: Tone::Bad })
}

/// Tells whether a reader looks for a cause: memory ran out, and the kernel says so.
fn is_asked_for(event: &Event) -> bool {
    let ran_out = matches!(event.kind, EventKind::OomKill | EventKind::OomNoVictim | EventKind::Panic);
    ran_out && !event.forged && event.scope != Scope::Sysrq
}

/// Says that the cause is not certain, and what of the log is missing to tell.
fn uncertain(event: &Event) -> Callout {
    let missing = missing(event);
    let text = match missing.split_last() {
        None => "not certain: nothing that the log shows takes enough of the memory.".to_owned(),
        Some((last, [])) => format!("not certain; the log does not have {last}."),
        Some((last, others)) => {
            format!("not certain; the log does not have {} and {last}.", others.join(", "))
        }
    };
    Callout { title: "Cause".into(), text, tone: Tone::Doubtful, ..Callout::default() }
}

/// Returns what would tell who holds the memory, and is not in the log.
fn missing(event: &Event) -> Vec<&'static str> {
    let (machine, memcg) = (event.machine.as_ref(), event.memcg.as_ref());
    let is_cgroup = event.scope == Scope::Memcg;
    let has = |is_there: Option<bool>| is_there.unwrap_or_default();
    let wanted = [
        (is_cgroup && !has(memcg.map(|memcg| memcg.usage_bytes.is_some())), "the cgroup's use and limit"),
        (is_cgroup && !has(memcg.map(|memcg| !memcg.stat.is_empty())), "the cgroup's statistics"),
        (!is_cgroup && !has(machine.map(|machine| !machine.counters.is_empty())), "the counters of memory"),
        (!is_cgroup && !has(machine.map(|machine| machine.managed_bytes.is_some())), "the size of the RAM"),
        (event.task_table == TaskTable::None, "the task table"),
        (event.task_table.lacks_rows(), "all rows of the task table"),
        (event.victims.is_empty() && event.kind == EventKind::OomKill, "the kill"),
    ];
    wanted.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| what).collect()
}

/// Returns the finding that heads the story.
#[must_use]
pub fn headline(event: &Event) -> Option<&Finding> {
    let named = |name: &str| event.findings.iter().find(|finding| finding.name == name);
    let stands_for = |cause: &str| event.findings.iter().find(|finding| cause_of(finding.name) == cause);
    // An accident of the kill before has the cause of that kill, and the finding that says so.
    named("cascade").or_else(|| stands_for(event.cause.as_deref()?))
}

/// Returns the findings whose remedies stand at the top: the cause's, then those of the others.
fn advice(event: &Event) -> Vec<&Finding> {
    let heads = |finding: &&Finding| headline(event).is_some_and(|headline| std::ptr::eq(headline, *finding));
    // What is worth knowing and not even certain is no first thing to do.
    let is_idle =
        |finding: &Finding| finding.severity == Severity::Note && finding.confidence == Confidence::Low;
    let others = event.findings.iter().filter(|finding| !heads(finding) && !is_idle(finding));
    let mut advice: Vec<&Finding> = Vec::new();
    for finding in headline(event).into_iter().chain(others).filter(|finding| finding.remedy.is_some()) {
        if advice.len() < STEPS && !advice.iter().any(|other| other.remedy == finding.remedy) {
            advice.push(finding);
        }
    }
    advice
}

/// Shows the findings in the order of the rules: the cause, then the worst first.
pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    if case.event.findings.is_empty() {
        return;
    }
    let advice = advice(case.event);
    document.push(Block::Heading("Findings".into()));
    for finding in &case.event.findings {
        let is_told = advice.iter().any(|told| told.remedy == finding.remedy);
        document.push(Block::Finding(statement(case, finding, is_told)));
    }
}

fn statement(case: &Case<'_>, finding: &Finding, remedy_is_told: bool) -> Statement {
    let is_brief = case.detail == Detail::Brief;
    let remedy = finding.remedy.as_ref().filter(|_| !is_brief && !remedy_is_told);
    let proofs = finding.evidence.iter().filter(|_| !is_brief);
    Statement {
        tone: tone(finding.severity),
        severity: finding.severity.name().into(),
        confidence: confidence(finding.confidence).into(),
        code: name(finding.code).into_owned(),
        name: name(finding.name).into_owned(),
        message: name(&finding.message).into_owned(),
        remedy: remedy.map(|remedy| name(remedy).into_owned()),
        proofs: proofs.map(|evidence| case.proof(evidence)).collect(),
    }
}

const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "certain",
        Confidence::Medium => "likely",
        Confidence::Low => "a guess, look yourself",
    }
}

const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Doubtful,
        Severity::Note => Tone::Plain,
    }
}
