//! The incident: reasons and figures, as JSON shows them; every size in bytes, every absent fact `null`.
//!
//! Nothing here is a sentence except what others wrote: the log's own lines, and what the decoder's and the
//! auditor's rules say of them.

use oomkit_core::{
    finding::Confidence,
    ident::{Comm, Pid},
    limit::Limit,
    place::{Evidence, LineNo},
    units::{ByteDelta, Bytes, SinceBoot, WallTime},
};
use oomkit_decode::{
    ContextKind,
    report::{Culprit, EventKind, Killer, Scope},
};
use oomkit_snap::{
    snapshot::Duration,
    trend::{Point, Trend},
};
use schemars::JsonSchema;
use serde::Serialize;

pub use crate::clocks::{Apart, Clock};

mod gaps;

pub use gaps::{Gap, GapWhy, Matched, Written};

/// One incident, put together from a log, a history and limits, as far as each was at hand.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Incident {
    /// What happened.
    pub happened: Happened,
    /// Who is to blame.
    pub blame: Blame,
    /// What later kills of the incident came from, each cause once, as far as it is another one.
    pub later: Vec<Later>,
    /// What grew before the kill.
    pub growth: Growth,
    /// Why nothing stopped it, the surest reason first; empty where no process is to blame.
    pub gaps: Vec<Gap>,
    /// Who else was hit or would have been next.
    pub at_risk: Vec<Risk>,
    /// What to change, the most important first.
    pub changes: Vec<Change>,
    /// What happened when, in one order.
    pub timeline: Vec<Moment>,
    /// How the times of the log and of the store were brought together; `null` where they were not.
    pub clock: Option<Clock>,
    /// What was not at hand and would have told more.
    pub missing: Vec<Missing>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Happened {
    /// What kind of event the incident begins with.
    pub kind: EventKind,
    /// Whose memory ran out.
    pub scope: Scope,
    /// When, on people's clock.
    pub at: Option<WallTime>,
    /// Whether the log does not tell the year.
    pub at_year_assumed: bool,
    /// When, on the kernel's clock.
    pub since_boot_seconds: Option<SinceBoot>,
    /// The host that the log names.
    pub host: Option<String>,
    /// The killer of user space that acted; `null` where the kernel did.
    pub killer: Option<Killer>,
    /// The processes that were killed first.
    pub victims: Vec<Killed>,
    /// The kills of the incident, this one included.
    pub kills: u64,
    /// How many of them killed the same name again.
    pub repeats: u64,
    /// How often the killer ran in the incident and found nobody whom it may kill.
    pub in_vain: u64,
    /// Whether the kernel panicked in the end.
    pub panicked: bool,
    /// When the killer ran last.
    pub last_at: Option<WallTime>,
    /// Other incidents in the same logs; none of them is newer.
    pub earlier: u64,
    /// Whether there are more of these: only the newest events were looked at.
    pub earlier_at_least: bool,
    /// The control group whose limit was hit.
    pub cgroup: Option<String>,
    /// Its limit.
    pub limit_bytes: Option<Limit>,
    /// The memory of the machine.
    pub machine_bytes: Option<Bytes>,
    /// Whether that was concluded from a score, since the log does not print it.
    pub machine_inferred: bool,
    /// Whether the allocation that the incident begins with only had to wait for long, and did not fail.
    pub stalled: bool,
    /// Whether it was a crash kernel (kdump) that ran out, which has little memory on purpose.
    pub crash_kernel: bool,
    /// The lines that this rests on.
    pub evidence: Vec<Evidence>,
}

/// A process that was killed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Killed {
    /// Its id.
    pub pid: Pid,
    /// Its name.
    pub comm: Comm,
    /// What it held, in memory and in swap, as far as the log tells; what it is blamed for, where it is.
    pub held_bytes: Option<Bytes>,
    /// What runs there, by its control group.
    pub workload: Option<String>,
}

/// Who is to blame.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Blame {
    /// Who; `null` where the log does not carry a verdict.
    pub culprit: Option<Culprit>,
    /// The headline diagnosis, by name.
    pub cause: Option<String>,
    /// The code of the rule that says so.
    pub code: Option<String>,
    /// How sure the log makes it.
    pub confidence: Option<Confidence>,
    /// The diagnosis in the decoder's words.
    pub explanation: Option<String>,
    /// Whether the history agrees.
    pub history: Agreement,
    /// The lines that this rests on.
    pub evidence: Vec<Evidence>,
}

