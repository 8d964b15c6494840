//! The OOM report decoder: bytes of a kernel log in, events out.
//!
//! ```text
//! bytes ─► Record ─► Fact ─► Draft ─► Event
//!    transports  kernel  assemble  resolve, diagnoses
//! ```
//!
//! Reading cannot fail: what is not understood is kept, counted and noted.  Memory is bounded
//! whatever the size of the input: one line, a few open reports, and what is waiting to be taken.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use jiff::{Timestamp, tz::TimeZone};
use oomkit_core::{place::InputId, units::PageSize, workload::Directory};

mod assemble;
mod case;
mod clock;
pub mod diagnoses;
pub mod digest;
mod draft;
pub mod explain;
pub mod glossary;
mod hour;
pub mod kernel;
mod pipeline;
mod reader;
pub mod record;
pub mod redact;
mod rejoin;
pub mod report;
mod resolve;
mod scan;
mod stage;
pub mod transports;
mod trouble;
pub mod view;

use draft::Draft;
use pipeline::Pipeline;

pub use report::{Context, ContextKind, Coverage, Event, Input};

/// Repeats are looked for among this many events before.
const REMEMBERED: usize = 65_536;

/// What the decoder cannot read from the log itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The page size, where the user knows better than the log.
    pub page_size: Option<PageSize>,
    /// The present moment, the last resort for stamps without a year.
    pub now: Timestamp,
    /// The zone of stamps without one.
    pub zone: TimeZone,
    /// Those who know names of pods and containers, who are asked in this order.
    pub names: Vec<Arc<dyn Directory>>,
}

/// Reads kernel logs, one input after the other, and hands out the events as they complete.
pub struct Decoder {
    options: Options,
    pipeline: Pipeline,
    name: String,
    inputs: u32,
    coverage: Coverage,
    seen: BTreeSet<u64>,
    seen_order: VecDeque<u64>,
    history: case::History,
    drafts: assemble::Drafts,
}

/// What the whole run came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How much of all inputs was understood.
    pub coverage: Coverage,
    /// Other trouble in the same logs.
    pub context: Vec<Context>,
}

impl Decoder {
    /// Starts a decoder.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let clock = clock::Clock::new(options.now, options.zone.clone());
        Self {
            options,
            pipeline: Pipeline::new(clock),
            name: String::new(),
            inputs: 0,
            coverage: Coverage::default(),
            seen: BTreeSet::new(),
            seen_order: VecDeque::new(),
            history: case::History::default(),
            drafts: Vec::new(),
        }
    }

    /// Starts the next input; `modified` is when it was last written, for stamps without a year.
    pub fn begin(&mut self, name: &str, modified: Option<Timestamp>) {
        self.pipeline.begin(modified, InputId::new(self.inputs));
        self.history.clear();
        name.clone_into(&mut self.name);
    }

    /// Takes the next bytes of the input, split anywhere.
    pub fn feed(&mut self, bytes: &[u8], out: &mut dyn FnMut(Event)) {
        self.pipeline.feed(bytes, &mut self.drafts);
        self.hand_out(out);
    }

    /// Hands out what is complete, for a reader that waits for more.
    pub fn flush(&mut self, out: &mut dyn FnMut(Event)) {
        self.pipeline.sniff(&mut self.drafts);
        self.pipeline.reader.release(&mut self.drafts);
        self.pipeline.reader.assembler.flush(&mut self.drafts);
        self.hand_out(out);
    }

    /// Ends the input; `error` says why it could not be read to its end.
    pub fn end(&mut self, error: Option<String>, out: &mut dyn FnMut(Event)) -> Input {
        self.pipeline.end(&mut self.drafts);
        self.pipeline.reader.assembler.finish(&mut self.drafts);
        self.hand_out(out);
        self.inputs += 1;
        self.coverage.lines += self.pipeline.line;
        let assembler = &mut self.pipeline.reader.assembler;
        self.coverage.lines_read += std::mem::take(&mut assembler.loose_lines);
        self.coverage.reports_suppressed += std::mem::take(&mut assembler.reports_suppressed);
        self.coverage.messages_lost += std::mem::take(&mut assembler.messages_lost);
        self.coverage.kernel_lines_seen |= std::mem::take(&mut self.pipeline.reader.kernel_lines);
        self.coverage.lines_read = self.coverage.lines_read.min(self.coverage.lines);
        Input {
            name: std::mem::take(&mut self.name),
            transport: self.pipeline.transport().map(str::to_owned),
            lines: self.pipeline.line,
            bytes: self.pipeline.bytes,
            error: error.or_else(|| self.overlong()),
        }
    }

    fn overlong(&self) -> Option<String> {
        let first = self.pipeline.first_overlong;
        match self.pipeline.overlong_lines {
            0 => None,
            1 => Some(format!("line {first} is longer than 256 KiB; only its beginning was read")),
            more => Some(format!(
                "{more} lines, the first of them line {first}, are longer than 256 KiB; only their beginnings were read"
            )),
        }
    }

    /// Ends the run.
    pub fn finish(mut self, out: &mut dyn FnMut(Event)) -> Summary {
        self.hand_out(out);
        self.coverage.lines_set_aside = self.coverage.lines - self.coverage.lines_read;
        let trouble = self.pipeline.reader.assembler.trouble;
        self.coverage.context_left_out = trouble.left_out;
        Summary { coverage: self.coverage, context: trouble.finish() }
    }

    fn hand_out(&mut self, out: &mut dyn FnMut(Event)) {
        for draft in std::mem::take(&mut self.drafts) {
            self.coverage.lines_read += draft.lines_read;
            if self.repeated(&draft) {
                self.coverage.duplicate_events += 1;
                continue;
            }
            let moment = draft.wall.as_ref().and_then(|stamp| self.pipeline.clock.read(stamp));
            let assumed = moment.as_ref().map(|moment| moment.assumed).unwrap_or_default();
            let (at, note) = moment.map_or((None, None), |moment| (Some(moment.at), moment.note));
            let around = resolve::Around {
                input: InputId::new(self.inputs),
                page_size: self.options.page_size,
                at,
                assumed,
                names: &self.options.names,
            };
            out(diagnoses::examine(resolve::event(draft, &around, note), &mut self.history));
        }
    }

    /// Tells whether the same event was handed out before: logs are kept twice, and files named twice.
    fn repeated(&mut self, draft: &Draft) -> bool {
        let Some(print) = resolve::fingerprint(draft) else { return false };
        if !self.seen.insert(print) {
            return true;
        }
        self.seen_order.push_back(print);
        if REMEMBERED < self.seen_order.len()
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        false
    }
}
