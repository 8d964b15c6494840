//! What the rules say: cause, culprit and findings, with their lines and remedies.

use oomkit_core::{
    document::{Block, Callout, Document, Statement, Tone},
    finding::{Confidence, Finding, Severity},
};

use super::{Case, Detail, words::name};
use crate::{diagnoses::cause_of, report::Event};

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
        let text = culprit.strip_prefix("To blame: ").map(str::to_owned)?;
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
