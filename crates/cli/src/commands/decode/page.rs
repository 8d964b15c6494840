//! What people read: few events in full, many as an overview, and how much was looked at.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use oomkit_core::{
    document::{Block, Document, Tone},
    ident::visible,
    units::Bytes,
};
use oomkit_decode::{
    Event,
    view::{
        Detail, Overview, context_document, event_document, forged_document, log_document, nothing_found,
        overview_document,
    },
};

use super::{
    session::{Closing, Presenter, name_of},
    show::{Format, Show},
};

/// Up to so many events are all shown in full.
const FEW: usize = 8;
/// On a page, which has a list of them at its top, up to so many.
const FEW_ON_A_PAGE: usize = 32;
/// Of more than that, the last so many are.
const TAIL: usize = 3;
/// How many inputs with errors are named.
const LISTED: usize = 10;

/// How many of the events are shown in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A few are, of many only the last ones.
    Few,
    /// Each is, as it comes.
    Each,
    /// Each is, with all that was read.
    Whole,
}

/// Presents events as text, Markdown or HTML.
pub(super) struct Page {
    show: Show,
    extent: Extent,
    held: VecDeque<(Event, String)>,
    overview: Overview,
    many: bool,
}

impl Page {
    /// Starts a page.
    pub(super) fn new(show: Show, extent: Extent) -> Self {
        Self { show, extent, held: VecDeque::new(), overview: Overview::default(), many: false }
    }

    fn show(&mut self, out: &mut dyn Write, event: &Event, name: &str) -> io::Result<()> {
        let is_whole = self.extent == Extent::Whole;
        let mut document = event_document(event, name, self.detail());
        if self.show.format() == Format::Markdown && !is_whole {
            document.append(log_document(event, name));
        }
        self.show.document(out, document)
    }

    fn detail(&self) -> Detail {
        match self.show.format() {
            _ if self.extent == Extent::Whole => Detail::Full,
            Format::Html => Detail::Rich,
            Format::Text | Format::Markdown => Detail::Normal,
        }
    }

    /// Returns how many events are all shown in full.
    fn few(&self) -> usize {
        if self.show.format() == Format::Html { FEW_ON_A_PAGE } else { FEW }
    }

    /// Tells whether the events are counted before they are shown.
    fn has_overview(&self) -> bool {
        self.many || (self.show.format() == Format::Html && 1 < self.overview.events())
    }
}

