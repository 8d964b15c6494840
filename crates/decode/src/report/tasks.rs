//! The candidates in the model: tasks, groups, and the kernel's choice among them.

use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid},
    place::LineNo,
    units::Bytes,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A candidate of the OOM killer: one row of the task table.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Task {
    /// The id of the thread that owns the memory.
    pub pid: Pid,
    /// The process id.
    pub tgid: Option<Pid>,
    /// The real user id.
    pub uid: Option<Uid>,
    /// The name.
    pub comm: Comm,
    /// The address space.
    pub total_vm_bytes: Option<Bytes>,
    /// The resident memory; shared pages are counted for every process that maps them.
    pub rss_bytes: Option<Bytes>,
    /// The anonymous part (since Linux 6.8).
    pub rss_anon_bytes: Option<Bytes>,
    /// The file part (since Linux 6.8).
    pub rss_file_bytes: Option<Bytes>,
    /// The shared-memory part (since Linux 6.8).
    pub rss_shmem_bytes: Option<Bytes>,
    /// The memory in swap (since Linux 3.6).
    pub swap_bytes: Option<Bytes>,
    /// The page tables (since Linux 3.6).
    pub pgtables_bytes: Option<Bytes>,
    /// The adjustment.
    pub oom_score_adj: Option<OomScoreAdj>,
    /// The adjustment of old, from −17 to 15 (up to Linux 3.5).
    pub oom_adj: Option<i64>,
    /// The processor that it last ran on (up to Linux 3.5).
    pub cpu: Option<u32>,
    /// The recomputed score in thousandths; `null` where it is never chosen or not certain.
    pub badness: Option<i64>,
    /// The recomputed score as a range, where the log leaves something open.
    pub badness_range: Option<[i64; 2]>,
    /// The line.
    pub line: LineNo,
}

/// What the log has of the task table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskTable {
    /// No row of it.
    None,
    /// Rows, and nothing shows that others are missing.
    Whole,
    /// Rows that hold far less than the machine does: others are missing, or a process was just ending.
    Short,
    /// Rows, and others are missing.
    Cut,
}

impl TaskTable {
    /// Tells whether who is not in the rows may be larger than all who are.
    #[must_use]
    pub const fn lacks_rows(self) -> bool {
        matches!(self, Self::Short | Self::Cut)
    }
}

/// Candidates that share a name.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Group {
    /// What they share.
    pub by: String,
    /// The name.
    pub name: Comm,
    /// How many there are.
    pub tasks: u64,
    /// Their resident memory together; shared pages are counted more than once.
    pub rss_bytes: Bytes,
    /// Their memory in swap together.
    pub swap_bytes: Option<Bytes>,
}

/// Whether the recomputed scores agree with the kernel's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The victim has the highest score.
    Confirmed,
    /// Another task has a higher score.
    Questioned,
    /// The log leaves too much open to tell.
    Undecided,
    /// The kernel did not choose by score.
    NotByScore,
}

/// The kernel's choice, checked.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Choice {
    /// Whether the scores agree with the choice.
    pub verdict: Verdict,
    /// The victim's place in the order of scores, from 1.
    pub rank: Option<u32>,
    /// The task with the highest recomputed score, where it is not the victim.
    pub highest: Option<Pid>,
    /// All the memory that the scores are a share of.
    pub total_bytes: Option<Bytes>,
    /// The same as a range, where the log leaves it open.
    pub total_range_bytes: Option<[Bytes; 2]>,
    /// Why the choice may differ from the scores, or the score in words.
    pub reasons: Vec<String>,
}
