//! `oomkit snap take`: one snapshot of this host, into the store.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use oomkit_host::{
    Host,
    aside::Aside,
    tree::{Arguments, Folder, Open, Tree},
};
use oomkit_snap::{
    collect::{self, Commands, HostSource, Known, Programs, Shares},
    snapshot::{BootId, Reason, Snapshot},
    store::{Options, Retention, Store, Written},
};

use super::{Place, capture, install, shares, store, words};
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

    #[command(flatten)]
    keep: KeepArgs,

    /// Stay, and take one as often as this: 30s, 1min, 5min; for containers, which have no timer
    #[arg(long, value_name = "TIME")]
    every: Option<String>,

    /// End after so many snapshots
    #[arg(long, value_name = "COUNT", requires = "every", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Write what a snapshot and an audit read of this host into a new file instead, for `oomkit audit
    /// --root FILE` elsewhere; without environments, and of arguments only those that set a heap, unless --cmdline says otherwise
    #[arg(long, value_name = "FILE", conflicts_with_all = ["every", "count", "keep_all", "pss", "store"])]
    capture: Option<PathBuf>,
}

/// What is read and kept.
#[derive(Debug, Args)]
pub(super) struct KeepArgs {
    /// What to keep of the command of a process beside its name
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    cmdline: Cmdline,

    /// Of which processes to read PSS and USS
    ///
    /// To read them, the kernel walks the page tables of a process, and holds the lock that it needs for its page faults: it may be stalled by 15 ms for each GiB.
    ///
    /// `auto` reads the largest that fit into 10 ms of processor time, but none that would be stalled for longer than 2.5 ms, which are those of more than some 150 MiB; `top=20` reads the 20 largest, `all` all, however long that stalls them; `none` reads none. A process that does not answer in time is given up, and the snapshot says so.
    #[arg(long, value_parser = shares::shares, default_value = "auto", value_name = "none|auto|top=COUNT|all")]
    pss: Shares,

    /// Delete nothing; else each 60th snapshot deletes what `oomkit snap prune` would
    #[arg(long)]
    keep_all: bool,
}

/// What is kept of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Cmdline {
    /// Nothing
    None,
    /// The path of the program
    #[default]
    Exe,
    /// All arguments, which may hold passwords; asked for once, since asking takes a lock of the process
    Full,
}

/// Runs the verb.
pub(super) fn run(args: &TakeArgs, terminal: &Terminal) -> Result<&'static Code, Failure> {
    if let Some(path) = &args.capture {
        let arguments = match args.keep.cmdline {
            Cmdline::None => Arguments::Nothing,
            Cmdline::Exe => Arguments::Sizes,
            Cmdline::Full => Arguments::All,
        };
        return capture::write(path, arguments, terminal).map(|()| &exit::DONE);
    }
    let mut taker = Taker::new(&args.place, &args.keep, args.every.is_some())?;
    let Some(every) = &args.every else { return taker.take(None, terminal).map(|_| &exit::DONE) };
    let every = Duration::from_secs(install::every(every)?);
    let mut next = Instant::now();
    let mut left = args.count;
    // Without a count, only a signal or a failure ends this; whoever started it starts it again.
    loop {
        taker.take(None, terminal)?;
        left = left.map(|left| left - 1);
        if left == Some(0) {
            return Ok(&exit::DONE);
        }
        // A snapshot that took too long, or a host that slept, is not made up for.
        let now = Instant::now();
        while next <= now {
            next += every;
        }
        thread::sleep(next.duration_since(now));
    }
}

/// What is kept from one snapshot to the next.
struct Staying {
    files: Arc<Open>,
    programs: Programs,
    /// The arguments of the last snapshot's processes, and the boot that these ran in.
    arguments: Option<(BootId, Known)>,
}

/// Takes snapshots of this host.
pub(super) struct Taker<'a> {
    tree: Arc<dyn Tree>,
    host: Host<Arc<dyn Tree>>,
    aside: Aside,
    /// What is remembered, for who stays.
    staying: Option<Staying>,
    path: PathBuf,
    store: Option<Store>,
    keep: &'a KeepArgs,
}

