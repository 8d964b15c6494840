//! The session: between the reader, which brings bytes, and the presenter, which takes events.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use jiff::Timestamp;
use oomkit_decode::{Decoder, Event, Input, Summary, redact::Redactor, report::EventKind};
use oomkit_postmortem::measured::Measured;

use super::{
    FailOn,
    filter::{Filter, Verdict},
};
use crate::{
    exit::{self, Code},
    failure::Failure,
    input::Sink,
    output::Output,
    terminal::Terminal,
};

/// Writes events in some format.
pub(crate) trait Presenter {
    /// Writes what stands before the first event.
    fn start(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
    /// Tells whether the output itself says how much was looked at where nothing was found.
    fn tells_of_nothing(&self) -> bool {
        true
    }
    /// Takes the next event; `names` are the inputs by their positions.
    fn event(&mut self, out: &mut dyn Write, event: Event, names: &[String]) -> io::Result<()>;
    /// Writes what stands after the last event.
    fn finish(&mut self, out: &mut dyn Write, closing: &Closing<'_>) -> io::Result<()>;
}

/// What is known at the end.
pub(crate) struct Closing<'a> {
    /// The inputs.
    pub(crate) inputs: &'a [Input],
    /// How much was understood, and other trouble in the logs.
    pub(crate) summary: &'a Summary,
    /// The events, counted.
    pub(crate) tally: &'a Tally,
}

/// The events, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Events that are wanted, forged ones left out.
    pub(crate) events: u64,
    /// Among them, kills by the kernel and panics.
    pub(crate) kills: u64,
    /// Forged events.
    pub(crate) forged: u64,
    /// Events that the filters hide.
    pub(crate) hidden: u64,
    /// Events that are kept although a time was asked for which they do not tell.
    pub(crate) untimed: u64,
}

/// Decodes what it is fed and presents what comes out.
pub(crate) struct Session<'a> {
    decoder: Decoder,
    receiver: Receiver<'a>,
    inputs: Vec<Input>,
    trouble: Option<&'static Code>,
    terminal: &'a Terminal,
}

/// Takes the decoder's events.
struct Receiver<'a> {
    filter: Filter,
    presenter: Box<dyn Presenter + 'a>,
    output: Output,
    names: Vec<String>,
    tally: Tally,
    last: Option<(usize, VecDeque<Event>)>,
    live: bool,
    measured: Option<Measured>,
    redactor: Option<Redactor>,
    /// The decoder's callback cannot return it.
    error: Option<io::Error>,
}

impl<'a> Session<'a> {
    /// Starts a session.
    pub(crate) fn new(
        decoder: Decoder,
        filter: Filter,
        presenter: Box<dyn Presenter + 'a>,
        output: Output,
        terminal: &'a Terminal,
    ) -> Self {
        let receiver = Receiver {
            filter,
            presenter,
            output,
            names: Vec::new(),
            tally: Tally::default(),
            last: None,
            live: false,
            measured: None,
            redactor: None,
            error: None,
        };
        Self { decoder, receiver, inputs: Vec::new(), trouble: None, terminal }
    }

    /// Presents only the last so many events.
    pub(crate) fn keep_last(&mut self, last: Option<usize>) {
        self.receiver.last = last.map(|last| (last, VecDeque::new()));
    }

    /// Makes every event visible at once.
    pub(crate) const fn live(&mut self, live: bool) {
        self.receiver.live = live;
    }

    /// Takes the figures of limits that are advised from what was measured.
    pub(crate) fn measure(&mut self, measured: Option<Measured>) {
        self.receiver.measured = measured;
    }

    /// Presents everything under pseudonyms.
    pub(crate) fn redact(&mut self, redact: bool) {
        self.receiver.redactor = redact.then(Redactor::new);
    }

    /// Writes what stands before the first event.
    pub(crate) fn start(&mut self) -> Result<(), Failure> {
        let receiver = &mut self.receiver;
        receiver.presenter.start(&mut receiver.output).map_err(|error| Failure::output(&error))
    }

