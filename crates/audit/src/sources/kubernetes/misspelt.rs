//! Misspelt keys of a container's resources, which say nothing to the platform.

use strsim::levenshtein;

use super::fields;
use crate::{
    model::Setting,
    quantity::Amount,
    sources::Input,
    yaml::{Entry, Mark, Value},
};

/// A key that was meant to be another one.
pub(super) struct Misspelt {
    /// Where it stands.
    pub(super) at: Mark,
    /// What is wrong with it.
    pub(super) what: String,
}

/// What the misspelt keys of a container come to.
#[derive(Default)]
pub(super) struct Found {
    /// The keys.
    pub(super) keys: Vec<Misspelt>,
    /// The limit that was meant.
    pub(super) limit: Option<Setting<Amount>>,
}

/// Looks for misspelt keys on the way to the memory of a container.
pub(super) fn find(input: &Input<'_>, container: Value<'_>) -> Found {
    let mut found = Found::default();
    let Some(resources) = found.member(container, "resources", "a container") else { return found };
    for kind in ["limits", "requests"] {
        let amounts = found.member(resources.value, kind, "resources");
        let memory = amounts.and_then(|amounts| found.member(amounts.value, "memory", kind));
        if kind == "limits"
            && !found.keys.is_empty()
            && let Some(memory) = memory
        {
            let limit = fields::amount(input, memory, "resources.limits.memory");
            found.limit = Some(limit).filter(|limit| limit.value.size().is_some());
        }
    }
    found
}

impl Found {
    /// Returns the entry of a key, or that of the key which was meant to be it.
    fn member<'d>(&mut self, mapping: Value<'d>, key: &str, holder: &str) -> Option<Entry<'d>> {
        if let Some(entry) = mapping.entry(key) {
            return Some(entry);
        }
        let near = |entry: &Entry<'_>| is_near(entry.key, key);
        let entry = mapping.entries().into_iter().find(near)?;
        let wrong: String = entry.key.chars().take(32).collect();
        let what =
            format!("there is no key {wrong} in {holder}; {key} was probably meant, and nothing is set");
        self.keys.push(Misspelt { at: entry.at, what });
        Some(entry)
    }
}

/// Tells whether one key was probably meant to be another.
fn is_near(one: &str, key: &str) -> bool {
    let lower = one.to_ascii_lowercase();
    lower == "mem" && key == "memory" || levenshtein(&lower, key) <= 1
}
