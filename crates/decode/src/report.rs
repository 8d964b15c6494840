//! The model of an event, as JSON shows it: every size in bytes, every absent fact `null`.
//!
//! Field names follow the product's contract; the schema under `docs/schemas/` is derived from here.

use oomkit_core::{
    account::Account,
    finding::Finding,
    ident::{Comm, OomScoreAdj, Pid, Uid},
    place::{Evidence, InputId, LineNo},
    units::{Bytes, Order, PageSize, SinceBoot, WallTime},
    workload::Workload,
};
use schemars::JsonSchema;
use serde::Serialize;

mod cgroup;
mod context;
mod lines;
mod machine;
mod tasks;

pub use cgroup::{Memcg, MemcgStat};
pub(crate) use context::Subject;
pub use context::{Context, ContextKind};
pub use lines::{Lines, Part};
pub use machine::{AllocationSite, Counters, FreeList, HugePages, Machine, Node, SlabCache, Zone};
pub use tasks::{Choice, Group, Task, TaskTable, Verdict};

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The kernel's OOM killer ran; without victims, the log does not show whom it killed.
    OomKill,
    /// The OOM killer ran and found nobody whom it may kill.
    OomNoVictim,
    /// The kernel panicked because of an OOM.
    Panic,
    /// An allocation failed or stalled without a kill.
    AllocFailure,
    /// Somebody asked for the memory counters (SysRq-m).
    MemoryDump,
    /// A user-space killer (systemd-oomd, earlyoom, nohang, lmkd, kubelet) acted.
    UserspaceKill,
}

/// Whose memory ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole machine.
    Global,
    /// A memory cgroup ran into its limit.
    Memcg,
    /// The nodes that a cpuset allows.
    Cpuset,
    /// The nodes that a memory policy allows.
    Mempolicy,
    /// Nobody's: the kill or the dump was asked for through SysRq.
    Sysrq,
    /// The log does not say.
    Unknown,
}

/// Where the page size was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PageSizeSource {
    /// The first size of the free lists, `N*4kB`.
    BuddyList,
    /// The same counter in pages and in kB.
    Counters,
    /// The victim in the task table, in pages, and on the kill line, in kB.
    Victim,
    /// The number that stands for "no limit" in the cgroup's lines.
    UnlimitedSentinel,
    /// The name of the kernel's release.
    Release,
    /// Asked for by the user.
    Option,
    /// Nothing in the log tells; 4 KiB was assumed.
    Assumed,
}

