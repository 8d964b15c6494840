//! The OOM report decoder: bytes of a kernel log in, events out.

use jiff::{Timestamp, tz::TimeZone};
use oomkit_core::units::PageSize;

pub mod glossary;
pub mod record;
pub mod report;

pub use report::{Context, Coverage, Event, Input};

/// What the decoder cannot read from the log itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The page size, where the user knows better than the log.
    pub page_size: Option<PageSize>,
    /// The present moment, the last resort for stamps without a year.
    pub now: Timestamp,
    /// The zone of stamps without one.
    pub zone: TimeZone,
}

/// Reads kernel logs, one input after the other, and hands out the events as they complete.
pub struct Decoder {
    options: Options,
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
        Self { options }
    }

    /// Starts the next input; `modified` is when it was last written, for stamps without a year.
    pub fn begin(&mut self, _name: &str, _modified: Option<Timestamp>) {
        let _ = &self.options;
    }

    /// Takes the next bytes of the input, split anywhere.
    pub fn feed(&mut self, _bytes: &[u8], _out: &mut dyn FnMut(Event)) {}

    /// Hands out what is complete, for a reader that waits for more.
    pub fn flush(&mut self, _out: &mut dyn FnMut(Event)) {}

    /// Ends the input; `error` says why it could not be read to its end.
    pub fn end(&mut self, error: Option<String>, _out: &mut dyn FnMut(Event)) -> Input {
        Input { name: String::new(), transport: None, lines: 0, bytes: 0, error }
    }

    /// Ends the run.
    pub fn finish(self, _out: &mut dyn FnMut(Event)) -> Summary {
        Summary::default()
    }
}
