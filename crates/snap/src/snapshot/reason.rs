//! Reason: why a snapshot was taken besides the regular ones.

use schemars::JsonSchema;
use serde::Serialize;

use crate::name::Name;

/// What asked for a snapshot; what weighs more is larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Tasks waited for memory (`/proc/pressure/memory`).
    Pressure,
    /// A control group began to run into its limit (`max` and `high` of `memory.events`, `memory.failcnt`).
    Limit,
    /// The OOM killer has killed (`oom_kill`).
    Kill,
}

impl Cause {
    /// Returns the word that stands in a store.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pressure => "pressure",
            Self::Limit => "limit",
            Self::Kill => "kill",
        }
    }

    /// Returns what a word in a store means.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Pressure, Self::Limit, Self::Kill].into_iter().find(|cause| cause.word() == word)
    }
}

/// Why a snapshot was taken besides the regular ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// What asked for it.
    pub cause: Cause,
    /// The control group that it was about; `None` where it was about the machine, or is not known.
    pub cgroup: Option<Name>,
}

impl From<Cause> for Reason {
    fn from(cause: Cause) -> Self {
        Self { cause, cgroup: None }
    }
}