/// One OOM event, or a relative that prints the same blocks.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Event {
    /// What kind of event it is.
    pub kind: EventKind,
    /// Whose memory ran out.
    pub scope: Scope,
    /// Whether the scope was concluded from other lines than the one that names it.
    pub scope_inferred: bool,
    /// Whether user space wrote these lines through `/dev/kmsg`; listed, never counted.
    pub forged: bool,
    /// The input that the event stands in.
    pub input: InputId,
    /// The first line of the event, from 1.
    pub first_line: LineNo,
    /// The last line of the event, from 1.
    pub last_line: LineNo,
    /// When it happened, on people's clock.
    pub at: Option<WallTime>,
    /// Whether the log does not tell the year, which was taken from the file's or today's date.
    pub at_year_assumed: bool,
    /// Whether the log does not tell the zone of its stamps, which was taken from this host or was asked for.
    pub at_zone_assumed: bool,
    /// When it happened, on the kernel's clock.
    pub since_boot_seconds: Option<SinceBoot>,
    /// The host that the log names.
    pub host: Option<String>,
    /// The kernel's release, as the `CPU:` or `Pid:` line prints it.
    pub kernel: Option<String>,
    /// The size of a page.
    pub page_size_bytes: PageSize,
    /// Where the page size was taken from.
    pub page_size_source: PageSizeSource,
    /// The task that asked for memory when there was none.
    pub trigger: Option<Trigger>,
    /// What failed, for an allocation that failed or stalled.
    pub failure: Option<Failure>,
    /// The `oom-kill:` line, or what older kernels say in its stead.
    pub constraint: Option<Constraint>,
    /// The task that the kernel chose, with the score that it printed (up to Linux 5.0).
    pub selected: Option<Selected>,
    /// The processes that were killed, each once.
    pub victims: Vec<Victim>,
    /// The group whose members were all killed (`memory.oom.group`).
    pub oom_group: Option<String>,
    /// The cgroup whose limit was hit.
    pub memcg: Option<Memcg>,
    /// What the victim's cgroup path says about who runs there, and its names where somebody knows them.
    pub workload: Option<Workload>,
    /// The machine's memory.
    pub machine: Option<Machine>,
    /// The largest unreclaimable slab caches, where the kernel lists them.
    pub slab: Vec<SlabCache>,
    /// The largest allocation sites, where allocation profiling is on.
    pub allocations: Vec<AllocationSite>,
    /// The candidates, in the order of the log.
    pub tasks: Vec<Task>,
    /// The rows of the task table that were seen, also those beyond what is kept.
    pub task_rows: u64,
    /// Whether the log holds the whole task table; who is not in it may be larger than all who are.
    pub task_table: TaskTable,
    /// The candidates grouped by name, largest first.
    pub groups: Vec<Group>,
    /// Whether the recomputed scores agree with the kernel's choice.
    pub choice: Option<Choice>,
    /// Where the memory was.
    pub account: Option<Account>,
    /// The headline diagnosis, by name; `null` where nothing is certain enough.
    pub cause: Option<String>,
    /// Who is to blame; `null` where nothing is certain enough.
    pub culprit: Option<Culprit>,
    /// What the rules say.
    pub findings: Vec<Finding>,
    /// The user-space killer that acted.
    pub killer: Option<Killer>,
    /// The line that says that the kernel was a crash kernel (kdump), which has little memory.
    pub crash_kernel: Option<Evidence>,
    /// Other trouble on the same host in the ten minutes before, the last of it.
    pub trouble_before: Vec<Context>,
    /// The text of a panic that followed.
    pub panic: Option<String>,
    /// Reports that the kernel's rate limit suppressed before this one.
    pub suppressed: u64,
    /// The lines that the event rests on: head, choice, kill.
    pub evidence: Vec<Evidence>,
    /// Lines inside the event that were not understood, the first of them.
    pub unread: Vec<Evidence>,
    /// How many lines inside the event were not understood.
    pub unread_lines: u64,
    /// What was assumed, damaged or missing.
    pub notes: Vec<String>,
    /// The lines as they were printed; no part of the JSON.
    #[serde(skip)]
    #[schemars(skip)]
    pub lines: Lines,
}

impl Event {
    /// Returns a line of the event with its text, where the text was kept.
    #[must_use]
    pub fn proof(&self, line: LineNo) -> Evidence {
        let text = self.lines.get(line).unwrap_or_default();
        Evidence { input: self.input, line, text: oomkit_core::ident::text(text).into_owned() }
    }
}

/// The task that asked for memory, which is not necessarily to blame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Trigger {
    /// Its name; `null` up to Linux 2.6.18.
    pub comm: Option<Comm>,
    /// Its thread id, from the `CPU:` or `Pid:` line.
    pub pid: Option<Pid>,
    /// Its effective user id (since Linux 6.11).
    pub uid: Option<Uid>,
    /// The processor that it ran on.
    pub cpu: Option<u32>,
    /// The mask of the allocation, as printed.
    pub gfp_mask: Option<String>,
    /// The flags of the mask; decoded from the bits where the kernel prints no names.
    pub gfp_flags: Vec<String>,
    /// The order of the allocation: 2^order pages in one piece.
    pub order: Option<Order>,
    /// The adjustment of the asking task, not of the victim.
    pub oom_score_adj: Option<OomScoreAdj>,
    /// How long the allocation had been stalling.
    pub stalled_seconds: Option<f64>,
    /// The taint flags of the kernel, as printed.
    pub taint: Option<String>,
    /// The hardware, as printed.
    pub hardware: Option<String>,
    /// The work queue that the task was working for.
    pub workqueue: Option<String>,
    /// The call trace, innermost first.
    pub call_trace: Vec<String>,
    /// The registers, as printed.
    pub registers: Vec<String>,
}

/// An allocation that failed or stalled.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Failure {
    /// What failed: `page allocation failure`, `vmalloc error`, `allocation of kernel objects`, ….
    pub what: String,
    /// How much was asked for, where the log tells it in bytes (vmalloc).
    pub size_bytes: Option<Bytes>,
    /// The slab cache whose objects could not be had.
    pub cache: Option<String>,
    /// The size of an object of the cache.
    pub object_bytes: Option<Bytes>,
    /// Slabs of the cache, over all nodes.
    pub cache_slabs: Option<u64>,
    /// Objects of the cache, over all nodes.
    pub cache_objects: Option<u64>,
    /// Free objects of the cache, over all nodes.
    pub cache_free_objects: Option<u64>,
}