impl<'a> Taker<'a> {
    /// Finds this host and the place of the store.
    ///
    /// Who stays keeps files of processes open, and remembers of them what does not change.
    pub(super) fn new(place: &Place, keep: &'a KeepArgs, stays: bool) -> Result<Self, Failure> {
        let files = stays.then(|| Arc::new(Open::live()));
        let tree: Arc<dyn Tree> = match &files {
            Some(files) => Arc::<Open>::clone(files),
            None => Arc::new(Folder::live()),
        };
        let staying = files.map(|files| Staying { files, programs: Programs::default(), arguments: None });
        let path = store::path(place.store.clone(), true)?;
        let (host, aside) = (Host::over(Arc::clone(&tree)), Aside::new(Arc::clone(&tree)));
        Ok(Self { tree, host, aside, staying, path, store: None, keep })
    }

    /// Returns the host, to be looked at otherwise.
    pub(super) fn host(&self) -> Host<Arc<dyn Tree>> {
        Host::over(Arc::clone(&self.tree))
    }

    /// Takes one snapshot.
    ///
    /// The store stays open, which keeps nobody else from writing to it; after a failure it is opened
    /// anew.
    pub(super) fn take(&mut self, reason: Option<Reason>, terminal: &Terminal) -> Result<Snapshot, Failure> {
        let mut store = opened(self.store.take(), &self.path)?;
        let mut snapshot = self.collect(&store)?;
        snapshot.reason = reason;
        let written = store.write(&snapshot).map_err(|error| Failure::store(&error))?;
        if written.cut {
            terminal.note("the disk is nearly full, so processes were left out");
        }
        terminal.note(&told(&snapshot, &written));
        if let Some(note) = words::given_up(snapshot.cost.given_up) {
            terminal.note(&note);
        }
        if !self.keep.keep_all && written.id.get() % ROUND == 0 {
            let pruned = store
                .prune(&Retention::default(), &snapshot.moment)
                .map_err(|error| Failure::store(&error))?;
            terminal.detail(&super::prune::told(&pruned));
        }
        self.store = Some(store);
        Ok(snapshot)
    }

    /// Reads this host.
    fn collect(&mut self, store: &Store) -> Result<Snapshot, Failure> {
        let commands = match self.keep.cmdline {
            Cmdline::None | Cmdline::Full => Commands::Nothing,
            Cmdline::Exe => Commands::Program,
        };
        let mut source = HostSource::new(&self.host, commands);
        let boot = source.boot_id().ok_or_else(|| {
            Failure::host("this host does not tell which boot it runs in")
                .cause("a process id alone would not tell one process from the next")
        })?;
        let is_full = self.keep.cmdline == Cmdline::Full;
        let known = if is_full { Some(known(self.staying.as_mut(), &boot, store)?) } else { None };
        if let Some(staying) = &mut self.staying {
            source = source.with_programs(&mut staying.programs);
        }
        source = source.with_aside(&mut self.aside, self.keep.pss, known);
        let snapshot = collect::take(&mut source, collect::now(boot.clone()));
        if let Some(staying) = &mut self.staying {
            staying.files.end_round();
            let commands = snapshot.commands().filter(|_| is_full);
            staying.arguments = commands.map(|commands| (boot, commands.collect()));
        }
        Ok(snapshot)
    }
}

/// Returns the arguments that are known already, from the last snapshot of a boot.
fn known(staying: Option<&mut Staying>, boot: &BootId, store: &Store) -> Result<Known, Failure> {
    match staying.and_then(|staying| staying.arguments.take()) {
        Some((of, known)) if of == *boot => Ok(known),
        _ => {
            let commands = store.commands(boot).map_err(|error| Failure::store(&error))?;
            Ok(commands.into_iter().collect())
        }
    }
}

/// Returns a store, which is opened unless it is open already and its file still stands there.
fn opened(store: Option<Store>, path: &Path) -> Result<Store, Failure> {
    match store.filter(Store::is_in_place) {
        Some(store) => Ok(store),
        None => Store::open(path, Options::default()).map_err(|error| Failure::store(&error)),
    }
}

/// Says in a line what a snapshot has.
fn told(snapshot: &Snapshot, written: &Written) -> String {
    let count = |list: Option<usize>, what: &str| match list {
        Some(count) => format!("{count} {what}"),
        None => format!("no {what}, since they could not be read"),
    };
    let processes = count(snapshot.processes.as_ref().map(Vec::len), "processes");
    let cgroups = count(snapshot.cgroups.as_ref().map(Vec::len), "control groups");
    let why = snapshot.reason.as_ref().map(|reason| format!(" ({})", words::reason(reason)));
    format!("snapshot {}{}: {processes}, {cgroups}", written.id, why.unwrap_or_default())
}
