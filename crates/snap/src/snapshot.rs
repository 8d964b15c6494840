//! Snapshot: what was read at one moment, nothing derived.

use schemars::JsonSchema;
use serde::Serialize;

mod cgroup;
mod machine;
mod moment;
mod process;
mod reason;

pub use cgroup::{Cgroup, Hierarchy};
pub use machine::{
    Figures, Host, HugePages, Machine, Meminfo, Node, Percent, Pressure, SlabCache, Swap, Tmpfs, Zone, Zram,
    Zswap,
};
pub use moment::{BootClock, BootId, Duration, Moment};
pub use process::{Command, Process, ProcessId, StartTicks};
pub use reason::{Cause, Reason};

/// What was read of a host at one moment.
///
/// A list that is `None` could not be read; one that is empty was read, and nothing was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Snapshot {
    /// When it was.
    #[serde(flatten)]
    pub moment: Moment,
    /// Why it was taken besides the regular ones; `None` for a regular one.
    pub reason: Option<Reason>,
    /// Whose memory it is.
    #[serde(flatten)]
    pub host: Host,
    /// The machine as a whole.
    #[serde(flatten)]
    pub machine: Machine,
    /// The control groups, in the order of their paths.
    pub cgroups: Option<Vec<Cgroup>>,
    /// The processes, in the order of their ids.
    pub processes: Option<Vec<Process>>,
    /// What taking it has cost, and what it missed.
    pub cost: Cost,
}

impl Snapshot {
    /// Starts a snapshot of which nothing but the moment is known.
    #[must_use]
    pub fn at(moment: Moment) -> Self {
        Self {
            moment,
            reason: None,
            host: Host::default(),
            machine: Machine::default(),
            cgroups: None,
            processes: None,
            cost: Cost::default(),
        }
    }

    /// Puts lists into their order, so that equal readings are equal snapshots.
    pub fn sort(&mut self) {
        if let Some(cgroups) = &mut self.cgroups {
            cgroups.sort_by(|a, b| a.place().cmp(&b.place()));
        }
        if let Some(processes) = &mut self.processes {
            processes.sort_by_key(|process| (process.pid, process.start_ticks));
        }
        if let Some(slab) = &mut self.machine.slab {
            slab.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }

    /// Returns whether lists are in their order.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.cgroups.iter().all(|cgroups| cgroups.is_sorted_by(|a, b| a.place() <= b.place()))
            && self
                .processes
                .iter()
                .all(|processes| processes.is_sorted_by_key(|process| (process.pid, process.start_ticks)))
            && self.machine.slab.iter().all(|slab| slab.is_sorted_by(|a, b| a.name <= b.name))
    }

    /// Returns how the processes were called; `None` where they could not be listed.
    pub fn commands(&self) -> Option<impl Iterator<Item = Command> + '_> {
        let command = |process: &Process| Command {
            pid: process.pid,
            start_ticks: process.start_ticks,
            comm: process.comm.clone(),
            command_line: process.command_line.clone(),
        };
        self.processes.as_ref().map(|processes| processes.iter().map(command))
    }

    /// Returns who a process of this snapshot is.
    #[must_use]
    pub fn identity(&self, process: &Process) -> ProcessId {
        ProcessId { boot_id: self.moment.boot_id.clone(), pid: process.pid, start_ticks: process.start_ticks }
    }
}

/// What taking a snapshot has cost, and what it missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cost {
    /// The processor time.
    #[serde(rename = "cpu_seconds")]
    pub cpu: Option<Duration>,
    /// The time that passed from the first reading to the last.
    #[serde(rename = "wall_seconds")]
    pub wall: Option<Duration>,
    /// How many processes ended while they were read.
    pub processes_vanished: Option<u64>,
    /// How many files of the kernel could not be read for lack of permission.
    pub denied: Option<u64>,
    /// How many readings of a process were given up because they took too long.
    pub given_up: Option<u64>,
}
