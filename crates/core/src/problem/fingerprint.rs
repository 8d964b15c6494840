//! Fingerprint: what a problem is known by from run to run.
//!
//! It is made of the rule's code, the file, the scope, and the number of the problem among those that
//! have all three in common, in the order of the file.  So a problem stays the same one
//!
//! - when lines move, since neither line nor column nor source is part of it;
//! - when a figure changes, or a later version words the message differently, since the message is not;
//! - when another problem of another scope or rule comes or goes.
//!
//! It becomes another one when the file or the scope is renamed.  Where a scope has several problems of
//! one rule and one is mended, those behind it move up: the right number of them stays known.
//!
//! It is cryptographic, because names in files that anyone may propose go into it, and nobody may
//! make a new problem pass for a known one.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::FilePath;

/// What a problem is known by: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The name of this way of making fingerprints; another way is another name.
    pub const SCHEME: &str = "oomkit/v1";

    pub(super) fn of(code: &str, file: &FilePath, scope: &str, number: usize) -> Self {
        let number = number.to_string();
        let mut hash = Sha256::new();
        // Each part is told by its length, since any of them may hold any byte.
        for part in
            [Self::SCHEME.as_bytes(), code.as_bytes(), file.as_bytes(), scope.as_bytes(), number.as_bytes()]
        {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digits = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(digits)
    }

    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value is written to baselines and kept by CI systems, so it must never change.
    #[test]
    fn fingerprints_are_frozen_and_parts_do_not_run_together() {
        let of = |code, file: &str, scope, number| {
            Fingerprint::of(code, &FilePath::new(file.as_bytes()), scope, number)
        };
        let first = of("OKA001", "a.yaml", "Pod/x", 1);
        assert_eq!(first.as_str(), "3f67737095bc66cf4f3b7fd5895b9fc9");
        for other in [
            of("OKA002", "a.yaml", "Pod/x", 1),
            of("OKA001", "a.yamlP", "od/x", 1),
            of("OKA001", "a.yaml", "Pod/x", 2),
            of("OKA001", "a.yaml", "Pod/x1", 1),
        ] {
            assert_ne!(first, other);
        }
        assert_eq!(first, of("OKA001", "./a.yaml", "Pod/x", 1));
    }
}
