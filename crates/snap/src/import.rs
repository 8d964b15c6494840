//! Import: recordings of other tools become snapshots, as far as they tell.
//!
//! A recording names no boot.  When its boot began is taken from the recording where that tells, and the
//! boot gets a name made of the tool, the host and that time, so that nobody takes it for the kernel's.
//! What a tool does not record stays unknown.

use std::{
    collections::HashSet,
    fmt,
    io::{self, BufRead},
    ops::ControlFlow,
};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::ident::text;

use crate::{
    snapshot::{BootClock, BootId, Cgroup, Host, Machine, Moment, Process, Snapshot, StartTicks},
    store::{Error, Store},
};

mod atop;
mod below;
mod boots;
mod kernel;
mod objects;
mod sysstat;

use boots::Boots;

/// The tools whose recordings can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// sysstat: what `sadf -j` prints. It records no processes.
    Sysstat,
    /// atop: what `atop -P PRG,PRM,MEM,SWP,PSI -r FILE` prints.
    Atop,
    /// below: what `below dump` prints of the system, of processes and of control groups, with `--raw`.
    Below,
}

impl Tool {
    /// Returns the name that stands in the made-up names of boots.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sysstat => "sysstat",
            Self::Atop => "atop",
            Self::Below => "below",
        }
    }

    /// Returns how often a recording of the tool is read.
    #[must_use]
    pub const fn readings(self) -> u64 {
        match self {
            Self::Sysstat => 2,
            Self::Atop | Self::Below => 1,
        }
    }
}

/// Opens a recording; one that has to be read twice is opened twice.
pub type Opener<'a> = dyn Fn() -> io::Result<Box<dyn BufRead + 'a>> + 'a;

/// A recording.
pub struct Input<'a> {
    /// What it is called in problems.
    pub name: String,
    /// Opens it.
    pub open: Box<Opener<'a>>,
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A part of a recording that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The recording.
    pub input: String,
    /// The line, from 1; `None` where it is the recording as a whole.
    pub line: Option<u64>,
    /// What is wrong with it, as a fragment.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.input, self.what),
            None => write!(f, "{}: {}", self.input, self.what),
        }
    }
}

/// What became of recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Snapshots that were written.
    pub written: u64,
    /// Moments that the store had already.
    pub known: u64,
    /// Snapshots whose processes were left out, since the disk is nearly full.
    pub cut: u64,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// How many more there were.
    pub more_problems: u64,
}

/// How many problems are told one by one.
const TOLD: usize = 20;

/// Ticks in a second, as all kernels of today show them to user space (`USER_HZ`).
const TICKS: i64 = 100;

/// What a recording tells of one moment.
#[derive(Debug, Default)]
struct Sample {
    at: Timestamp,
    /// When the boot began, as far as the recording tells.
    booted: Option<Timestamp>,
    host: Host,
    machine: Machine,
    cgroups: Option<Vec<Cgroup>>,
    processes: Option<Vec<Seen>>,
}

/// A process and when it was started, as far as that is known.
#[derive(Debug)]
struct Seen {
    process: Process,
    started: Option<Timestamp>,
}

/// Takes over recordings of one host, which are read side by side where they tell of the same moments.
///
/// # Errors
///
/// Where the store cannot be read or written; what was written before stays.
pub fn import(tool: Tool, inputs: &[Input<'_>], store: &mut Store) -> Result<Imported, Error> {
    let mut sink = Sink::new(tool, store)?;
    let _ = match tool {
        Tool::Sysstat => inputs.iter().try_for_each(|input| sysstat::read(input, &mut sink)),
        Tool::Atop => inputs.iter().try_for_each(|input| atop::read(input, &mut sink)),
        Tool::Below => below::read(inputs, &mut sink),
    };
    match sink.failed {
        Some(error) => Err(error),
        None => Ok(sink.imported),
    }
}

/// Writes samples into the store, each once.
struct Sink<'a> {
    tool: Tool,
    store: &'a mut Store,
    boots: Boots,
    known: HashSet<(BootId, u64)>,
    imported: Imported,
    failed: Option<Error>,
}

impl<'a> Sink<'a> {
    fn new(tool: Tool, store: &'a mut Store) -> Result<Self, Error> {
        let entries = store.list()?;
        let mut boots = Boots::default();
        let mut known = HashSet::new();
        for moment in entries.into_iter().map(|entry| entry.moment) {
            if moment.boot_id.as_bytes().starts_with(tool.name().as_bytes()) {
                boots.learn(&moment);
                known.insert((moment.boot_id, moment.boot_clock.micros()));
            }
        }
        let imported = Imported::default();
        Ok(Self { tool, store, boots, known, imported, failed: None })
    }

    /// Writes a sample, unless the store has its moment; breaks where the store takes no more.
    fn take(&mut self, sample: Sample) -> ControlFlow<()> {
        let host =
            sample.host.name.as_ref().map_or_else(|| "?".into(), |name| text(name.as_bytes()).into_owned());
        let (boot_id, clock) = self.boots.place((self.tool, &host), sample.booted, sample.at);
        if !self.known.insert((boot_id.clone(), clock.micros())) {
            self.imported.known += 1;
            return ControlFlow::Continue(());
        }
        match self.store.write(&sample.into_snapshot(boot_id, clock)) {
            Ok(written) => {
                self.imported.written += 1;
                self.imported.cut += u64::from(written.cut);
                ControlFlow::Continue(())
            }
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn problem(&mut self, input: &str, line: Option<u64>, what: impl Into<String>) {
        if self.imported.problems.len() < TOLD {
            self.imported.problems.push(Problem { input: input.into(), line, what: what.into() });
        } else {
            self.imported.more_problems += 1;
        }
    }
}

impl Sample {
    fn into_snapshot(self, boot_id: BootId, clock: BootClock) -> Snapshot {
        // A process that was there before the boot began was started with it, as far as seconds can tell.
        let began = self.at.as_microsecond().saturating_sub(clock.micros().cast_signed());
        let ticks = |started: Timestamp| {
            let since = started.as_microsecond().saturating_sub(began).max(0);
            StartTicks::new((since / (1_000_000 / TICKS)).cast_unsigned())
        };
        let named =
            |seen: Seen| Process { start_ticks: seen.started.map(ticks).unwrap_or_default(), ..seen.process };
        let moment = Moment::new(boot_id, clock, None, self.at, Offset::UTC);
        let mut snapshot = Snapshot {
            host: self.host,
            machine: self.machine,
            cgroups: self.cgroups,
            processes: self.processes.map(|all| all.into_iter().map(named).collect()),
            ..Snapshot::at(moment)
        };
        snapshot.sort();
        snapshot
    }
}
