//! `oomkit decode`: kernel logs in, events out.

pub(super) mod json;
pub(super) mod show;

mod page;

pub(super) mod filter;
pub(super) mod names;
pub(super) mod session;
pub(super) mod when;

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use jiff::Zoned;
use oomkit_decode::{Decoder, Options};

use super::recommend;
use crate::{
    args::Global,
    exit::Code,
    failure::Failure,
    input::{self, Reader, follow, journal, kmsg},
    output::Output,
    terminal::Terminal,
};
use filter::EventArgs;
use names::NamesArgs;
use page::{Extent, Page};
use session::{Presenter, Session};
use show::{Format as ShowFormat, Show};

/// Explain the OOM kills in kernel logs
///
/// Reads text logs, compressed logs (gzip, xz, zstd, bzip2), tar archives and binary journals; what a file is, its first bytes say. Rotated logs are read in the order of their age. Without an input, standard input is read.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit decode /var/log/kern.log*
  oomkit decode --journal --since yesterday
  kubectl get pods -A -o json | oomkit decode --names - kern.log
  dmesg | oomkit decode
  oomkit decode --last 3 sosreport.tar.xz
  oomkit decode kern.log --store /var/lib/oomkit/snapshots.db
  oomkit decode --follow --format ndjson --kmsg")]
pub(crate) struct DecodeArgs {
    /// A log, a folder of logs, a quoted pattern such as '/var/log/kern.log*', or - for standard input
    #[arg(value_name = "FILE|DIR|GLOB|-")]
    inputs: Vec<OsString>,

    /// Read the journal of this host
    #[arg(long, help_heading = "Input")]
    journal: bool,

    /// Read the journal files in DIR instead of this host's
    #[arg(short = 'D', long, value_name = "DIR", help_heading = "Input")]
    directory: Option<PathBuf>,

    /// Read the kernel's ring buffer, /dev/kmsg
    #[arg(long, help_heading = "Input")]
    kmsg: bool,

    /// Wait for more, and show each event as it completes
    #[arg(long, help_heading = "Input")]
    follow: bool,

    /// Assume this size of a page, such as 4K or 64K, where the log does not tell
    #[arg(long, value_name = "SIZE", help_heading = "Input")]
    page_size: Option<String>,

    /// The zone of stamps without one, such as Europe/Berlin or +02:00 [default: the system's]
    #[arg(long, value_name = "ZONE", help_heading = "Input")]
    timezone: Option<String>,

    #[command(flatten)]
    names: NamesArgs,

    /// Take the figures of limits that are advised from these snapshots of the host, as `oomkit recommend` makes them
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    store: Option<PathBuf>,

    #[command(flatten)]
    events: EventArgs,

    /// Show only the last N events [default: 1]
    // Taken as text: `--last kern.log` means the last event of that log.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1", conflicts_with = "follow", help_heading = "Events")]
    last: Option<OsString>,

    /// Show every event in full, however many there are
    #[arg(long, help_heading = "Output")]
    full: bool,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    format: Format,

    /// Replace hosts, users, paths, addresses and ids by pseudonyms, to share the output
    ///
    /// The same name gets the same pseudonym over the whole output: host-1, user-1, path-1, ip-1, mac-1, pod-1, container-1, namespace-1, owner-1, image-1, service-1, id-1; ids of users from 1000 on get figures from 100001 on. Paths are replaced step by step, so that what lies below what can still be seen; steps that everybody has, such as system.slice, stay. Names of processes stay, and so do the kernel's own words: symbols, releases, hardware, devices. Times and sizes stay as well. In sentences of the log, what is no field of its own is known by its shape or by the word before it, so read what you share.
    #[arg(long, help_heading = "Output")]
    redact: bool,

    /// Exit with 1 if there is such an event
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", help_heading = "Output")]
    fail_on: FailOn,
}

/// The formats of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// One JSON object a line for each event, as it completes
    Ndjson,
    /// For tickets and wikis
    Markdown,
    /// A page that needs nothing else
    Html,
}

/// What makes the exit code 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Nothing
    #[default]
    Never,
    /// Any event that is not forged
    Any,
    /// A kill by the kernel, or a panic
    Kill,
}

