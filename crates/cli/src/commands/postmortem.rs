//! `oomkit postmortem`: a log, the history and the limits in, the whole story of an incident out.

pub(super) mod json;

mod story;

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use jiff::Zoned;
use oomkit_core::language::Language;
use oomkit_decode::{Decoder, Options};

use super::{
    audit,
    decode::{FailOn, filter::EventArgs, names::NamesArgs, session::Session, when},
    snap,
};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    input::{self, Reader},
    output::Output,
    terminal::Terminal,
};
use story::{Knowledge, Shape, Story};

/// Events that are looked at: the newest incident is told, and a storm of kills is bounded.
const KEPT: usize = 500;

/// Tell the whole story of an incident: the kill, what led to it, the limit that was missing
///
/// Reads kernel logs as `oomkit decode` does and tells of the newest incident in them. Snapshots say what grew, manifests say which limit was missing and where to write it. Each works without the others, and what they would have told is said.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit postmortem /var/log/kern.log
  oomkit postmortem kern.log --store snapshots.db --manifests deploy/
  journalctl -k | oomkit postmortem - --live
  oomkit postmortem kern.log --manifests deploy/ --patch fix.patch
  oomkit postmortem kern.log --format html --output incident.html
  oomkit postmortem kern.log --lang ja")]
pub(crate) struct PostmortemArgs {
    /// A log, a folder of logs, a quoted pattern such as '/var/log/kern.log*', or - for standard input
    #[arg(value_name = "LOG|DIR|-")]
    inputs: Vec<OsString>,

    /// The snapshots of the host that wrote the log
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    store: Option<PathBuf>,

    /// Manifests, unit files, or folders of them
    #[arg(long, value_name = "FILE|DIR", help_heading = "Input")]
    manifests: Vec<OsString>,

    /// Take the limits that this host enforces, and its snapshots unless --store names others
    #[arg(long, help_heading = "Input")]
    live: bool,

    /// The zone of stamps without one, such as Europe/Berlin or +02:00 [default: the system's]
    #[arg(long, value_name = "ZONE", help_heading = "Input")]
    timezone: Option<String>,

    #[command(flatten)]
    names: NamesArgs,

    #[command(flatten)]
    events: EventArgs,

    /// The room above what was used that a limit leaves, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 25, value_parser = clap::value_parser!(u32).range(0..=1000), help_heading = "Judging")]
    headroom: u32,

    /// Write the change that is proposed to FILE
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    patch: Option<PathBuf>,

    /// Show the kernel's report below the story
    #[arg(long, help_heading = "Output")]
    full: bool,

    /// The language of the story; evidence, names, commands and figures stay as they are
    #[arg(long, value_enum, default_value_t, value_name = "LANG", help_heading = "Output")]
    lang: Lang,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    format: Format,
}

/// The formats of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// For tickets and wikis
    Markdown,
    /// A page that needs nothing else
    Html,
}

/// The languages of the story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// English
    #[default]
    En,
    /// Simplified Chinese
    Zh,
    /// Japanese
    Ja,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::Zh => Self::Zh,
            Lang::Ja => Self::Ja,
        }
    }
}

/// Runs the verb.
pub(crate) fn run(
    mut args: PostmortemArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<&'static Code, Failure> {
    args.check()?;
    let zone = when::zone(args.timezone.as_deref())?;
    let now = Zoned::now().with_time_zone(zone.clone());
    let filter = args.events.filter(&now)?;
    let span = filter.span;
    let (knowledge, is_whole) = args.knowledge(terminal)?;
    let gathered = args.names.gather(false, terminal)?;
    let options = Options { page_size: None, now: now.timestamp(), zone, names: gathered.directories };
    let shape = Shape { format: args.format, full: args.full, language: args.lang.into() };
    let story = Story::new(knowledge, shape, terminal).with_patch(args.patch.clone());
    let output = Output::open(global.output.as_deref())?;
    let mut session = Session::new(Decoder::new(options), filter, Box::new(story), output, terminal);
    session.keep_last(Some(KEPT));
    gathered.failures.iter().for_each(|failure| session.report(failure));
    Reader::new(&mut session, terminal).run(input::plan(&args.inputs), span)?;
    let code = session.finish(FailOn::Never)?;
    Ok(if is_whole { code } else { &exit::INPUT })
}

impl PostmortemArgs {
    fn check(&mut self) -> Result<(), Failure> {
        if self.inputs.is_empty() {
            if io::stdin().is_terminal() {
                return Err(Failure::usage("there is nothing to read")
                    .hint("name a log, as in: oomkit postmortem /var/log/kern.log"));
            }
            self.inputs.push("-".into());
        }
        let reads_input = |inputs: &[OsString]| inputs.iter().any(|input| input == "-");
        let readers =
            [reads_input(&self.inputs), reads_input(&self.manifests), self.names.read_standard_input()];
        if 1 < readers.into_iter().filter(|reads| *reads).count() {
            return Err(Failure::usage("standard input can be only one of log, manifests and names"));
        }
        Ok(())
    }

    /// Opens and reads what is known beside the log, and says whether all of it could be read.
    fn knowledge(&self, terminal: &Terminal) -> Result<(Knowledge, bool), Failure> {
        let store = match (&self.store, self.live) {
            (None, false) => None,
            (given, _) => snap::open_store(given.clone())?,
        };
        let has_manifests = !self.manifests.is_empty();
        let written = has_manifests.then(|| audit::written(&self.manifests, terminal)).transpose()?;
        let (written, is_whole) = written.map_or((None, true), |(report, is_whole)| (Some(report), is_whole));
        let live = self.live.then(|| audit::live(terminal)).transpose()?;
        Ok((Knowledge { store, written, live, headroom_percent: self.headroom }, is_whole))
    }
}
