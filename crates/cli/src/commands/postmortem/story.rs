//! The story: events are gathered, and told at the end.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use oomkit_audit::Report;
use oomkit_core::document::{Block, Document, Tone};
use oomkit_decode::{
    Event,
    view::{Detail, event_document, nothing_found},
};
use oomkit_postmortem::{
    Sources, assemble,
    incident::{Incident, Patch},
    view,
};
use oomkit_snap::store::Store;

use super::{
    super::decode::{
        session::{Closing, Presenter, name_of},
        show::{Format as ShowFormat, Show},
    },
    Format,
    json::PostmortemDocument,
};
use crate::{failure::Failure, input, output::Output, terminal::Look};

/// What is known beside the log.
pub(super) struct Knowledge {
    /// The snapshots of the host.
    pub(super) store: Option<Store>,
    /// The limits that people wrote.
    pub(super) written: Option<Report>,
    /// The limits that this host enforces.
    pub(super) live: Option<Report>,
    /// The room above what was used, in percent.
    pub(super) headroom_percent: u32,
}

/// Gathers events and tells of the newest incident.
pub(super) struct Story {
    knowledge: Knowledge,
    format: Format,
    full: bool,
    look: Look,
    patch: Option<PathBuf>,
    events: Vec<Event>,
    names: Vec<String>,
}

impl Story {
    /// Starts without events.
    pub(super) const fn new(knowledge: Knowledge, format: Format, full: bool, look: Look) -> Self {
        Self { knowledge, format, full, look, patch: None, events: Vec::new(), names: Vec::new() }
    }

    /// Sets where the proposed change is to be written.
    pub(super) fn with_patch(self, patch: Option<PathBuf>) -> Self {
        Self { patch, ..self }
    }

    /// Shows the incident, or that there is none.
    fn show(
        &self,
        out: &mut dyn Write,
        found: Option<&(Incident, &Event)>,
        closing: &Closing<'_>,
    ) -> io::Result<()> {
        let format = match self.format {
            Format::Markdown => ShowFormat::Markdown,
            Format::Html => ShowFormat::Html,
            Format::Text | Format::Json => ShowFormat::Text,
        };
        let mut show = Show::new(format, self.look);
        let Some((incident, head)) = found else {
            let mut document = nothing_found(closing.inputs, closing.summary, Detail::Normal);
            document.append(self.patch.iter().map(|file| without_patch(file)).collect());
            show.document(out, document)?;
            return show.end(out);
        };
        let mut story = view::document(incident, &self.names, view::Language::En);
        if view::patches_of(incident).next().is_none() {
            story.append(self.patch.iter().map(|file| without_patch(file)).collect());
        }
        show.document(out, story)?;
        if let Some(report) = self.report(format, head) {
            show.document(out, report)?;
        }
        show.end(out)
    }

    /// Returns the kernel's report, where it was asked for or a page has room for it.
    fn report(&self, format: ShowFormat, head: &Event) -> Option<Document> {
        let detail = match (self.full, format) {
            (true, _) => Detail::Full,
            (false, ShowFormat::Html) => Detail::Rich,
            (false, _) => return None,
        };
        Some(event_document(head, name_of(head, &self.names), detail))
    }
}

impl Presenter for Story {
    fn tells_of_nothing(&self) -> bool {
        self.format != Format::Json
    }

    fn event(&mut self, _: &mut dyn Write, event: Event, _: &[String]) -> io::Result<()> {
        self.events.push(event);
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write, closing: &Closing<'_>) -> io::Result<()> {
        self.names = closing.inputs.iter().map(|input| input.name.clone()).collect();
        let found = assemble(&Sources {
            events: &self.events,
            context: &closing.summary.context,
            store: self.knowledge.store.as_ref(),
            written: self.knowledge.written.as_ref(),
            live: self.knowledge.live.as_ref(),
            headroom_percent: self.knowledge.headroom_percent,
        });
        let patch = found.as_ref().and_then(|(incident, _)| view::patches_of(incident).next());
        if let (Some(file), Some(patch)) = (&self.patch, patch) {
            write_patch(file, patch).map_err(|failure| io::Error::other(failure.line()))?;
        }
        if self.format != Format::Json {
            return self.show(out, found.as_ref(), closing);
        }
        let incident = found.map(|(incident, _)| incident);
        serde_json::to_writer_pretty(&mut *out, &PostmortemDocument::new(incident, closing.inputs))?;
        out.write_all(b"\n")
    }
}

/// Writes the proposed change into a file of its own.
fn write_patch(file: &Path, patch: &Patch) -> Result<(), Failure> {
    let mut output = Output::open(Some(file))?;
    output.write_all(patch.text.as_bytes()).map_err(|error| Failure::output(&error))?;
    output.commit()
}

/// Says that there is no change to be written, where one was asked for.
fn without_patch(file: &Path) -> Block {
    let words = format!(
        "Nothing was written to {}: it is not certain which file sets the limit, or to what.",
        input::shown(file)
    );
    Block::Text(Tone::Doubtful, words)
}
