//! Gaps: why nothing stopped it, and where that is written.

use oomkit_core::{
    finding::Confidence,
    place::{Evidence, LineNo},
    units::Bytes,
};
use schemars::JsonSchema;
use serde::Serialize;

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
    /// The limit of a control group was reached, and the log does not tell whether it is its own or one
    /// that it shares with others.
    GroupLimitReached {
        /// The control group whose limit it was; `null` where the log does not name it.
        cgroup: Option<String>,
        /// Its limit.
        limit_bytes: Option<Bytes>,
    },
    /// The limit that was reached is the one that is written for it.
    LimitWritten {
        /// Which workload.
        scope: String,
        /// The limit.
        limit_bytes: Bytes,
    },
    /// Its own limit was reached, and it is not the one that is written.
    OtherLimit {
        /// Which workload.
        scope: String,
        /// The limit that is written; `null` where none is.
        written_bytes: Option<Bytes>,
        /// The limit that was reached.
        reached_bytes: Bytes,
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
    /// Tells whether it says where the limit that was reached is written, or is not.
    #[must_use]
    pub const fn is_about_the_limit(&self) -> bool {
        matches!(self, Self::LimitWritten { .. } | Self::OtherLimit { .. })
    }

    /// Tells whether a limit did stop it, so that nothing but the limit itself is in question.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::LimitReached { .. } | Self::ParentLimitReached { .. } | Self::GroupLimitReached { .. }
        )
    }
}