/// Whether the history agrees with the log about who is to blame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "says")]
pub enum Agreement {
    /// There is none.
    Nothing,
    /// It was the one that grew.
    Agrees,
    /// Another one grew more before the kill.
    OtherGrewMore {
        /// Who.
        name: String,
        /// By how much.
        by_bytes: ByteDelta,
    },
    /// Nobody grew that could be seen: it was large for long, or came too fast for the snapshots.
    NobodyGrew,
}

/// A later kill that has a cause of its own.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Later {
    /// The kill.
    pub kill: Moment,
    /// What it came from.
    pub blame: Blame,
}

/// What grew before the kill.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
#[expect(clippy::large_enum_variant, reason = "an incident has one of them")]
pub enum Growth {
    /// It is not known.
    Unknown {
        /// Why.
        why: NoGrowth,
    },
    /// The history has it.
    Seen(Grown),
}

/// Why nothing is known of what grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum NoGrowth {
    /// No store was given.
    NoStore,
    /// The kill does not lie in what the store has.
    Apart {
        /// Why not.
        because: Apart,
    },
    /// The snapshots before the kill could not be read.
    Damaged,
    /// No process is to blame, and no control group was full.
    NobodyToBlame,
    /// No snapshot shows the one that is to blame.
    NotSeen {
        /// How many snapshots were looked at.
        snapshots: u64,
        /// How many more there are that cannot be read.
        damaged: u64,
        /// How long before the kill the last of them was taken.
        last_seconds: Duration,
    },
}

/// How somebody grew.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Grown {
    /// Who: a process, all of a name, a control group.
    pub subject: Subject,
    /// Its name.
    pub name: String,
    /// What it did.
    pub trend: Trend,
    /// What it held at first.
    pub first: Point,
    /// What it held at last, before the kill.
    pub last: Point,
    /// The most that a snapshot saw.
    pub peak_bytes: Bytes,
    /// What it held when somebody was killed, by the log; `null` where that is not known or not comparable.
    pub at_kill_bytes: Option<Bytes>,
    /// What was usual before it grew; `null` where it was growing from the start.
    pub usual_bytes: Option<Bytes>,
    /// What it held over time, at most a dozen moments.
    pub steps: Vec<Step>,
    /// How long before the kill the last snapshot was taken.
    pub last_seen_seconds: Duration,
    /// How many snapshots were looked at.
    pub snapshots: u64,
    /// How many more there are that cannot be read.
    pub damaged: u64,
    /// Who else grew, the fastest first.
    pub others: Vec<Grower>,
}

/// What is looked at over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// One process.
    Process,
    /// All processes of a name.
    Name,
    /// A control group.
    Cgroup,
}

/// What somebody held at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// How long before the kill.
    pub before_seconds: Duration,
    /// When, on people's clock.
    pub at: Option<WallTime>,
    /// How much.
    pub held_bytes: Bytes,
}

/// Somebody who grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Grower {
    /// Its name.
    pub name: String,
    /// From the first snapshot to the last before the kill.
    pub by_bytes: ByteDelta,
}

/// Somebody who was hit too, or would have been next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Risk {
    /// Who.
    pub name: String,
    /// What befell it, or would have.
    #[serde(flatten)]
    pub why: RiskWhy,
    /// What it is, where it is one that others lean on.
    pub critical: Option<String>,
    /// The line of the log that it rests on.
    pub evidence: Option<Evidence>,
}

/// What befell somebody else, or would have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "risk")]
pub enum RiskWhy {
    /// It was killed in the same incident.
    KilledToo {
        /// Its process id.
        pid: Pid,
        /// When.
        at: Option<WallTime>,
    },
    /// Its unit, pod or container failed in the same hour.
    Failed {
        /// As the log says it.
        kind: ContextKind,
    },
    /// It was the next in the kernel's order.
    Next {
        /// Its place, the victims left out, from 1.
        rank: u32,
        /// Its process id.
        pid: Pid,
        /// What it held.
        held_bytes: Option<Bytes>,
    },
    /// Others lean on it, and it may share the machine with a workload without a limit.
    Beside {
        /// The file that it stands in.
        file: String,
        /// The line.
        line: LineNo,
    },
}