/// Runs the verb.
pub(crate) fn run(
    mut args: DecodeArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<&'static Code, Failure> {
    let last = args.take_last()?;
    args.check(global)?;
    let zone = when::zone(args.timezone.as_deref())?;
    let now = Zoned::now().with_time_zone(zone.clone());
    let page_size = args.page_size.as_deref().map(when::page_size).transpose()?;
    let filter = args.events.filter(&now)?;
    let span = filter.span;
    let gathered = args.names.gather(args.is_of_this_host(), terminal)?;
    let names = gathered.directories;
    let decoder = Decoder::new(Options { page_size, now: now.timestamp(), zone, names });
    let output = Output::open(global.output.as_deref())?;
    let presenter = args.presenter(terminal, last.is_some());
    if args.shows_as_it_reads() {
        terminal.leave_to_output();
    }
    let mut session = Session::new(decoder, filter, presenter, output, terminal);
    session.keep_last(last);
    session.live(args.follow);
    session.redact(args.redact);
    let measured = args.store.take().map(|store| recommend::measured(store, terminal));
    session.measure(measured.transpose()?);
    session.start()?;
    gathered.failures.iter().for_each(|failure| session.report(failure));
    args.read(&mut Reader::new(&mut session, terminal), span)?;
    session.finish(args.fail_on)
}

impl DecodeArgs {
    /// Takes the number of `--last`; what is no number was meant as an input.
    fn take_last(&mut self) -> Result<Option<usize>, Failure> {
        let Some(last) = self.last.take() else { return Ok(None) };
        match last.to_str().map(str::parse::<usize>) {
            Some(Ok(0)) => {
                Err(Failure::usage("--last 0 shows nothing").hint("write --last 1 for the last event"))
            }
            Some(Ok(last)) => Ok(Some(last)),
            _ => {
                self.inputs.insert(0, last);
                Ok(Some(1))
            }
        }
    }

    /// Tells whether events are shown as they are found, and not after the last of them.
    fn shows_as_it_reads(&self) -> bool {
        self.follow || self.full || matches!(self.format, Format::Json | Format::Ndjson)
    }

    /// Tells whether all that is read is what this host itself wrote.
    fn is_of_this_host(&self) -> bool {
        (self.journal || self.kmsg) && self.directory.is_none() && self.inputs.is_empty()
    }

    /// Refuses combinations that make no sense.
    fn check(&mut self, global: &Global) -> Result<(), Failure> {
        let asked = usize::from(self.kmsg) + usize::from(self.journal || self.directory.is_some());
        if self.inputs.is_empty() && asked == 0 {
            if io::stdin().is_terminal() {
                return Err(Failure::usage("there is nothing to read")
                    .hint("name a log, as in: oomkit decode /var/log/kern.log")
                    .hint("or read this host's journal: oomkit decode --journal"));
            }
            self.inputs.push("-".into());
        }
        if self.names.read_standard_input() && self.inputs.iter().any(|input| input == "-") {
            return Err(Failure::usage("standard input cannot hold both names and a log").hint(
                "name the log, as in: kubectl get pods -A -o json | oomkit decode --names - kern.log",
            ));
        }
        if self.follow && self.inputs.len() + asked != 1 {
            return Err(Failure::usage("--follow takes one input")
                .hint("give one file, or one of --journal, --kmsg and standard input"));
        }
        if self.follow && self.directory.is_some() {
            return Err(Failure::usage("--follow cannot be used with --directory")
                .hint("leave out --directory to follow this host's journal"));
        }
        if self.follow && global.output.is_some() {
            return Err(Failure::usage("--follow cannot be used with --output")
                .cause("a file that is written whole or not at all would never be written")
                .hint("redirect standard output with >"));
        }
        if self.follow && self.format == Format::Html {
            return Err(Failure::usage("--follow cannot be used with --format html")
                .cause("a page has to be whole before it can be written"));
        }
        Ok(())
    }

    fn presenter(&self, terminal: &Terminal, last: bool) -> Box<dyn Presenter> {
        let extent = match (self.full, self.follow || last) {
            (true, _) => Extent::Whole,
            // What comes one by one, or was asked for by number, is shown each for itself.
            (false, true) => Extent::Each,
            (false, false) => Extent::Few,
        };
        let page = |format| Box::new(Page::new(Show::new(format, terminal.look()), extent));
        match self.format {
            Format::Json => Box::<json::Json>::default(),
            Format::Ndjson => Box::new(json::Lines::default()),
            Format::Text => page(ShowFormat::Text),
            Format::Markdown => page(ShowFormat::Markdown),
            Format::Html => page(ShowFormat::Html),
        }
    }

    fn read(&self, reader: &mut Reader<'_>, span: journal::Span) -> Result<(), Failure> {
        let mut plan = input::plan(&self.inputs);
        if self.follow && !self.journal && !self.kmsg {
            return match plan.single_file() {
                Some(path) => follow::file(reader, path, &mut || true),
                None if self.inputs.iter().any(|input| input == "-") => follow::standard(reader),
                None => reader.run(plan, span),
            };
        }
        if let Some(directory) = &self.directory {
            plan.add_journals(directory);
        } else if self.journal {
            journal::live(reader, span, self.follow)?;
        }
        if self.kmsg {
            kmsg::read(reader, self.follow)?;
        }
        reader.run(plan, span)
    }
}