impl Presenter for Page {
    fn event(&mut self, out: &mut dyn Write, event: Event, names: &[String]) -> io::Result<()> {
        self.overview.add(&event);
        if event.forged {
            return Ok(());
        }
        let name = name_of(&event, names);
        if self.extent != Extent::Few {
            return self.show(out, &event, name);
        }
        self.held.push_back((event, name.to_owned()));
        self.many |= self.few() < self.held.len();
        if self.many {
            let surplus = self.held.len().saturating_sub(TAIL);
            self.held.drain(..surplus);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write, closing: &Closing<'_>) -> io::Result<()> {
        let detail = self.detail();
        if closing.tally.events == 0 && 0 < closing.tally.hidden {
            self.show.document(out, nothing_left(closing))?;
        } else if closing.tally.events == 0 {
            self.show.document(out, nothing_found(closing.inputs, closing.summary, detail))?;
        } else if self.has_overview() {
            let overview = overview_document(&self.overview, closing.inputs, closing.summary, detail);
            self.show.lead(out, overview)?;
        }
        for (event, name) in std::mem::take(&mut self.held) {
            self.show(out, &event, &name)?;
        }
        if 0 < self.overview.forged_events() {
            self.show.document(out, forged_document(&self.overview, closing.inputs))?;
        }
        let epilogue = epilogue(closing, self.many, self.has_overview(), detail);
        if !epilogue.blocks().is_empty() {
            self.show.document(out, epilogue)?;
        }
        self.show.end(out)
    }
}

/// Returns what stands after the events, less what the documents before it have told already.
fn epilogue(closing: &Closing<'_>, many: bool, counted: bool, detail: Detail) -> Document {
    let mut document = Document::new();
    let mut notes = Vec::new();
    if many {
        notes.push(format!("only the last {TAIL} events are shown in full; --full shows all of them"));
    }
    if 0 < closing.tally.hidden && 0 < closing.tally.events {
        notes.push(format!("{} left out by the filters", count(closing.tally.hidden, "event")));
    }
    if 0 < closing.tally.events || 0 < closing.tally.hidden {
        if !counted {
            document.append(context_document(closing.summary, closing.inputs, detail));
            notes.extend(coverage(closing));
        }
        notes.extend(broken(closing));
        document.push(Block::Text(Tone::Quiet, looked_at(closing)));
    }
    if !notes.is_empty() {
        document.push(Block::Notes(notes));
    }
    document
}

fn looked_at(closing: &Closing<'_>) -> String {
    let bytes: Bytes = closing.inputs.iter().map(|input| Bytes::new(input.bytes)).sum();
    format!(
        "Looked at {} ({bytes}) in {}; {} found.",
        count(closing.summary.coverage.lines, "line"),
        count(closing.inputs.len() as u64, "input"),
        count(closing.tally.events, "event"),
    )
}

/// Says why there may be more events than are shown.
fn coverage(closing: &Closing<'_>) -> Vec<String> {
    let coverage = &closing.summary.coverage;
    [
        (coverage.reports_suppressed, "suppressed by the kernel's rate limit", "report"),
        (coverage.messages_lost, "lost before it was written to the log", "message"),
        (coverage.duplicate_events, "found a second time and counted once", "event"),
    ]
    .into_iter()
    .filter(|(number, _, _)| 0 < *number)
    .map(|(number, what, noun)| format!("{} {what}", count(number, noun)))
    .collect()
}

/// Names the inputs that could not be read, since standard error may be lost by the time this is read.
fn broken(closing: &Closing<'_>) -> Vec<String> {
    let errors = closing.inputs.iter().filter_map(|input| Some((input.name.as_str(), input.error.as_ref()?)));
    let mut notes: Vec<String> = errors
        .map(|(name, error)| {
            let (name, error) = (visible(name.as_bytes()), visible(error.as_bytes()));
            let repeated = error.contains(&*name);
            if repeated { error.into_owned() } else { format!("{name}: {error}") }
        })
        .collect();
    let left = notes.len().saturating_sub(LISTED) as u64;
    notes.truncate(LISTED);
    if 0 < left {
        notes.push(format!("and {} with errors", count(left, "more input")));
    }
    notes
}

/// Returns the document for logs whose events are all left out by the filters.
fn nothing_left(closing: &Closing<'_>) -> Document {
    let mut document = Document::new();
    let hidden = count(closing.tally.hidden, "event");
    document.push(Block::Answer(Tone::Plain, format!("No event is left: the filters leave out {hidden}.")));
    document
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use oomkit_decode::{Coverage, Input, Summary};

    use super::{
        super::{
            session::{Tally, testing::event},
            show::Format,
        },
        *,
    };
    use crate::terminal::Look;

    fn page(extent: Extent, events: u64, forged: u64) -> String {
        let mut page = Page::new(Show::new(Format::Text, Look::plain(100)), extent);
        let mut out = Vec::new();
        let names = ["kern.log".to_owned()];
        page.start(&mut out).unwrap();
        for number in 0..events {
            page.event(&mut out, event(&format!("v{number}"), "/a", None), &names).unwrap();
        }
        for _ in 0..forged {
            page.event(&mut out, Event { forged: true, ..event("fake", "/a", None) }, &names).unwrap();
        }
        let input = Input { name: "kern.log".into(), transport: None, lines: 7, bytes: 2048, error: None };
        let closing = Closing {
            inputs: &[input],
            summary: &Summary { coverage: Coverage { lines: 7, ..Coverage::default() }, context: vec![] },
            tally: &Tally { events, forged, hidden: 1, ..Tally::default() },
        };
        page.finish(&mut out, &closing).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Returns which of the events are shown on their own.
    fn shown(text: &str, events: u64) -> Vec<u64> {
        // Only an event that is shown on its own begins with who was killed.
        let victim = |number: u64| format!("v{number} (");
        (0..events).filter(|number| text.contains(&victim(*number))).collect()
    }

    #[test]
    fn few_events_are_shown_and_many_are_counted() {
        assert_eq!(shown(&page(Extent::Few, 8, 0), 8), [0, 1, 2, 3, 4, 5, 6, 7]);
        let many = page(Extent::Few, 9, 0);
        assert_eq!(shown(&many, 9), [6, 7, 8]);
        assert!(many.contains("only the last 3 events"), "{many}");
        assert_eq!(shown(&page(Extent::Each, 30, 0), 30).len(), 30);
    }

    #[test]
    fn what_was_looked_at_is_said_aloud() {
        let none = page(Extent::Few, 0, 0);
        assert!(none.starts_with("No event is left: the filters leave out 1 event."), "{none}");
        assert!(none.contains("Looked at 7 lines"), "{none}");
        let one = page(Extent::Few, 1, 0);
        assert!(one.contains("1 event left out by the filters"), "{one}");
        assert!(one.contains("Looked at 7 lines (2.0 KiB) in 1 input; 1 event found."), "{one}");
    }

    #[test]
    fn forged_events_stand_apart() {
        let text = page(Extent::Few, 1, 12);
        let (before, after) = text.split_once("12 ").unwrap();
        assert!(before.contains("v0") && !before.contains("fake") && !after.contains("v0"), "{text}");
    }
}
