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
    report::{Culprit, EventKind, Scope},
};
use oomkit_snap::{
    snapshot::Duration,
    trend::{Point, Trend},
};
use schemars::JsonSchema;
use serde::Serialize;

pub use crate::clocks::{Apart, Clock};

/// One incident, put together from a log, a history and limits, as far as each was at hand.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Incident {
    /// What happened.
    pub happened: Happened,
    /// Who is to blame.
    pub blame: Blame,
    /// What grew before the kill.
    pub growth: Growth,
    /// Why nothing stopped it, the surest reason first.
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
    /// The processes that were killed first.
    pub victims: Vec<Killed>,
    /// The kills of the incident, this one included.
    pub kills: u64,
    /// How many of them killed the same name again.
    pub repeats: u64,
    /// When the last of them was.
    pub last_at: Option<WallTime>,
    /// Incidents that stand before this one in the same logs.
    pub earlier: u64,
    /// The control group whose limit was hit.
    pub cgroup: Option<String>,
    /// Its limit.
    pub limit_bytes: Option<Limit>,
    /// The memory of the machine.
    pub machine_bytes: Option<Bytes>,
    /// Whether that was concluded from a score, since the log does not print it.
    pub machine_inferred: bool,
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
    /// What it held: its anonymous memory, or all that is resident where the log tells no more.
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

/// Why nothing stopped it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// The reason.
    #[serde(flatten)]
    pub why: GapWhy,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where it is written; `null` where it follows from the log or the history.
    pub written: Option<Written>,
    /// The lines of the log that it rests on.
    pub evidence: Vec<Evidence>,
}

/// A line of a manifest, a unit, or a file of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Written {
    /// The file.
    pub file: String,
    /// The line.
    pub line: LineNo,
    /// What stands there.
    pub text: String,
    /// By what the workload was recognised there.
    pub matched: Matched,
    /// How many others were recognised as well by the same.
    pub others: u64,
}

/// By what a workload was recognised in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Matched {
    /// It is the only one without requests and limits, as the adjustment of its score says.
    Class,
    /// Its name is like the process's.
    Likeness,
    /// Its name is the process's.
    Name,
    /// It runs a program of this name.
    Program,
    /// Its image.
    Image,
    /// The name of its pod.
    Pod,
    /// Its own name, as whoever runs it knows it.
    Workload,
    /// Its control group.
    Cgroup,
}

/// The reason why nothing stopped it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum GapWhy {
    /// It has no limit.
    NoLimit {
        /// Which workload.
        scope: String,
    },
    /// Its control group had no limit when it was last seen.
    NoLimitSeen {
        /// Which control group.
        cgroup: String,
    },
    /// It has no limit, as the class says that the adjustment of its score stands for.
    NoLimitByClass,
    /// Its limit lies above what it held.
    LimitAbove {
        /// Which workload.
        scope: String,
        /// The limit.
        limit_bytes: Bytes,
        /// What it held.
        held_bytes: Bytes,
    },
    /// It held more than the limit that is written, so another one was in force.
    NotInForce {
        /// Which workload.
        scope: String,
        /// The limit that is written.
        limit_bytes: Bytes,
        /// What it held.
        held_bytes: Bytes,
    },
    /// Its own limit did stop it: the machine was in no danger.
    LimitReached {
        /// The control group.
        cgroup: Option<String>,
        /// The limit.
        limit_bytes: Option<Bytes>,
    },
    /// The limit of a control group around it was reached, which others share.
    ParentLimitReached {
        /// The control group whose limit it was.
        cgroup: String,
        /// Its limit.
        limit_bytes: Option<Bytes>,
    },
    /// None of the workloads that were given could be recognised.
    NotRecognised {
        /// How many there were.
        workloads: u64,
    },
    /// The log does not tell whether there was a limit, and nothing else was given.
    Unknown,
}

impl GapWhy {
    /// Tells whether a limit did stop it, so that nothing but the limit itself is in question.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::LimitReached { .. } | Self::ParentLimitReached { .. })
    }
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
    /// How long after the first kill, in seconds; before it, less than zero.
    pub after_seconds: Option<i64>,
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
    /// A time in the log.
    Time,
}