    /// Ends the decoding, completes the output and judges the run.
    pub(crate) fn finish(self, fail_on: FailOn) -> Result<&'static Code, Failure> {
        let Self { decoder, mut receiver, mut inputs, trouble, terminal } = self;
        terminal.clear();
        let mut summary = decoder.finish(&mut |event| receiver.take(event));
        summary.context.retain(|context| receiver.filter.is_wanted(context));
        receiver.check()?;
        receiver.release();
        receiver.check()?;
        if let Some(redactor) = &mut receiver.redactor {
            inputs = redactor.inputs(inputs);
            summary.context = redactor.contexts(summary.context);
        }
        let closing = Closing { inputs: &inputs, summary: &summary, tally: &receiver.tally };
        receiver.presenter.finish(&mut receiver.output, &closing).map_err(|error| Failure::output(&error))?;
        receiver.output.commit()?;
        let (tally, presenter_tells) = (receiver.tally, receiver.presenter.tells_of_nothing());
        if tally.events == 0 && !presenter_tells {
            terminal.note(&format!(
                "no OOM event found in {} lines of {} inputs",
                summary.coverage.lines,
                inputs.len()
            ));
        }
        if 0 < tally.untimed {
            terminal
                .note(&format!("{} without a time: kept, whatever --since and --until say", tally.untimed));
        }
        Ok(trouble.unwrap_or(match fail_on {
            FailOn::Any if 0 < tally.events => &exit::FOUND,
            FailOn::Kill if 0 < tally.kills => &exit::FOUND,
            FailOn::Never | FailOn::Any | FailOn::Kill => &exit::DONE,
        }))
    }
}

impl Session<'_> {
    /// Tells of a failure, and remembers the worst one for the exit code.
    pub(crate) fn report(&mut self, failure: &Failure) {
        self.terminal.failure(failure);
        let worse = self.trouble.is_none_or(|code| code.number < failure.code().number);
        if worse {
            self.trouble = Some(failure.code());
        }
    }
}

impl Sink for Session<'_> {
    fn begin(&mut self, name: &str, modified: Option<Timestamp>) -> Result<(), Failure> {
        let shown = self.receiver.redactor.as_mut().map(|redactor| redactor.input_name(name));
        self.receiver.names.push(shown.unwrap_or_else(|| name.into()));
        self.decoder.begin(name, modified);
        Ok(())
    }

    fn feed(&mut self, block: &[u8]) -> Result<(), Failure> {
        self.decoder.feed(block, &mut |event| self.receiver.take(event));
        self.receiver.check()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.decoder.flush(&mut |event| self.receiver.take(event));
        self.receiver.check()
    }

    fn end(&mut self, trouble: Option<Failure>) -> Result<(), Failure> {
        if let Some(failure) = &trouble {
            self.report(failure);
        }
        let is_told = trouble.is_some();
        let trouble = trouble.map(|failure| failure.line());
        let input = self.decoder.end(trouble, &mut |event| self.receiver.take(event));
        if let Some(error) = input.error.as_ref().filter(|_| !is_told) {
            self.report(&Failure::input(format!("cannot read all of {}", input.name)).cause(error));
        }
        self.inputs.push(input);
        self.receiver.check()
    }

    fn events(&self) -> u64 {
        self.receiver.tally.events
    }
}

impl Receiver<'_> {
    fn take(&mut self, event: Event) {
        match self.filter.judge(&event) {
            Verdict::Hide => {
                self.tally.hidden += 1;
                return;
            }
            Verdict::KeepUntimed => self.tally.untimed += 1,
            Verdict::Keep => {}
        }
        if event.forged {
            // A forged event must not push a real one out of the last ones.
            self.tally.forged += 1;
            self.present(event);
            return;
        }
        self.tally.events += 1;
        self.tally.kills += u64::from(matches!(event.kind, EventKind::OomKill | EventKind::Panic));
        match &mut self.last {
            Some((last, kept)) => {
                kept.push_back(event);
                if *last < kept.len() {
                    kept.pop_front();
                }
            }
            None => self.present(event),
        }
    }

    /// Presents the events that were held back as the last ones.
    fn release(&mut self) {
        for event in self.last.take().into_iter().flat_map(|(_, kept)| kept) {
            self.present(event);
        }
    }

    fn present(&mut self, event: Event) {
        if self.error.is_none() {
            // Names are looked up as they are, before they become pseudonyms.
            let event = match &self.measured {
                Some(measured) => measured.advise(event),
                None => event,
            };
            let event = match &mut self.redactor {
                Some(redactor) => redactor.event(event),
                None => event,
            };
            let written = self.presenter.event(&mut self.output, event, &self.names);
            self.error = written.and_then(|()| if self.live { self.output.flush() } else { Ok(()) }).err();
        }
    }

    fn check(&mut self) -> Result<(), Failure> {
        self.error.take().map_or(Ok(()), |error| Err(Failure::output(&error)))
    }
}

/// Returns the name of the input in which an event stands.
pub(crate) fn name_of<'a>(event: &Event, names: &'a [String]) -> &'a str {
    usize::try_from(event.input.get()).ok().and_then(|index| names.get(index)).map_or("", String::as_str)
}

#[cfg(test)]
#[path = "session/tests.rs"]
pub(crate) mod testing;
