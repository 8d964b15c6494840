//! Process: one process as it was, and who it is across snapshots.

use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid},
    units::Bytes,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::BootId;
use crate::name::Name;

/// When a process was started, in the kernel's ticks since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct StartTicks(u64);

impl StartTicks {
    /// Takes ticks as the kernel prints them.
    #[must_use]
    pub const fn new(ticks: u64) -> Self {
        Self(ticks)
    }

    /// Returns the ticks.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Who a process is: a process id alone is used again, and ticks begin anew with each boot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct ProcessId {
    /// The boot.
    pub boot_id: BootId,
    /// The process id.
    pub pid: Pid,
    /// When it was started.
    pub start_ticks: StartTicks,
}

/// One process as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Process {
    /// The process id.
    pub pid: Pid,
    /// When it was started.
    pub start_ticks: StartTicks,
    /// The parent's process id.
    pub ppid: Option<Pid>,
    /// The real user id.
    pub uid: Option<Uid>,
    /// The name, as its owner chose it.
    pub comm: Comm,
    /// The command line, each argument ended by NUL, or the path of the program, which has no NUL.
    pub command_line: Option<Name>,
    /// The control group that its memory is charged to.
    pub cgroup: Option<Name>,
    /// Resident memory in all, for kernels that do not tell its parts.
    pub rss_bytes: Option<Bytes>,
    /// Resident anonymous memory.
    pub rss_anon_bytes: Option<Bytes>,
    /// Resident pages of files.
    pub rss_file_bytes: Option<Bytes>,
    /// Resident shared memory.
    pub rss_shmem_bytes: Option<Bytes>,
    /// Anonymous memory in swap.
    pub swap_bytes: Option<Bytes>,
    /// Page tables.
    pub pgtables_bytes: Option<Bytes>,
    /// The most that was ever resident.
    pub peak_bytes: Option<Bytes>,
    /// Resident memory with what is shared divided among its users, where that was read.
    pub pss_bytes: Option<Bytes>,
    /// Resident memory that nobody shares, where that was read.
    pub uss_bytes: Option<Bytes>,
    /// The number of threads.
    pub threads: Option<u64>,
    /// The kernel's score, as it was read.
    pub oom_score: Option<u64>,
    /// The adjustment of the score.
    pub oom_score_adj: Option<OomScoreAdj>,
}

impl Process {
    /// Starts a process of which nothing but its identity is known.
    #[must_use]
    pub fn new(pid: Pid, start_ticks: StartTicks, comm: Comm) -> Self {
        Self {
            pid,
            start_ticks,
            ppid: None,
            uid: None,
            comm,
            command_line: None,
            cgroup: None,
            rss_bytes: None,
            rss_anon_bytes: None,
            rss_file_bytes: None,
            rss_shmem_bytes: None,
            swap_bytes: None,
            pgtables_bytes: None,
            peak_bytes: None,
            pss_bytes: None,
            uss_bytes: None,
            threads: None,
            oom_score: None,
            oom_score_adj: None,
        }
    }
}

/// How a process was called, and who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The process id.
    pub pid: Pid,
    /// When it was started.
    pub start_ticks: StartTicks,
    /// The name, which a process changes with its program.
    pub comm: Comm,
    /// The command line, each argument ended by NUL, or the path of the program, which has no NUL.
    pub command_line: Option<Name>,
}
