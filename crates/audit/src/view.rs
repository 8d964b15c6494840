//! The audit as a document: the answer, what was counted, and each finding with its lines.

mod excerpt;
pub mod victims;

use std::collections::BTreeMap;

use oomkit_core::{
    document::{Block, Document, Tone, Topic},
    finding::{Confidence, Finding, Severity},
    ident::visible,
};

use crate::{
    Report,
    dialect::Dialect,
    model::{File, FileId, LimitModel, Place},
    summary::Summary,
};

/// How many findings of one rule are shown of each file, before there are too many to read.
const ALIKE: usize = 10;

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The first few of what says the same.
    #[default]
    Few,
    /// Everything.
    All,
}

/// Shows an audit; `passed_over` is how many files were of no known format.
#[must_use]
pub fn document(report: &Report, passed_over: usize, extent: Extent) -> Document {
    let summary = Summary::of(report);
    let mut document = Document::new().on(Topic::Limits);
    document.push(Block::Answer(tone_of_all(&summary), answer(report, &summary)));
    for line in counted(report, &summary, passed_over) {
        document.push(Block::Text(Tone::Plain, line));
    }
    let by_file = |one: &Finding<Place>, other: &Finding<Place>| file_of(one) == file_of(other);
    for of_file in report.findings.chunk_by(by_file) {
        let file = of_file.first().and_then(file_of);
        document.push(Block::Heading(name_of(&report.model, file)));
        show_file(&report.model, of_file, extent, &mut document);
    }
    document
}

fn file_of(finding: &Finding<Place>) -> Option<FileId> {
    finding.evidence.first().map(|place| place.file)
}

/// Shows the findings of a file; of many that say the same, the first few.
fn show_file(model: &LimitModel, findings: &[Finding<Place>], extent: Extent, document: &mut Document) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        let count = counts.entry(finding.code).or_default();
        *count += 1;
        if extent == Extent::All || *count <= ALIKE {
            show(model, finding, document);
        }
    }
    for (code, count) in counts {
        let more = count.saturating_sub(ALIKE);
        if extent == Extent::Few && 0 < more {
            let said = format!("{more} more findings of {code} in this file are not shown.");
            document.push(Block::Text(Tone::Doubtful, said));
        }
    }
}

/// Says in one line what was found.
fn answer(report: &Report, summary: &Summary) -> String {
    let parts = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| 0 < *count).map(|(count, word)| plural(*count, word)).collect();
    match (parts.as_slice(), summary.containers) {
        ([], 0) => "Nothing to audit: no container, service or unit was found".into(),
        ([], _) if !report.known.is_empty() => "Nothing new, and nothing worse".into(),
        ([], _) => "No findings".into(),
        (parts, _) => parts.join(", "),
    }
}

/// Says what was counted.
fn counted(report: &Report, summary: &Summary, passed_over: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if 0 < summary.containers {
        let limits = match summary.limit_missing {
            0 => "all have a memory limit in force".to_owned(),
            missing => format!("{} have a memory limit in force, {missing} have none", summary.limit_set),
        };
        let what = if report.model.machine.is_some() { "container or unit" } else { "container" };
        let counted = match (summary.containers, report.model.machine.is_some()) {
            (1, _) => format!("1 {what}"),
            (count, true) => format!("{count} containers and units"),
            (count, false) => format!("{count} containers"),
        };
        lines.push(format!("{counted}: {limits}."));
        if !report.model.pasts.is_empty() {
            let known = report.model.leaves().filter(|(_, scope)| scope.past.is_some()).count();
            lines.push(format!("The history knows {known} of them."));
        }
    }
    let is_file = |file: &&File| file.dialect.is_some_and(|dialect| dialect != Dialect::Live);
    let read = report.model.files.iter().filter(is_file).count();
    let mut files = match report.model.machine {
        Some(_) if read == 0 => "1 host read".to_owned(),
        Some(_) => format!("1 host and {} read", plural(read, "file")),
        None => format!("{} read", plural(read, "file")),
    };
    if 0 < passed_over {
        files += &format!(", {passed_over} of no known format passed over");
    }
    lines.push(files + ".");
    if !report.suppressed.is_empty() {
        lines.push(format!("{} silenced by request.", plural(report.suppressed.len(), "finding")));
    }
    if !report.known.is_empty() {
        lines.push(format!("{} of before, no worse than then.", plural(report.known.len(), "finding")));
    }
    lines
}

fn show(model: &LimitModel, finding: &Finding<Place>, document: &mut Document) {
    let sure = match finding.confidence {
        Confidence::High => "",
        Confidence::Medium => " (likely)",
        Confidence::Low => " (a guess, look yourself)",
    };
    let said =
        format!("{} {} {}: {}{sure}", finding.severity.name(), finding.code, finding.name, finding.message);
    document.push(Block::Text(tone(finding.severity), said));
    let Some((first, others)) = finding.evidence.split_first() else { return };
    if let Some(remedy) = &finding.remedy {
        document.push(Block::Text(Tone::Plain, format!("What to do: {remedy}.")));
    }
    let others: Vec<String> =
        others.iter().take(8).map(|place| position(model, *place, first.file)).collect();
    if !others.is_empty() {
        document.push(Block::Text(Tone::Quiet, format!("See also {}.", others.join(", "))));
    }
    // Last, since an empty line follows them and parts one finding from the next.
    document.push(Block::Lines(excerpt::lines(model, *first)));
}

/// Names a place, without its file where that is the file at hand.
fn position(model: &LimitModel, place: Place, at_hand: FileId) -> String {
    let (line, column) = (place.mark.line, place.mark.column);
    if place.file == at_hand {
        return format!("{line}:{column}");
    }
    format!("{}:{line}:{column}", name_of(model, Some(place.file)))
}

fn name_of(model: &LimitModel, file: Option<FileId>) -> String {
    let name = file.and_then(|file| model.file(file)).map_or("", |file| file.name.as_str());
    visible(name.as_bytes()).into_owned()
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn tone_of_all(summary: &Summary) -> Tone {
    match summary {
        Summary { errors: 1.., .. } => Tone::Bad,
        Summary { warnings: 1.., .. } => Tone::Doubtful,
        _ => Tone::Plain,
    }
}

const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Doubtful,
        Severity::Note => Tone::Plain,
    }
}
