//! View: an incident as a document, in the language asked for: the answer first, the proof last.
//!
//! Figures, names, files and lines of logs are the same in every language.

use oomkit_core::{
    document::{Align, Bar, Block, Caption, Column, Document, Proof, Statement, Table, Tone},
    finding::Confidence,
    ident::visible,
    language::Language,
    place::Evidence,
};
use oomkit_decode::{
    Input, Summary,
    view::{Detail, Nothing, nothing_found},
};

use crate::incident::{
    Blame, Change, Gap, GapWhy, Grown, Growth, Incident, Later, Moment, Patch, RiskWhy, What,
};

mod words;

use words::{Part, Words};

/// How many moments of the time line are shown.
const MOMENTS: usize = 40;

/// What a document needs beside the incident.
struct Case<'a> {
    incident: &'a Incident,
    inputs: &'a [String],
    words: &'static dyn Words,
}

/// Returns an incident as a document; `inputs` are the names of the logs.
#[must_use]
pub fn document(incident: &Incident, inputs: &[String], language: Language) -> Document {
    let case = Case { incident, inputs, words: words::of(language) };
    let mut document = Document::new().in_language(language).with_caption(caption(&case));
    let sections: [fn(&Case<'_>, &mut Document); 10] =
        [screen, steps, patches, gaps, blame, later, growth, risks, timeline, missing];
    for section in sections {
        section(&case, &mut document);
    }
    document
}

/// Returns the document for logs without an incident.
///
/// The answer is in the language asked for; what was read and how far is told by the decoder, in English.
#[must_use]
pub fn no_incident(inputs: &[Input], summary: &Summary, language: Language) -> Document {
    let told = nothing_found(inputs, summary, Detail::Normal);
    if language == Language::En {
        return told;
    }
    let words = words::of(language);
    let tone = told.answer().map_or(Tone::Plain, |(tone, _)| tone);
    let mut document = Document::new().in_language(language);
    document.push(Block::Answer(tone, words.nothing(Nothing::of(summary)).into()));
    document.push(Block::Text(Tone::Quiet, words.decoder_speaks_english().into()));
    let rest = told.blocks().iter().filter(|block| !matches!(block, Block::Answer(..)));
    document.append(rest.cloned().collect());
    document
}

/// Says that no change was written to a file, where one was asked for and none is certain.
#[must_use]
pub fn without_patch(file: &str, language: Language) -> Block {
    Block::Text(Tone::Doubtful, words::of(language).no_patch(&visible_owned(file)))
}

/// Returns what stands between the holes of each piece of advice that is told in other languages, in English
/// and by the code of its rule, which is empty for phrases within advice.
pub fn english_advice() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    words::english_advice()
}

/// Returns what a rule finds or advises in a language other than English; `None` where that is not known.
#[must_use]
pub fn told_advice(code: &str, english: &str, language: Language) -> Option<String> {
    words::told_advice(code, english, language)
}

fn caption(case: &Case<'_>) -> Caption {
    let happened = &case.incident.happened;
    let when = happened.at.map(|at| at.to_string()).unwrap_or_default();
    let host = happened.host.as_ref().map(|host| visible(host.as_bytes()).into_owned());
    let when = [Some(when), host].into_iter().flatten().filter(|part| !part.is_empty());
    Caption { what: case.words.part(Part::Title).into(), when: when.collect::<Vec<_>>().join(", ") }
}

/// Shows what a tired reader needs: what happened, how sure that is, and what to do.
fn screen(case: &Case<'_>, document: &mut Document) {
    let (incident, words) = (case.incident, case.words);
    document.push(Block::Answer(Tone::Bad, visible_owned(&words.answer(incident))));
    document.push(Block::Text(Tone::Plain, visible_owned(&words.when(&incident.happened))));
    let mut facts = Vec::new();
    let mut fact = |part, text: String, sure: Option<Confidence>| {
        if !text.is_empty() {
            let text = visible_owned(&text);
            let text = sure.map_or_else(|| text.clone(), |sure| words.rated(&text, sure));
            facts.push((words.part(part).to_owned(), text));
        }
    };
    fact(Part::ToBlame, words.blame(incident), incident.blame.confidence);
    fact(Part::Growth, words.growth(&incident.growth), None);
    if let Some(gap) = incident.gaps.first() {
        let part = if gap.why.is_limit() { Part::StoppedBy } else { Part::NotStopped };
        fact(part, gap_text(case, gap), gap_sure(gap));
    }
    let set = incident.gaps.iter().skip(1).find(|gap| gap.why.is_about_the_limit());
    if let Some(gap) = set {
        fact(Part::SetIn, gap_text(case, gap), Some(gap.confidence));
    }
    fact(Part::AtRisk, at_risk(case), None);
    if let Some(change) = incident.changes.first() {
        fact(Part::Do, change_text(case, change), None);
    }
    document.push(Block::Facts(facts));
}

/// Names the others on one line.
fn at_risk(case: &Case<'_>) -> String {
    const MOST: usize = 3;
    let risks = &case.incident.at_risk;
    // What others lean on is worth more than the next in line.
    let mut order: Vec<_> = risks.iter().collect();
    order.sort_by_key(|risk| risk.critical.is_none());
    let named: Vec<String> =
        order.iter().take(MOST).map(|risk| visible_owned(&case.words.risk(risk))).collect();
    let more = risks.len().saturating_sub(named.len());
    let more = if more == 0 { String::new() } else { format!(" (+{more})") };
    named.join("; ") + &more
}

/// Returns how sure a reason is; that nothing is known needs no such word.
fn gap_sure(gap: &Gap) -> Option<Confidence> {
    (!matches!(gap.why, GapWhy::Unknown | GapWhy::NotRecognised { .. })).then_some(gap.confidence)
}

fn gap_text(case: &Case<'_>, gap: &Gap) -> String {
    let text = visible_owned(&case.words.gap(&gap.why));
    let Some(written) = &gap.written else { return text };
    let place = format!("{}:{}", visible(written.file.as_bytes()), written.line);
    case.words.written(&text, &place, &case.words.matched(written.matched, written.others))
}

fn change_text(case: &Case<'_>, change: &Change) -> String {
    visible_owned(&case.words.change(change))
}

fn visible_owned(text: &str) -> String {
    visible(text.as_bytes()).into_owned()
}

fn heading(case: &Case<'_>, part: Part) -> Block {
    Block::Heading(case.words.part(part).to_owned())
}

fn steps(case: &Case<'_>, document: &mut Document) {
    let steps: Vec<String> = case.incident.changes.iter().map(|change| change_text(case, change)).collect();
    if !steps.is_empty() {
        document.push(Block::Steps(steps));
    }
}

/// Returns the changes of files.
pub fn patches_of(incident: &Incident) -> impl Iterator<Item = &Patch> {
    incident.changes.iter().filter_map(|change| match change {
        Change::Limit { patch, .. } => patch.as_ref(),
        Change::Leak { .. } | Change::Advice { .. } => None,
    })
}

fn patches(case: &Case<'_>, document: &mut Document) {
    for patch in patches_of(case.incident) {
        document.push(heading(case, Part::Patch));
        document.push(Block::Text(Tone::Plain, case.words.patch(patch.kind, &visible_owned(&patch.file))));
        let lines = patch.text.lines().map(|line| (String::new(), visible_owned(line)));
        document.push(Block::Lines(lines.collect()));
    }
}

fn gaps(case: &Case<'_>, document: &mut Document) {
    if case.incident.gaps.is_empty() {
        return;
    }
    let is_limit = case.incident.gaps.first().is_some_and(|gap| gap.why.is_limit());
    document.push(heading(case, if is_limit { Part::WhatStopped } else { Part::WhyNotStopped }));
    for gap in &case.incident.gaps {
        let text = gap_text(case, gap);
        let text = gap_sure(gap).map_or_else(|| text.clone(), |sure| case.words.rated(&text, sure));
        document.push(Block::Text(Tone::Doubtful, text));
        let line = |evidence: &Evidence| (place(case, evidence), visible_owned(&evidence.text));
        let mut lines: Vec<(String, String)> = gap.evidence.iter().map(line).collect();
        lines.extend(gap.written.as_ref().map(|written| {
            (format!("{}:{}", visible(written.file.as_bytes()), written.line), visible_owned(&written.text))
        }));
        document.push(Block::Lines(lines));
    }
}

fn blame(case: &Case<'_>, document: &mut Document) {
    let blame = &case.incident.blame;
    if let Some(verdict) = verdict(case, blame) {
        document.push(heading(case, Part::WhoIsToBlame));
        document.push(verdict);
        let agreement = case.words.agreement(&blame.history);
        if !agreement.is_empty() {
            document.push(Block::Text(Tone::Plain, visible_owned(&agreement)));
        }
    }
}

/// Says what later kills came from, where it was something else.
fn later(case: &Case<'_>, document: &mut Document) {
    if !case.incident.later.is_empty() {
        document.push(heading(case, Part::Later));
    }
    for Later { kill, blame } in &case.incident.later {
        let after = kill.after_microseconds.map(|micros| words::offset(micros) + " ").unwrap_or_default();
        document.push(Block::Text(Tone::Plain, after + &visible_owned(&case.words.what(&kill.what))));
        document.append(verdict(case, blame).into_iter().collect());
    }
}

/// Says what the diagnosis found, and in which lines.
fn verdict(case: &Case<'_>, blame: &Blame) -> Option<Block> {
    let code = blame.code.clone().unwrap_or_default();
    let message = case.words.explanation(&code, blame.explanation.as_ref()?);
    Some(Block::Finding(Statement {
        tone: Tone::Bad,
        code,
        confidence: blame.confidence.map(|sure| case.words.sure(sure).to_owned()).unwrap_or_default(),
        name: blame.cause.as_deref().map(visible_owned).unwrap_or_default(),
        message: visible_owned(&message),
        proofs: blame.evidence.iter().map(|evidence| proof(case, evidence)).collect(),
        ..Statement::default()
    }))
}

fn growth(case: &Case<'_>, document: &mut Document) {
    let Growth::Seen(grown) = &case.incident.growth else { return };
    document.push(heading(case, Part::WhatGrew));
    document.push(Block::Text(Tone::Plain, case.words.growth(&case.incident.growth)));
    document.push(Block::Bars(bars(case, grown)));
    if !grown.others.is_empty() {
        let named = grown.others.iter().map(|other| format!("{} {}", other.name, other.by_bytes));
        let text = case.words.others_grew(&named.collect::<Vec<_>>().join(", "));
        document.push(Block::Text(Tone::Quiet, visible_owned(&text)));
    }
}

/// Draws what was held over time; a bar is a moment.
fn bars(case: &Case<'_>, grown: &Grown) -> Vec<Bar> {
    let bar = |step: &crate::incident::Step| {
        let label = format!("\u{2212}{}", words::span(step.before_seconds.micros() / 1_000_000));
        Bar::of(label, step.held_bytes, grown.peak_bytes, Tone::Plain)
    };
    let mut bars: Vec<Bar> = grown.steps.iter().map(bar).collect();
    let at_kill = grown.at_kill_bytes;
    let longest = grown.peak_bytes.max(at_kill.unwrap_or_default());
    bars.extend(at_kill.map(|held| Bar::of(case.words.part(Part::Kill), held, longest, Tone::Bad)));
    let scale =
        oomkit_core::units::Share::of(grown.peak_bytes, longest).map_or(1.0, |share| share.fraction());
    for bar in bars.iter_mut().filter(|bar| bar.tone == Tone::Plain) {
        bar.share *= scale;
    }
    bars
}

fn risks(case: &Case<'_>, document: &mut Document) {
    if case.incident.at_risk.is_empty() {
        return;
    }
    document.push(heading(case, Part::WhoElse));
    let column = |part| Column { title: case.words.part(part).into(), align: Align::Left, shrinks: true };
    let rows = case.incident.at_risk.iter().map(|risk| {
        let place = match (&risk.why, &risk.evidence) {
            (RiskWhy::Beside { file, line }, _) => format!("{}:{line}", visible(file.as_bytes())),
            (_, evidence) => evidence.as_ref().map(|evidence| place(case, evidence)).unwrap_or_default(),
        };
        vec![
            visible_owned(&risk.name),
            visible_owned(&case.words.risk_why(risk)),
            risk.critical.as_deref().map(|critical| case.words.critical(critical)).unwrap_or_default(),
            place,
        ]
    });
    let columns = vec![column(Part::Who), column(Part::What), column(Part::Role), column(Part::Line)];
    document.push(Block::Table(Table { columns, rows: rows.collect(), marked: Vec::new() }));
}

fn timeline(case: &Case<'_>, document: &mut Document) {
    let moments = &case.incident.timeline;
    if moments.len() < 2 {
        return;
    }
    document.push(heading(case, Part::Timeline));
    if let Some(clock) = &case.incident.clock {
        document.push(Block::Text(Tone::Quiet, case.words.clock(*clock)));
    }
    let row = |moment: &Moment| {
        vec![
            moment.after_microseconds.map(words::offset).unwrap_or_default(),
            moment.at.map(|at| at.to_string()).unwrap_or_default(),
            visible_owned(&case.words.what(&moment.what)),
            moment.evidence.as_ref().map(|evidence| place(case, evidence)).unwrap_or_default(),
        ]
    };
    let is_kill = |moment: &Moment| !matches!(moment.what, What::Trouble { .. } | What::Held { .. });
    let shown: Vec<&Moment> = nearest(moments);
    let marked = shown.iter().enumerate().filter(|(_, moment)| is_kill(moment)).map(|(at, _)| at).collect();
    let column = |part| Column { title: case.words.part(part).into(), align: Align::Left, shrinks: true };
    let figures = |part| Column::figures(case.words.part(part));
    let columns = vec![figures(Part::After), figures(Part::When), column(Part::What), column(Part::Line)];
    document.push(Block::Table(Table {
        columns,
        rows: shown.iter().map(|moment| row(moment)).collect(),
        marked,
    }));
    let left_out = moments.len() - shown.len();
    if 0 < left_out {
        document.push(Block::Text(Tone::Quiet, case.words.left_out(left_out)));
    }
}

/// Keeps the moments that lie nearest to the kill, in their order.
fn nearest(moments: &[Moment]) -> Vec<&Moment> {
    let mut order: Vec<(usize, &Moment)> = moments.iter().enumerate().collect();
    order.sort_by_key(|(_, moment)| moment.after_microseconds.map_or(u64::MAX, i64::unsigned_abs));
    order.truncate(MOMENTS);
    order.sort_by_key(|(at, _)| *at);
    order.into_iter().map(|(_, moment)| moment).collect()
}

fn missing(case: &Case<'_>, document: &mut Document) {
    if case.incident.missing.is_empty() {
        return;
    }
    document.push(heading(case, Part::Missing));
    let notes = case.incident.missing.iter().map(|missing| case.words.missing(*missing).to_owned());
    document.push(Block::Notes(notes.collect()));
}

fn proof(case: &Case<'_>, evidence: &Evidence) -> Proof {
    Proof { place: place(case, evidence), line: None, text: visible_owned(&evidence.text) }
}

/// Says where a line stands.
fn place(case: &Case<'_>, evidence: &Evidence) -> String {
    let name = case.inputs.get(evidence.input.get() as usize).map_or("", String::as_str);
    format!("{}:{}", visible(name.as_bytes()), evidence.line)
}