/// What to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Change {
    /// Give it a limit, or another one.
    Limit {
        /// Which workload; `null` where it is not known.
        scope: Option<String>,
        /// What its processes are called.
        name: Option<String>,
        /// How sure it is that this is the workload.
        confidence: Confidence,
        /// The limit.
        limit_bytes: Bytes,
        /// What it is made of.
        basis: Basis,
        /// The limit in the words of the platform, ready to be written.
        spelled: String,
        /// The change of a file, ready to be applied.
        patch: Option<Patch>,
    },
    /// Find out why it grows: a limit only keeps the damage in.
    Leak {
        /// Who.
        name: String,
        /// By how much in an hour.
        per_hour_bytes: ByteDelta,
    },
    /// What a rule of the decoder advises.
    Advice {
        /// The code of the rule.
        code: String,
        /// Its advice.
        text: String,
    },
}

/// A change of a file, ready to be applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Patch {
    /// What it is.
    pub kind: PatchKind,
    /// The file that it changes or makes.
    pub file: String,
    /// A unified diff, or the whole of a new file.
    pub text: String,
}

/// What a patch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PatchKind {
    /// A unified diff of a file that was given.
    Diff,
    /// A new drop-in of a systemd unit.
    DropIn,
    /// A new override file of Compose.
    Override,
    /// A patch of an object of Kubernetes, for `kubectl patch --patch-file`.
    KubernetesPatch,
}

/// What a limit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "of")]
pub enum Basis {
    /// The most that it used, and some room.
    Peak {
        /// The most.
        peak_bytes: Bytes,
        /// The room, in percent of it.
        headroom_percent: u32,
    },
    /// What it usually used before it grew, and some room.
    Usual {
        /// The usual.
        usual_bytes: Bytes,
        /// The room, in percent of it.
        headroom_percent: u32,
    },
    /// What is left beside all others on the machine, with some room for these.
    Beside {
        /// The memory of the machine.
        machine_bytes: Bytes,
        /// What the others held.
        others_bytes: Bytes,
    },
    /// Half of the machine: more is not known.
    Half {
        /// The memory of the machine.
        machine_bytes: Bytes,
    },
    /// Its limit and a half: it was reached without a leak.
    Raised {
        /// The limit that was reached.
        limit_bytes: Bytes,
    },
}

/// A moment of the time line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// How long after the first kill, in whole seconds; before it, less than zero.
    pub after_seconds: Option<i64>,
    /// The same, in microseconds, where the clocks tell.
    pub after_microseconds: Option<i64>,
    /// When, on people's clock.
    pub at: Option<WallTime>,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// The line of the log; `null` for what the store tells.
    pub evidence: Option<Evidence>,
}

/// What happened at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum What {
    /// A process was killed.
    Killed {
        /// Its name.
        comm: Comm,
        /// Its id.
        pid: Pid,
        /// What it held.
        held_bytes: Option<Bytes>,
    },
    /// The killer ran, and the log does not say whom it killed.
    KillerRan,
    /// The killer ran and found nobody whom it may kill.
    NobodyToKill,
    /// The kernel panicked because memory ran out.
    Panicked,
    /// A killer of user space acted.
    KilledByProgram {
        /// The program.
        killer: String,
        /// What it acted on.
        target: Option<String>,
    },
    /// A line of other trouble.
    Trouble {
        /// What kind of trouble.
        kind: ContextKind,
        /// Whom it befell.
        subject: Option<String>,
        /// How many such lines there are.
        count: u64,
    },
    /// The one that grew was seen.
    Held {
        /// Its name.
        name: String,
        /// What it held.
        held_bytes: Bytes,
    },
}

/// Something that was not at hand and would have told more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// A store of snapshots: who grew, since when, how fast.
    Store,
    /// Snapshots of that time and boot in the store.
    SnapshotsOfThatTime,
    /// The manifests: which limit was missing.
    Manifests,
    /// Names of pods and containers: which workload it was.
    Names,
    /// The task table: who else was there.
    TaskTable,
    /// The rows that the task table lacks: who else was there, and may have been larger.
    TaskRows,
    /// A time in the log.
    Time,
    /// What each of those needs that share the limit: without it no limit of one of them can be told.
    Shares,
}
