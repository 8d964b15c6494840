//! The story: events are gathered, and told at the end.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use oomkit_audit::Report;
use oomkit_core::{document::Document, language::Language};
use oomkit_decode::{
    Event,
    view::{Detail, event_document},
};
use oomkit_postmortem::{
    Sources, assemble,
    incident::{Incident, Patch},
    once, view,
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
use crate::{
    failure::Failure,
    output::{Output, Plain},
    terminal::{Look, Terminal},
};

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

/// How the story is to be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The format.
    pub(super) format: Format,
    /// Whether the kernel's report stands below.
    pub(super) full: bool,
    /// The language.
    pub(super) language: Language,
}

/// Gathers events and tells of the newest incident.
pub(super) struct Story<'a> {
    knowledge: Knowledge,
    shape: Shape,
    terminal: &'a Terminal,
    patch: Option<PathBuf>,
    events: Vec<Event>,
    names: Vec<String>,
}

impl<'a> Story<'a> {
    /// Starts without events.
    pub(super) const fn new(knowledge: Knowledge, shape: Shape, terminal: &'a Terminal) -> Self {
        Self { knowledge, shape, terminal, patch: None, events: Vec::new(), names: Vec::new() }
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
        let language = self.shape.language;
        let format = match self.shape.format {
            Format::Markdown => ShowFormat::Markdown,
            Format::Html => ShowFormat::Html,
            Format::Text | Format::Json => ShowFormat::Text,
        };
        // Who asks for letters beyond ASCII can read them, whatever the locale says.
        let look = self.terminal.look();
        let unicode = look.unicode || language != Language::En;
        let mut show = Show::new(format, Look { unicode, ..look });
        let Some((incident, head)) = found else {
            let mut document = view::no_incident(closing.inputs, closing.summary, language);
            document.append(self.without_patch());
            show.document(out, document)?;
            return show.end(out);
        };
        let mut story = view::document(incident, &self.names, language);
        if view::patches_of(incident).next().is_none() {
            story.append(self.without_patch());
        }
        show.document(out, story)?;
        if let Some(report) = self.report(format, head) {
            show.document(out, report)?;
        }
        show.end(out)
    }

    /// Says that there is no change to be written, where one was asked for.
    fn without_patch(&self) -> Document {
        let files = self.patch.iter().map(|file| file.to_string_lossy());
        files.map(|file| view::without_patch(&file, self.shape.language)).collect()
    }

    /// Returns the kernel's report, where it was asked for or a page has room for it.
    fn report(&self, format: ShowFormat, head: &Event) -> Option<Document> {
        let detail = match (self.shape.full, format) {
            (true, _) => Detail::Full,
            (false, ShowFormat::Html) => Detail::Rich,
            (false, _) => return None,
        };
        Some(event_document(head, name_of(head, &self.names), detail))
    }
}

impl Presenter for Story<'_> {
    fn tells_of_nothing(&self) -> bool {
        self.shape.format != Format::Json
    }

    fn event(&mut self, _: &mut dyn Write, event: Event, _: &[String]) -> io::Result<()> {
        self.events.push(event);
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write, closing: &Closing<'_>) -> io::Result<()> {
        self.names = closing.inputs.iter().map(|input| input.name.clone()).collect();
        let is_cut = (self.events.iter().filter(|event| !event.forged).count() as u64) < closing.tally.events;
        self.events = once(std::mem::take(&mut self.events));
        let sources = Sources {
            events: &self.events,
            context: &closing.summary.context,
            store: self.knowledge.store.as_ref(),
            written: self.knowledge.written.as_ref(),
            live: self.knowledge.live.as_ref(),
            headroom_percent: self.knowledge.headroom_percent,
            is_cut,
        };
        let found = assemble(&sources, &mut |read, all| self.terminal.count(read, all));
        self.terminal.clear();
        let patch = found.as_ref().and_then(|(incident, _)| view::patches_of(incident).next()).cloned();
        if self.shape.format == Format::Json {
            let incident = found.map(|(incident, _)| incident);
            serde_json::to_writer_pretty(
                Plain(&mut *out),
                &PostmortemDocument::new(incident, closing.inputs),
            )?;
            out.write_all(b"\n")?;
        } else {
            self.show(out, found.as_ref(), closing)?;
        }
        // The story is told whether or not the patch can be written.
        out.flush()?;
        let Some((file, patch)) = self.patch.as_ref().zip(patch) else { return Ok(()) };
        write_patch(file, &patch).map_err(|failure| io::Error::other(failure.line()))
    }
}

/// Writes the proposed change into a file of its own.
fn write_patch(file: &Path, patch: &Patch) -> Result<(), Failure> {
    let mut output = Output::open(Some(file))?;
    output.write_all(patch.text.as_bytes()).map_err(|error| Failure::output(&error))?;
    output.commit()
}
