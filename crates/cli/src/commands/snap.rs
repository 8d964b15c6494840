//! `oomkit snap`: snapshots of a host's memory, taken, kept and shown.

mod page;
mod store;

use std::{io::Write as _, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use oomkit_core::document::Document;
use oomkit_host::Host;
use oomkit_snap::{
    collect::{self, Commands, HostSource},
    snapshot::Snapshot,
    store::{Options, Store},
};
use serde::Serialize;

use super::decode::show::{Format as ShowFormat, Show};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    output::Output,
    terminal::Terminal,
};

/// Take snapshots of this host's memory, keep them and show them
///
/// A snapshot has the machine, its control groups and its processes. Taking one waits for no process and stalls none. All snapshots are in one SQLite file.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit snap take
  oomkit snap list
  oomkit snap show
  oomkit snap show 12 --format json")]
pub(crate) struct SnapArgs {
    /// What to do
    #[command(subcommand)]
    verb: SnapVerb,
}

#[derive(Debug, Subcommand)]
enum SnapVerb {
    /// Take a snapshot of this host and keep it
    Take(TakeArgs),
    /// List the snapshots of a store, the oldest first
    List(ListArgs),
    /// Show where the memory was at a snapshot
    Show(ShowArgs),
}

/// Where the snapshots are.
#[derive(Debug, Args)]
struct Place {
    /// The store [default: /var/lib/oomkit/snapshots.db for root, else snapshots.db in $XDG_STATE_HOME/oomkit or ~/.local/state/oomkit]
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct TakeArgs {
    #[command(flatten)]
    place: Place,

    /// What to keep of the command of a process beside its name
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    cmdline: Cmdline,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    place: Place,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    place: Place,

    /// The number of the snapshot, as the list has it [default: the newest]
    #[arg(value_name = "NUMBER")]
    snapshot: Option<i64>,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What is kept of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Cmdline {
    /// Nothing
    None,
    /// The path of the program
    #[default]
    Exe,
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

/// Runs the verb.
pub(crate) fn run(args: SnapArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    match args.verb {
        SnapVerb::Take(args) => take(args, terminal),
        SnapVerb::List(args) => {
            let store = store::read(args.place.store)?;
            let entries = store.list().map_err(|error| Failure::store(&error))?;
            let listed: Vec<page::Listed> = entries.iter().map(page::Listed::of).collect();
            let document = page::list(&entries);
            write(
                args.format,
                &page::List { schema: "oomkit.snapshots/v1", snapshots: listed },
                document,
                global,
                terminal,
            )
        }
        SnapVerb::Show(args) => {
            let store = store::read(args.place.store)?;
            let snapshot = store::find(&store, args.snapshot)?;
            let document = page::snapshot(&snapshot);
            write(
                args.format,
                &page::Whole { schema: "oomkit.snapshot/v1", snapshot: &snapshot },
                document,
                global,
                terminal,
            )
        }
    }
}

/// Opens a store for another verb, for reading; `None` where none is named and this host has none.
pub(super) fn open_store(given: Option<PathBuf>) -> Result<Option<Store>, Failure> {
    let is_named = given.is_some();
    let path = store::path(given, false)?;
    if !is_named && !path.exists() {
        return Ok(None);
    }
    store::read(Some(path)).map(Some)
}

fn take(args: TakeArgs, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let host = Host::live();
    let commands = match args.cmdline {
        Cmdline::None => Commands::Nothing,
        Cmdline::Exe => Commands::Program,
    };
    let mut source = HostSource::new(&host, commands);
    let boot = source.boot_id().ok_or_else(|| {
        Failure::host("this host does not tell which boot it runs in")
            .cause("a process id alone would not tell one process from the next")
    })?;
    let path = store::path(args.place.store, true)?;
    let mut store = Store::open(&path, Options::default()).map_err(|error| Failure::store(&error))?;
    let snapshot = collect::take(&mut source, collect::now(boot));
    let written = store.write(&snapshot).map_err(|error| Failure::store(&error))?;
    if written.cut {
        terminal.note("the disk is nearly full, so processes were left out");
    }
    terminal.note(&told(&snapshot, &written.id.to_string()));
    Ok(&exit::DONE)
}

/// Says in a line what a snapshot has.
fn told(snapshot: &Snapshot, number: &str) -> String {
    let count = |list: Option<usize>, what: &str| match list {
        Some(count) => format!("{count} {what}"),
        None => format!("no {what}, since they could not be read"),
    };
    let processes = count(snapshot.processes.as_ref().map(Vec::len), "processes");
    let cgroups = count(snapshot.cgroups.as_ref().map(Vec::len), "control groups");
    format!("snapshot {number}: {processes}, {cgroups}")
}

/// Writes an answer as a page for people, or as JSON for programs.
fn write(
    format: Format,
    json: &impl Serialize,
    document: Document,
    global: &Global,
    terminal: &Terminal,
) -> Result<&'static Code, Failure> {
    let mut output = Output::open(global.output.as_deref())?;
    let format = match format {
        Format::Json => {
            let written = serde_json::to_writer_pretty(&mut output, json).map_err(std::io::Error::from);
            written.and_then(|()| output.write_all(b"\n")).map_err(|error| Failure::output(&error))?;
            output.commit()?;
            return Ok(&exit::DONE);
        }
        Format::Text => ShowFormat::Text,
        Format::Markdown => ShowFormat::Markdown,
        Format::Html => ShowFormat::Html,
    };
    let mut show = Show::new(format, terminal.look());
    show.document(&mut output, document)
        .and_then(|()| show.end(&mut output))
        .map_err(|error| Failure::output(&error))?;
    output.commit()?;
    Ok(&exit::DONE)
}