/// What limited the allocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Constraint {
    /// The name that the kernel gives it; concluded where `scope_inferred` is set.
    pub name: Option<String>,
    /// The nodes that a memory policy allows.
    pub nodemask: Option<String>,
    /// The name of the cpuset.
    pub cpuset: Option<String>,
    /// The nodes that the cpuset allows.
    pub mems_allowed: Option<String>,
    /// The cgroup whose limit was hit.
    pub oom_memcg: Option<String>,
    /// The cgroup of the chosen task.
    pub task_memcg: Option<String>,
}

/// The task that the kernel chose, which may not be the one that it killed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Selected {
    /// The process id.
    pub pid: Pid,
    /// The name.
    pub comm: Comm,
    /// The user id.
    pub uid: Option<Uid>,
    /// The score that the kernel printed (up to Linux 5.0).
    pub score: Option<i64>,
}

/// A process that was killed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Victim {
    /// The process id.
    pub pid: Pid,
    /// The name.
    pub comm: Comm,
    /// The user id.
    pub uid: Option<Uid>,
    /// The score that the kernel printed for it (up to Linux 5.0).
    pub score: Option<i64>,
    /// Its adjustment.
    pub oom_score_adj: Option<OomScoreAdj>,
    /// Whether the adjustment was concluded from the trigger, a task of the same name.
    pub oom_score_adj_inferred: bool,
    /// Its address space.
    pub total_vm_bytes: Option<Bytes>,
    /// Its resident memory: anonymous, file and shared together.
    pub rss_bytes: Option<Bytes>,
    /// Its resident anonymous memory.
    pub anon_rss_bytes: Option<Bytes>,
    /// Its resident file pages.
    pub file_rss_bytes: Option<Bytes>,
    /// Its resident shared memory (since Linux 4.5).
    pub shmem_rss_bytes: Option<Bytes>,
    /// Its page tables (since Linux 5.4).
    pub pgtables_bytes: Option<Bytes>,
    /// Whether the OOM reaper took its memory back; `null` where the log does not tell.
    pub reaped: Option<bool>,
    /// What it still had when the reaper was done: memory that is locked or in use elsewhere.
    pub left_bytes: Option<Bytes>,
    /// How often the kernel named it.
    pub times_named: u32,
    /// The line of the first kill.
    pub line: LineNo,
}

impl Victim {
    /// Returns the memory and swap of the machine, by the share of them that a printed score tells.
    ///
    /// `None` where the log has no score, or the share is too small to tell.
    #[must_use]
    pub fn total_by_score(&self) -> Option<Bytes> {
        let share = self.score? - i64::from(self.oom_score_adj?.get());
        let thousandths = u64::try_from(share).ok().filter(|share| (50..=1000).contains(share))?;
        Some(Bytes::new(self.rss_bytes.or(self.anon_rss_bytes)?.get() / thousandths * 1000))
    }
}

/// Who is to blame.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Culprit {
    /// What it is: `process`, `group`, `kernel`, ….
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its process id; `null` for what is more than one process, or none.
    pub pid: Option<Pid>,
    /// How much memory it holds.
    pub bytes: Option<Bytes>,
}

/// A user-space killer and its words.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Killer {
    /// Which program: `systemd-oomd`, `earlyoom`, `nohang`, `lmkd`, `kubelet`, `oomd`, `lowmemorykiller`.
    pub name: String,
    /// What it acted on: a cgroup, a pod, a process.
    pub target: Option<String>,
    /// Why, in its own words.
    pub reason: Option<String>,
}

/// One input and what it is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Input {
    /// The name that it was asked for by.
    pub name: String,
    /// The wrapping that most of its lines wear; `null` where no line was recognised.
    pub transport: Option<String>,
    /// Its lines.
    pub lines: u64,
    /// Its bytes, decompressed.
    pub bytes: u64,
    /// Why it could not be read, or not to its end.
    pub error: Option<String>,
}

/// How much of the input was understood: lines = read + set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// All lines.
    pub lines: u64,
    /// Lines that became part of an event or of its context.
    pub lines_read: u64,
    /// Lines that did not.
    pub lines_set_aside: u64,
    /// Reports that the kernel says it suppressed.
    pub reports_suppressed: u64,
    /// Kernel messages that the log says were lost.
    pub messages_lost: u64,
    /// Events that stand a second time in the inputs, counted once.
    pub duplicate_events: u64,
    /// Whether any line is known to be the kernel's; without one, a log says nothing about memory.
    pub kernel_lines_seen: bool,
    /// Lines of other trouble that were read and are not in `context`, since there are too many kinds of them.
    pub context_left_out: u64,
}
