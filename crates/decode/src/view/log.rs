//! The report as it was printed, with the lines marked that something rests on.

use std::collections::BTreeSet;

use oomkit_core::{
    document::{Block, Document, Log, LogLine},
    ident,
};

use super::{
    Case,
    words::{input, name},
};
use crate::report::{Event, Part};

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let lines = lines(case.event);
    let left_out = case.event.lines.left_out();
    if lines.is_empty() && left_out == 0 {
        return;
    }
    document.push(Block::Appendix("The report as it was printed".into()));
    document.push(Block::Log(Log { input: input(case.input).into_owned(), lines, left_out }));
}

/// Returns the lines that were read, and the first of those that were not, in the order of the log.
fn lines(event: &Event) -> Vec<LogLine> {
    let cited = cited(event);
    let read = event.lines.iter().map(|(number, part, text)| LogLine {
        number: number.get(),
        part: words(part),
        text: ident::visible(text).into_owned(),
        cited: cited.contains(&number.get()),
    });
    let mut lines: Vec<LogLine> = read.collect();
    let known: BTreeSet<u64> = lines.iter().map(|line| line.number).collect();
    let others = event.evidence.iter().map(|evidence| (evidence, "report"));
    let others = others.chain(event.unread.iter().map(|evidence| (evidence, "not understood")));
    for (evidence, part) in others {
        let number = evidence.line.get();
        if evidence.input == event.input && !known.contains(&number) {
            lines.push(LogLine { number, part, text: name(&evidence.text).into_owned(), cited: true });
        }
    }
    lines.sort_by_key(|line| line.number);
    lines
}

fn cited(event: &Event) -> BTreeSet<u64> {
    let proofs = event.findings.iter().flat_map(|finding| &finding.evidence);
    let proofs = proofs.chain(&event.evidence).chain(&event.unread);
    proofs.filter(|proof| proof.input == event.input).map(|proof| proof.line.get()).collect()
}

const fn words(part: Part) -> &'static str {
    match part {
        Part::Head => "head",
        Part::Stack => "call trace",
        Part::Cgroup => "cgroup",
        Part::Stat => "cgroup's statistics",
        Part::Counters => "counters",
        Part::Zone => "zones",
        Part::FreeList => "free lists",
        Part::HugePages => "huge pages",
        Part::Total => "totals",
        Part::Slab => "kernel caches",
        Part::Sites => "allocation sites",
        Part::Tasks => "tasks",
        Part::Choice => "choice",
        Part::Kill => "kill",
        Part::Marker => "marker",
    }
}
