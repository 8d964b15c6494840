//! Nothing found, said aloud, with how much was looked at.

use oomkit_core::{
    document::{Block, Document, Tone},
    units::Bytes,
};

use super::{
    Detail, context,
    words::{count, name},
};
use crate::{
    Summary,
    report::{Coverage, Input},
};

/// The inputs that are listed one by one.
const LISTED: usize = 20;

/// What it means that there is no event in the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// The kernel says that it suppressed reports.
    Suppressed,
    /// Programs say that memory ran out, and the kernel's own report is missing.
    ToldByPrograms,
    /// There was nothing to read.
    NoLines,
    /// The kernel wrote other lines.
    KernelWasSilent,
    /// No line is the kernel's, which proves nothing.
    NoKernelLines,
}

impl Nothing {
    /// Returns what it means that there is no event.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        if 0 < summary.coverage.reports_suppressed {
            Self::Suppressed
        } else if context::memory_ran_out(&summary.context) {
            Self::ToldByPrograms
        } else if summary.coverage.lines == 0 {
            Self::NoLines
        } else if summary.coverage.kernel_lines_seen {
            Self::KernelWasSilent
        } else {
            Self::NoKernelLines
        }
    }
}

/// Returns the document for logs without an OOM event.
#[must_use]
pub fn nothing_found(inputs: &[Input], summary: &Summary, detail: Detail) -> Document {
    let mut document = Document::new();
    let (tone, answer) = answer(summary);
    document.push(Block::Answer(tone, answer.into()));
    if let Some(worst) = context::sentence(&summary.context) {
        document
            .push(Block::Text(Tone::Bad, format!("What the log shows instead, the worst first: {worst}.")));
    }
    let bytes: Bytes = inputs.iter().map(|input| Bytes::new(input.bytes)).sum();
    document.push(Block::Text(
        Tone::Plain,
        format!(
            "Looked at {} ({bytes}) in {}.",
            count(summary.coverage.lines, "line", "lines"),
            count(inputs.len() as u64, "input", "inputs")
        ),
    ));
    for (tone, doubt) in doubts(inputs, &summary.coverage) {
        document.push(Block::Text(tone, doubt));
    }
    document.push(Block::Text(
        Tone::Quiet,
        "If you expected one: the log may begin after it, or may not hold the kernel's messages.".into(),
    ));
    context::push(summary, inputs, detail, &mut document);
    push_inputs(inputs, &mut document);
    document
}

/// Says that there is no event, and what follows from that; a log without the kernel's lines proves nothing.
fn answer(summary: &Summary) -> (Tone, &'static str) {
    match Nothing::of(summary) {
        Nothing::Suppressed => (
            Tone::Doubtful,
            "No OOM report found, but memory did run out: the kernel says that it suppressed its reports.",
        ),
        Nothing::ToldByPrograms => (
            Tone::Doubtful,
            "No OOM report found, but programs say that memory ran out: what the kernel said is missing.",
        ),
        Nothing::NoLines => (Tone::Plain, "No OOM event found."),
        Nothing::KernelWasSilent => {
            (Tone::Plain, "No OOM event found: as far as this log goes, memory was not the killer here.")
        }
        Nothing::NoKernelLines => (
            Tone::Doubtful,
            "No OOM event found, and no line of the kernel: this log cannot tell whether memory ran out.",
        ),
    }
}

/// Says why an event may have been missed all the same.
fn doubts(inputs: &[Input], coverage: &Coverage) -> Vec<(Tone, String)> {
    let mut doubts = Vec::new();
    let broken = inputs.iter().filter(|input| input.error.is_some()).count() as u64;
    if 0 < broken {
        let inputs = count(broken, "input", "inputs");
        doubts.push((Tone::Bad, format!("{inputs} could not be read, or not to the end.")));
    }
    if 0 < coverage.messages_lost {
        let lost = count(coverage.messages_lost, "kernel message is", "kernel messages are");
        doubts.push((Tone::Doubtful, format!("{lost} missing, as the log itself says.")));
    }
    if 0 < coverage.reports_suppressed {
        let reports = count(coverage.reports_suppressed, "report", "reports");
        doubts.push((Tone::Doubtful, format!("The kernel suppressed {reports}.")));
    }
    doubts
}

fn push_inputs(inputs: &[Input], document: &mut Document) {
    if inputs.is_empty() {
        return;
    }
    document.push(Block::Heading("Inputs".into()));
    let facts = inputs.iter().take(LISTED).map(|input| {
        if let (Some(error), 0) = (&input.error, input.lines) {
            return (name(&input.name).into_owned(), name(error).into_owned());
        }
        let transport = input.transport.as_deref().map_or("no line recognized".into(), name);
        let error = input.error.as_ref().map_or_else(String::new, |error| format!("; {}", name(error)));
        let lines = count(input.lines, "line", "lines");
        let size = Bytes::new(input.bytes);
        (name(&input.name).into_owned(), format!("{lines}, {size}, {transport}{error}"))
    });
    document.push(Block::Facts(facts.collect()));
    let left_out = inputs.len().saturating_sub(LISTED) as u64;
    if 0 < left_out {
        document
            .push(Block::Text(Tone::Quiet, format!("And {}.", count(left_out, "input more", "inputs more"))));
    }
}
