//! Events in every format, as a person sees them.

mod answers;
mod hostile;
mod many;
mod redacted;
mod specimens;

use oomkit_core::document::Document;
use oomkit_decode::{
    Event,
    view::{Detail, event_document},
};
use oomkit_render::{Format, Style, render};

/// Returns an event as text.
fn text(event: &Event, detail: Detail, width: usize) -> String {
    written(&event_document(event, "syslog", detail), Format::Text, &Style::new(width))
}

fn written(document: &Document, format: Format, style: &Style) -> String {
    let mut out = String::new();
    render(document, format, style, &mut out).expect("a string takes everything");
    out
}
