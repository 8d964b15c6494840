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
use oomkit_decode::Event;

use super::{
    overview::{Overview, word},
    session::{Closing, Presenter, name_of},
    show::Show,
};

/// Up to so many events are all shown in full.
const FEW: usize = 8;
/// Of more than that, the last so many are.
const TAIL: usize = 3;
/// How many forged events, and how many lines of other trouble, are listed.
const LISTED: usize = 10;

/// Presents events as text, Markdown or HTML.
pub(super) struct Page {
    show: Show,
    full: bool,
    held: VecDeque<(Event, String)>,
    overview: Overview,
    many: bool,
    forged: Vec<(String, String)>,
}

impl Page {
    /// Starts a page; `full` shows every event as it comes.
    pub(super) fn new(show: Show, full: bool) -> Self {
        Self {
            show,
            full,
            held: VecDeque::new(),
            overview: Overview::default(),
            many: false,
            forged: Vec::new(),
        }
    }

    fn close(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.many {
            self.show.document(out, &self.overview.document(self.held.len()))?;
        }
        for (event, name) in std::mem::take(&mut self.held) {
            self.show.event(out, &event, &name)?;
        }
        Ok(())
    }
}

impl Presenter for Page {
    fn start(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.show.start(out)
    }

    fn event(&mut self, out: &mut dyn Write, event: Event, names: &[String]) -> io::Result<()> {
        let name = name_of(&event, names);
        if event.forged {
            if self.forged.len() < LISTED {
                self.forged.push(summary(&event, name));
            }
            return Ok(());
        }
        if self.full {
            return self.show.event(out, &event, name);
        }
        self.overview.add(&event);
        self.held.push_back((event, name.to_owned()));
        if FEW < self.held.len() {
            self.many = true;
        }
        if self.many {
            let surplus = self.held.len().saturating_sub(TAIL);
            self.held.drain(..surplus);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write, closing: &Closing<'_>) -> io::Result<()> {
        self.close(out)?;
        let document = epilogue(closing, std::mem::take(&mut self.forged));
        self.show.document(out, &document)?;
        self.show.end(out)
    }
}

/// Returns what stands after the events: forged ones, other trouble, and how much was looked at.
fn epilogue(closing: &Closing<'_>, forged: Vec<(String, String)>) -> Document {
    let mut document = Document::new();
    if closing.tally.events == 0 {
        document.push(Block::Answer(Tone::Plain, "No OOM event found.".into()));
    }
    if !forged.is_empty() {
        document.push(Block::Heading("Forged events, not counted".into()));
        document.push(Block::Text(
            Tone::Doubtful,
            "These lines came into the kernel's log from user space, through /dev/kmsg.".into(),
        ));
        document.push(Block::Lines(forged));
    }
    if !closing.context.is_empty() {
        document.push(Block::Heading("Other trouble in the same logs".into()));
        let lines = closing.context.iter().take(LISTED).map(|context| {
            let input = usize::try_from(context.input.get()).ok().and_then(|index| closing.inputs.get(index));
            let name = input.map_or("", |input| input.name.as_str());
            (format!("{name}:{}", context.line), visible(context.message.as_bytes()).into_owned())
        });
        document.push(Block::Lines(lines.collect()));
    }
    document.push(Block::Text(Tone::Quiet, looked_at(closing)));
    let notes = notes(closing);
    if !notes.is_empty() {
        document.push(Block::Notes(notes));
    }
    document
}

fn looked_at(closing: &Closing<'_>) -> String {
    let bytes: Bytes = closing.inputs.iter().map(|input| Bytes::new(input.bytes)).sum();
    format!(
        "Looked at {} ({bytes}) in {}; {} found.",
        count(closing.coverage.lines, "line"),
        count(closing.inputs.len() as u64, "input"),
        count(closing.tally.events, "event"),
    )
}

fn notes(closing: &Closing<'_>) -> Vec<String> {
    let tally = closing.tally;
    let broken = closing.inputs.iter().filter(|input| input.error.is_some()).count() as u64;
    [
        (tally.hidden, "left out by the filters", "event"),
        (tally.forged.saturating_sub(LISTED as u64), "more forged, not listed", "event"),
        (closing.context.len().saturating_sub(LISTED) as u64, "of other trouble not listed", "line"),
        (closing.coverage.reports_suppressed, "suppressed by the kernel's rate limit", "report"),
        (closing.coverage.messages_lost, "lost before it was written to the log", "message"),
        (closing.coverage.duplicate_events, "found a second time and counted once", "event"),
        (broken, "not read to its end; see the errors", "input"),
    ]
    .into_iter()
    .filter(|(number, _, _)| 0 < *number)
    .map(|(number, what, noun)| format!("{} {what}", count(number, noun)))
    .collect()
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Returns the place of an event and what it is, each in a few words.
fn summary(event: &Event, name: &str) -> (String, String) {
    let at = event.at.map_or_else(String::new, |at| format!("{at} "));
    let victims: Vec<String> = event.victims.iter().map(|victim| victim.comm.to_string()).collect();
    (format!("{name}:{}", event.first_line), format!("{at}{} {}", word(&event.kind), victims.join(", ")))
}

#[cfg(test)]
mod tests {
    use oomkit_decode::{Coverage, Input};

    use super::{
        super::{
            session::{Tally, testing::event},
            show::Format,
        },
        *,
    };
    use crate::terminal::Look;

    fn page(full: bool, events: u64, forged: u64) -> String {
        let mut page = Page::new(Show::new(Format::Text, Look { color: false, width: 100 }), full);
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
            coverage: &Coverage { lines: 7, ..Coverage::default() },
            context: &[],
            tally: &Tally { events, forged, ..Tally::default() },
        };
        page.finish(&mut out, &closing).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Counts the events that are shown in full: the overview's rows do not tell the lines.
    fn in_full(text: &str) -> usize {
        text.matches("lines 1 to 2").count()
    }

    #[test]
    fn few_events_are_shown_and_many_are_counted() {
        assert_eq!(in_full(&page(false, 8, 0)), 8);
        let many = page(false, 9, 0);
        assert_eq!(in_full(&many), 3);
        assert!(many.contains("9 OOM events") && many.contains("v8") && many.contains("v0"), "{many}");
        assert_eq!(in_full(&page(true, 30, 0)), 30);
    }

    #[test]
    fn nothing_is_said_aloud() {
        let none = page(false, 0, 0);
        assert!(none.contains("No OOM event found."), "{none}");
        assert!(none.contains("Looked at 7 lines (2.0 KiB) in 1 input; 0 events found."), "{none}");
    }

    #[test]
    fn forged_events_stand_apart() {
        let text = page(false, 0, 12);
        assert!(
            text.contains("No OOM event found.") && text.contains("Forged events, not counted"),
            "{text}"
        );
        assert!(text.contains("2 events more forged"), "{text}");
    }
}
