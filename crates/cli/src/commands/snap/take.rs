//! `oomkit snap take`: one snapshot of this host, into the store.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use oomkit_host::{Host, tree::Arguments};
use oomkit_snap::{
    collect::{self, Commands, HostSource},
    snapshot::Snapshot,
    store::{Options, Retention, Store, Written},
};

use super::{Place, capture, install, store};
use crate::{
    exit::{self, Code},
    failure::Failure,
    terminal::Terminal,
};

/// After how many snapshots what is due is deleted: once an hour, for one a minute.
const ROUND: i64 = 60;

#[derive(Debug, Args)]
pub(super) struct TakeArgs {
    #[command(flatten)]
    place: Place,

    /// What to keep of the command of a process beside its name
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    cmdline: Cmdline,

    /// Delete nothing; else each 60th snapshot deletes what `oomkit snap prune` would
    #[arg(long)]
    keep_all: bool,

    /// Stay, and take one as often as this: 30s, 1min, 5min; for containers, which have no timer
    #[arg(long, value_name = "TIME")]
    every: Option<String>,

    /// Write what a snapshot and an audit read of this host into a new file instead, for `oomkit audit
    /// --root FILE` elsewhere; without environments, and of arguments only those that set a heap
    #[arg(long, value_name = "FILE", conflicts_with_all = ["every", "keep_all", "store"])]
    capture: Option<PathBuf>,
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

/// Runs the verb.
pub(super) fn run(args: &TakeArgs, terminal: &Terminal) -> Result<&'static Code, Failure> {
    if let Some(path) = &args.capture {
        let arguments = match args.cmdline {
            Cmdline::None => Arguments::Nothing,
            Cmdline::Exe => Arguments::Sizes,
        };
        return capture::write(path, arguments, terminal).map(|()| &exit::DONE);
    }
    let Some(every) = &args.every else { return take(args, terminal).map(|()| &exit::DONE) };
    let every = Duration::from_secs(install::every(every)?);
    let mut next = Instant::now();
    // Only a signal or a failure ends this; whoever started it starts it again.
    loop {
        take(args, terminal)?;
        // A snapshot that took too long, or a host that slept, is not made up for.
        let now = Instant::now();
        while next <= now {
            next += every;
        }
        thread::sleep(next.duration_since(now));
    }
}

/// Takes one snapshot; the store is open only meanwhile, so that others may write to it too.
fn take(args: &TakeArgs, terminal: &Terminal) -> Result<(), Failure> {
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
    let path = store::path(args.place.store.clone(), true)?;
    let mut store = Store::open(&path, Options::default()).map_err(|error| Failure::store(&error))?;
    let snapshot = collect::take(&mut source, collect::now(boot));
    let written = store.write(&snapshot).map_err(|error| Failure::store(&error))?;
    if written.cut {
        terminal.note("the disk is nearly full, so processes were left out");
    }
    terminal.note(&told(&snapshot, &written));
    if !args.keep_all && written.id.get() % ROUND == 0 {
        let pruned =
            store.prune(&Retention::default(), &snapshot.moment).map_err(|error| Failure::store(&error))?;
        terminal.detail(&super::prune::told(&pruned));
    }
    Ok(())
}

/// Says in a line what a snapshot has.
fn told(snapshot: &Snapshot, written: &Written) -> String {
    let count = |list: Option<usize>, what: &str| match list {
        Some(count) => format!("{count} {what}"),
        None => format!("no {what}, since they could not be read"),
    };
    let processes = count(snapshot.processes.as_ref().map(Vec::len), "processes");
    let cgroups = count(snapshot.cgroups.as_ref().map(Vec::len), "control groups");
    format!("snapshot {}: {processes}, {cgroups}", written.id)
}
