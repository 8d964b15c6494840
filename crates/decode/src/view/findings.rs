//! What the rules say: cause, culprit and findings, with their lines and remedies.

use oomkit_core::{
    document::{Block, Document, Tone},
    finding::{Confidence, Finding, Severity},
};

use super::{Case, Detail, words::name};
use crate::report::Event;

/// Says the headline diagnosis, where there is one.
pub(super) fn cause(event: &Event) -> Option<String> {
    let culprit = event.culprit.as_ref().map(|culprit| {
        let size = culprit.bytes.map_or_else(String::new, |bytes| format!(", {bytes}"));
        format!("{} {}{size}", name(&culprit.kind), name(&culprit.name))
    });
    match (event.cause.as_ref(), culprit) {
        (Some(cause), Some(culprit)) => Some(format!("Cause: {}. To blame: {culprit}.", name(cause))),
        (Some(cause), None) => Some(format!("Cause: {}.", name(cause))),
        (None, Some(culprit)) => Some(format!("To blame: {culprit}.")),
        (None, None) => None,
    }
}

/// Shows the findings, worst first as the rules hand them out.
pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    if case.event.findings.is_empty() {
        return;
    }
    document.push(Block::Heading("Findings".into()));
    for finding in &case.event.findings {
        document.push(Block::Text(tone(finding.severity), statement(finding)));
        if case.detail == Detail::Brief {
            continue;
        }
        if let Some(remedy) = &finding.remedy {
            document.push(Block::Text(Tone::Plain, format!("What to do: {}", name(remedy))));
        }
        if !finding.evidence.is_empty() {
            let lines = finding.evidence.iter().map(|evidence| case.line(evidence));
            document.push(Block::Lines(lines.collect()));
        }
    }
}

fn statement(finding: &Finding) -> String {
    let sure = match finding.confidence {
        Confidence::High => "certain",
        Confidence::Medium => "likely",
        Confidence::Low => "a guess, look yourself",
    };
    format!("{} {}: {} ({sure})", name(finding.code), name(finding.name), name(&finding.message))
}

const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Doubtful,
        Severity::Note => Tone::Plain,
    }
}
