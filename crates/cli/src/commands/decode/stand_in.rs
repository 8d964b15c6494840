//! A plain stand-in for `oomkit_decode::view`, with the same names, until that is joined in.

use oomkit_core::document::{Block, Document, Tone};
use oomkit_decode::{Event, Input, Summary};

/// How much of an event is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// What helps to understand the answer.
    Normal,
    /// All that was read.
    Full,
}

/// What many events come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Overview {
    events: u64,
    forged_events: u64,
}

impl Overview {
    /// Counts an event; a forged one apart from the others.
    pub(super) const fn add(&mut self, event: &Event) {
        if event.forged {
            self.forged_events += 1;
        } else {
            self.events += 1;
        }
    }

    /// Returns how many events user space had forged.
    pub(super) const fn forged_events(&self) -> u64 {
        self.forged_events
    }
}

/// Returns the document for one event.
pub(super) fn event_document(event: &Event, input_name: &str, _: Detail) -> Document {
    let victims: Vec<String> = event.victims.iter().map(|victim| victim.comm.to_string()).collect();
    let place = format!("{input_name}, lines {} to {}", event.first_line, event.last_line);
    document(Tone::Bad, format!("{:?}: {}", event.kind, victims.join(", ")), place)
}

/// Returns the document for many events.
pub(super) fn overview_document(overview: &Overview, _: &[Input], _: &Summary) -> Document {
    document(Tone::Bad, format!("{} events", overview.events), String::new())
}

/// Returns the document for reports that user space wrote.
pub(super) fn forged_document(overview: &Overview, _: &[Input]) -> Document {
    document(Tone::Doubtful, format!("{} forged", overview.forged_events), String::new())
}

/// Returns the document for logs without an OOM event.
pub(super) fn nothing_found(inputs: &[Input], summary: &Summary) -> Document {
    let looked = format!("Looked at {} lines in {} inputs.", summary.coverage.lines, inputs.len());
    document(Tone::Plain, "No OOM event found.".into(), looked)
}

fn document(tone: Tone, answer: String, text: String) -> Document {
    let mut document = Document::new();
    document.push(Block::Answer(tone, answer));
    document.push(Block::Text(Tone::Plain, text));
    document
}
