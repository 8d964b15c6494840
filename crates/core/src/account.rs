//! Account: a whole, its parts, and the residue that nobody claims.

use schemars::JsonSchema;
use serde::Serialize;

use crate::units::{ByteDelta, Bytes};

/// One part of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Part {
    /// What the memory is used for.
    pub name: String,
    /// How much of it there is.
    pub bytes: Bytes,
}

/// A balance of memory: parts + residue = whole, always.
///
/// The fields are private so that an account can only be built balanced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Account {
    /// What the account is about, such as `machine` or `cgroup /a`.
    of: String,
    whole_bytes: Bytes,
    parts: Vec<Part>,
    /// What no part claims; negative where the parts claim more than there is.
    residue_bytes: ByteDelta,
}

impl Account {
    /// Balances `parts` against `whole`.
    #[must_use]
    pub fn balance(of: impl Into<String>, whole: Bytes, parts: Vec<Part>) -> Self {
        let claimed = parts.iter().map(|part| part.bytes).sum();
        Self { of: of.into(), whole_bytes: whole, parts, residue_bytes: whole.minus(claimed) }
    }

    /// Returns what the account is about.
    #[must_use]
    pub fn of(&self) -> &str {
        &self.of
    }

    /// Returns the whole.
    #[must_use]
    pub const fn whole(&self) -> Bytes {
        self.whole_bytes
    }

    /// Returns the parts, in the order of telling.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns what no part claims.
    #[must_use]
    pub const fn residue(&self) -> ByteDelta {
        self.residue_bytes
    }
}
