//! `oomkit snap`: snapshots of a host's memory, taken, kept and asked.

pub(super) mod answer;
mod capture;
mod course;
mod diff;
mod export;
mod import;
mod install;
mod list;
pub(super) mod pick;
mod prune;
mod shares;
mod show;
pub(super) mod store;
mod take;
mod top;
mod trend;
mod verify;
mod view;
mod watch;
pub(super) mod words;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use oomkit_snap::store::Store;

use crate::{args::Global, exit::Code, failure::Failure, terminal::Terminal};

pub(crate) use {
    diff::DiffDocument, list::SnapshotsDocument, show::SnapshotDocument, top::TopDocument,
    trend::TrendDocument, verify::VerifyDocument,
};

/// Take snapshots of this host's memory, keep them and ask them what grew
///
/// A snapshot has the machine, its control groups and its processes. Taking one reads nothing that a process would have to wait for, except PSS within 10 ms. All snapshots are in one SQLite file.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit snap take
  oomkit snap install --systemd
  oomkit snap watch --every 1min
  oomkit snap trend --since -6h
  oomkit snap at 'yesterday 15:45'
  oomkit snap diff -1h
  oomkit snap top --by cgroup
  oomkit snap view
  oomkit snap show 12 --format json
  oomkit snap export --to csv --table cgroups --since -1d
  oomkit snap export --to openmetrics --output /var/lib/prometheus/node-exporter/oomkit.prom
  oomkit snap export --to parquet --output /var/lib/oomkit/parquet")]
pub(crate) struct SnapArgs {
    /// What to do
    #[command(subcommand)]
    verb: SnapVerb,
}

#[derive(Debug, Subcommand)]
enum SnapVerb {
    /// Take a snapshot of this host and keep it
    Take(take::TakeArgs),
    /// Stay, take the regular snapshots, and more of them when trouble begins
    ///
    /// Trouble is that tasks have to wait for memory (the kernel's PSI), that a control group begins to run into its limit, or an OOM kill. Each of these snapshots says why it was taken. SIGTERM and SIGINT end it.
    Watch(watch::WatchArgs),
    /// List the snapshots of a store, the oldest first
    List(list::ListArgs),
    /// Show where the memory was at a moment
    #[command(visible_alias = "at")]
    Show(show::ShowArgs),
    /// Show who held the most memory at a moment
    Top(top::TopArgs),
    /// Compare two moments: who grew, shrank, came and went
    Diff(diff::DiffArgs),
    /// Say what keeps growing, how fast, and when it reaches its limit
    ///
    /// The slope is the median of all pairs of moments (Theil and Sen), which single outliers do not move; restarts, steps and plateaus are told apart, and what may be chance is said to be that.
    Trend(trend::TrendArgs),
    /// Browse through the snapshots on the whole screen
    ///
    /// A chart over time and a table of control groups or processes, which keys move, sort and look into; ? shows the keys. Nothing is changed.
    View(view::ViewArgs),
    /// Write snapshots for other programs: rows, series or files for a fleet
    ///
    /// Rows have processes, control groups or the host, in the order of the store. docs/columns.md tells what each column is.
    Export(export::ExportArgs),
    /// Take over what other tools recorded: sysstat, atop or below
    ///
    /// A recording names no boot, so its boot gets a name made of the tool, the host and the time at which it began, and no imported snapshot is taken for one of this program. What a tool does not record stays unknown. What the store has already is not written again.
    Import(import::ImportArgs),
    /// Take snapshots from now on, by systemd or cron
    ///
    /// The service is spared when memory is short and may not use more than 64 MiB itself.
    Install(install::InstallArgs),
    /// Say what of a store can be read and what cannot; nothing is changed
    Verify(verify::VerifyArgs),
    /// Delete what is too old, too close together or too much
    Prune(prune::PruneArgs),
}

/// Where the snapshots are.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The store [default: /var/lib/oomkit/snapshots.db for root, else snapshots.db in $XDG_STATE_HOME/oomkit or ~/.local/state/oomkit]
    #[arg(long, value_name = "FILE")]
    pub(super) store: Option<PathBuf>,
}

/// Runs the verb.
pub(crate) fn run(args: SnapArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    match args.verb {
        SnapVerb::Take(args) => take::run(&args, terminal),
        SnapVerb::Watch(args) => watch::run(&args, terminal),
        SnapVerb::List(args) => list::run(args, global, terminal),
        SnapVerb::Show(args) => show::run(args, global, terminal),
        SnapVerb::Top(args) => top::run(args, global, terminal),
        SnapVerb::Diff(args) => diff::run(args, global, terminal),
        SnapVerb::Trend(args) => trend::run(args, global, terminal),
        SnapVerb::View(args) => view::run(args, global, terminal),
        SnapVerb::Export(args) => export::run(args, global, terminal),
        SnapVerb::Import(args) => import::run(args, terminal),
        SnapVerb::Install(args) => install::run(args, global, terminal),
        SnapVerb::Verify(args) => verify::run(args, global, terminal),
        SnapVerb::Prune(args) => prune::run(args, terminal),
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
