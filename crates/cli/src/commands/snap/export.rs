//! `oomkit snap export`: snapshots for other programs.

#[cfg(feature = "parquet")]
mod parquet;

use std::ops::Range;

use clap::{Args, ValueEnum};
use oomkit_snap::{
    export::{self, Format, Lines, Table, Workloads},
    snapshot::Snapshot,
    store::{Entry, SnapshotId, Store},
};

use super::{Place, pick::SpanArgs, store};
use crate::{
    args::Global,
    commands::decode::names::{Gathered, NamesArgs},
    exit::{self, Code},
    failure::{Failure, Kind},
    output::{Output, Plain},
    terminal::Terminal,
};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    span: SpanArgs,

    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: To,

    /// What there is a row of [default: processes; for parquet all tables, each in its own files]
    #[arg(long, value_enum, value_name = "TABLE")]
    table: Option<TableName>,

    /// Of control groups and of names, how many of the largest have series [openmetrics; default: 50]
    #[arg(long, value_name = "COUNT")]
    top: Option<usize>,

    /// Write days too that are not over in UTC; the next export writes them again [parquet]
    #[cfg(feature = "parquet")]
    #[arg(long)]
    open_days: bool,

    /// Write files again that are there, even if fewer snapshots of their day are left [parquet]
    #[cfg(feature = "parquet")]
    #[arg(long)]
    again: bool,

    #[command(flatten)]
    names: NamesArgs,
}

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// Rows with commas between their cells (RFC 4180)
    Csv,
    /// A JSON object for each row, one a line
    Ndjson,
    /// Series of the newest snapshot, for the textfile collector of node_exporter
    Openmetrics,
    /// A file for each table, day and host in folders below --output DIR
    #[cfg(feature = "parquet")]
    Parquet,
}

/// What there are rows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TableName {
    /// A row for each process of each snapshot
    Processes,
    /// A row for each control group of each snapshot
    Cgroups,
    /// A row for each snapshot
    Host,
}

impl From<TableName> for Table {
    fn from(name: TableName) -> Self {
        match name {
            TableName::Processes => Self::Processes,
            TableName::Cgroups => Self::Cgroups,
            TableName::Host => Self::Host,
        }
    }
}

/// Of control groups and of names, how many have series where nothing is said.
const TOP: usize = 50;

/// Runs the verb.
pub(super) fn run(args: ExportArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    args.check()?;
    let store = store::read(args.place.store.clone())?;
    let entries = args.span.entries(&store)?;
    let gathered = args.names.gather(false, terminal)?;
    gathered.failures.iter().for_each(|failure| terminal.failure(failure));
    let mut workloads = workloads(&gathered);
    let table = args.table.map_or(Table::Processes, Table::from);
    let damaged = match args.to {
        To::Csv => lines(&store, &entries, (table, Format::Csv), &mut workloads, global, terminal)?,
        To::Ndjson => lines(&store, &entries, (table, Format::Ndjson), &mut workloads, global, terminal)?,
        To::Openmetrics => series(&store, &entries, args.top.unwrap_or(TOP), global)?,
        #[cfg(feature = "parquet")]
        To::Parquet => args.plan(global)?.run(&store, &entries, &mut workloads, terminal)?,
    };
    Ok(match (damaged, gathered.failures.is_empty()) {
        (0, true) => &exit::DONE,
        (0, false) => &exit::INPUT,
        _ => &exit::STORE,
    })
}

impl ExportArgs {
    /// Refuses what a format cannot heed.
    fn check(&self) -> Result<(), Failure> {
        let is_series = self.to == To::Openmetrics;
        let refused = [
            (is_series && self.table.is_some(), "--table", "openmetrics has series and no tables"),
            (is_series && self.names.are_given(), "--names", "series are named by control group"),
            (!is_series && self.top.is_some(), "--top", "it is for --to openmetrics"),
            #[cfg(feature = "parquet")]
            (self.to != To::Parquet && self.open_days, "--open-days", "it is for --to parquet"),
            #[cfg(feature = "parquet")]
            (self.to != To::Parquet && self.again, "--again", "it is for --to parquet"),
        ];
        match refused.iter().find(|(is_wrong, ..)| *is_wrong) {
            Some((_, option, why)) => {
                Err(Failure::usage(format!("{option} cannot be used here")).cause(*why))
            }
            None => Ok(()),
        }
    }

