//! What was assumed, damaged, missing or not understood; in full, the lines themselves.

use oomkit_core::document::{Block, Document};

use super::{
    Case,
    words::{count, name},
};
use crate::report::{Event, PageSizeSource};

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let event = case.event;
    if case.is_full() {
        full(case, document);
    }
    let remarks = remarks(event);
    if !remarks.is_empty() {
        document.push(Block::Heading("Remarks".into()));
        document.push(Block::Notes(remarks));
    }
}

fn remarks(event: &Event) -> Vec<String> {
    let mut remarks = Vec::new();
    let says_so = event.notes.iter().any(|note| note.contains("page size"));
    if event.page_size_source == PageSizeSource::Assumed && !says_so {
        remarks
            .push(format!("The page size is not in the log; {} is assumed.", event.page_size_bytes.bytes()));
    }
    if 0 < event.suppressed {
        let reports = count(event.suppressed, "earlier report was", "earlier reports were");
        remarks.push(format!("{reports} suppressed by the kernel, so kills may be missing."));
    }
    if 0 < event.unread_lines {
        remarks.push(unread(event));
    }
    remarks.extend(event.notes.iter().map(|note| sentence(&name(note))));
    remarks
}

/// Notes are phrases, which a list of one's own may join; on a page they are sentences.
fn sentence(phrase: &str) -> String {
    let (first, rest) = phrase.split_at(phrase.chars().next().map_or(0, char::len_utf8));
    let end = if phrase.ends_with('.') { "" } else { "." };
    format!("{}{rest}{end}", first.to_uppercase())
}

/// Names the lines that could not be read, or the first of many.
fn unread(event: &Event) -> String {
    const NAMED: usize = 3;
    let lines = count(event.unread_lines, "line", "lines");
    let numbers: Vec<String> =
        event.unread.iter().take(NAMED).map(|evidence| evidence.line.to_string()).collect();
    let more = if (numbers.len() as u64) < event.unread_lines { " and more" } else { "" };
    match (numbers.as_slice(), event.unread_lines) {
        ([], _) => format!("{lines} inside the report could not be read."),
        ([number], 1) => format!("Line {number}, inside the report, could not be read."),
        (numbers, _) => {
            format!("{lines} inside the report could not be read: {}{more}.", numbers.join(", "))
        }
    }
}

fn full(case: &Case<'_>, document: &mut Document) {
    let event = case.event;
    if let Some(trigger) = &event.trigger {
        raw("Call trace, innermost first", &trigger.call_trace, document);
        raw("Registers", &trigger.registers, document);
    }
}

fn raw(heading: &str, texts: &[String], document: &mut Document) {
    if texts.is_empty() {
        return;
    }
    document.push(Block::Appendix(heading.into()));
    let lines = texts.iter().map(|text| (String::new(), name(text).into_owned()));
    document.push(Block::Lines(lines.collect()));
}