    #[cfg(feature = "parquet")]
    fn plan<'a>(&self, global: &'a Global) -> Result<parquet::Plan<'a>, Failure> {
        let folder = global.output.as_deref().ok_or_else(|| {
            Failure::usage("parquet is written as files in a folder")
                .hint("name the folder with --output DIR")
        })?;
        let tables = self.table.map_or_else(|| Table::ALL.to_vec(), |table| vec![table.into()]);
        Ok(parquet::Plan { folder, tables, open_days: self.open_days, again: self.again })
    }
}

/// Lets the directories that were gathered teach names.
fn workloads(gathered: &Gathered) -> Workloads<'_> {
    Workloads::new(Box::new(|workload, host| {
        let mut directories = gathered.directories.iter();
        let known = directories.find_map(|directory| directory.look_up(workload, host, &mut Vec::new()));
        known.into_iter().for_each(|known| workload.learn(known));
    }))
}

/// Writes rows, and returns how many snapshots could not be read.
fn lines(
    store: &Store,
    entries: &[Entry],
    (table, format): (Table, Format),
    workloads: &mut Workloads<'_>,
    global: &Global,
    terminal: &Terminal,
) -> Result<u64, Failure> {
    let output = Output::open(global.output.as_deref())?;
    let mut lines = Lines::new(table, format, Plain(output)).map_err(|error| Failure::output(&error))?;
    let ids: Vec<SnapshotId> = entries.iter().map(|entry| entry.id).collect();
    terminal.leave_to_output();
    let damaged = each(store, &ids, 0..ids.len(), terminal, |snapshot| {
        lines.push(snapshot, workloads).map_err(|error| Failure::output(&error))
    })?;
    lines.finish().map_err(|error| Failure::output(&error))?.0.commit()?;
    Ok(damaged)
}

/// Writes the newest snapshot as series; one that cannot be read leaves the old file as it is.
fn series(store: &Store, entries: &[Entry], most: usize, global: &Global) -> Result<u64, Failure> {
    let newest = entries.last().ok_or_else(|| {
        Failure::input("there is no snapshot to export").hint("take one with: oomkit snap take")
    })?;
    let snapshot = store.snapshot(newest.id).map_err(|error| Failure::store(&error))?;
    let mut output = Output::open(global.output.as_deref())?;
    export::openmetrics(&snapshot, most, &mut output).map_err(|error| Failure::output(&error))?;
    output.commit()?;
    Ok(0)
}

/// Hands on each snapshot that can be read, says which cannot, and returns how many those are.
///
/// The range is how many snapshots were done before, and how many there are to do.
fn each(
    store: &Store,
    ids: &[SnapshotId],
    range: Range<usize>,
    terminal: &Terminal,
    mut take: impl FnMut(&Snapshot) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    /// How many are named; the count of all follows.
    const NAMED: u64 = 20;
    let mut damaged = 0;
    for (id, snapshot) in store.stream(terminal.counted(range, ids.iter().copied())) {
        match snapshot {
            Ok(snapshot) => take(&snapshot)?,
            Err(error) => {
                damaged += 1;
                if damaged <= NAMED {
                    terminal.failure(&Failure::store(&error).cause(format!("snapshot {id} is left out")));
                }
            }
        }
    }
    if 0 < damaged {
        let said =
            format!("{damaged} of {} snapshots cannot be read; the others are in the output", ids.len());
        terminal.failure(&Failure::new(Kind::Store, said));
    }
    Ok(damaged)
}
