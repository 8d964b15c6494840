//! Policy: the levels, thresholds and facts that a project sets, in `oomkit.toml` or on the command line.

mod file;

use std::collections::BTreeMap;

use jiff::civil::Date;
use oomkit_core::{finding::Severity, units::Bytes};

pub use file::{PolicyError, PolicyFile};

/// What a project sets.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The levels of rules, by code or name in lower case.
    pub levels: BTreeMap<String, Level>,
    /// From where on something is too much.
    pub thresholds: Thresholds,
    /// The machines that all of it runs on.
    pub node: Node,
    /// What is critical beyond what is known to be.
    pub critical: Critical,
    /// Files of folders that are left out, as patterns.
    pub exclude: Vec<String>,
    /// The present day, by which suppressions expire; without it none does.
    pub today: Option<Date>,
}

/// What becomes of a rule's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// They are left out.
    Off,
    /// They are this bad.
    At(Severity),
}

/// From where on something is too much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// How many times its request a limit may be.
    pub limit_to_request: f64,
    /// The share of the limit that a heap may take, in percent.
    pub heap_percent: f64,
    /// The share of the machines' memory that all limits together may take, in percent.
    pub overcommit_percent: f64,
    /// The room that a limit has to leave above the most that was used, in percent.
    pub headroom_percent: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { limit_to_request: 4.0, heap_percent: 80.0, overcommit_percent: 100.0, headroom_percent: 10.0 }
    }
}

/// The machines that all of it runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The memory of one; of the largest, where they differ.
    pub memory: Option<Bytes>,
    /// The memory of it that is kept for the machine itself.
    pub reserved: Option<Bytes>,
    /// The swap of one.
    pub swap: Option<Bytes>,
    /// How many there are.
    pub count: Option<u32>,
    /// Which hierarchy of cgroups they have.
    pub cgroup: Option<Hierarchy>,
}

/// A hierarchy of cgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hierarchy {
    /// The first.
    V1,
    /// The second, the unified one.
    V2,
}

/// What is critical, each by patterns in which `*` stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Critical {
    /// Images, without registry and tag.
    pub images: Vec<String>,
    /// Names of scopes, in full.
    pub scopes: Vec<String>,
    /// Names of priority classes.
    pub priority_classes: Vec<String>,
}

impl Node {
    /// Returns how many machines there are; one, unless somebody said.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count.unwrap_or(1).max(1)
    }

    /// Returns the memory of one that is left for what runs on it.
    #[must_use]
    pub fn allocatable(&self) -> Option<Bytes> {
        let reserved = self.reserved.unwrap_or(Bytes::ZERO);
        self.memory.map(|memory| Bytes::new(memory.get().saturating_sub(reserved.get())))
    }
}

impl Policy {
    /// Reads `oomkit.toml`.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, or has keys or values that mean nothing; the error names the line.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        file::parse(text)
    }

    /// Returns what becomes of a rule's findings, where the project says so.
    #[must_use]
    pub fn level(&self, code: &str, name: &str) -> Option<Level> {
        let find = |key: &str| self.levels.get(&key.to_ascii_lowercase()).copied();
        find(code).or_else(|| find(name))
    }
}

/// Tells whether a name matches a pattern in which `*` stands for anything.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    last.len() <= rest.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expected) in [
            ("redis", "redis", true),
            ("redis", "redis-ha", false),
            ("redis*", "redis-ha", true),
            ("*redis", "my-redis", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("*", "", true),
            ("ab*b", "ab", false),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn levels_are_found_by_code_and_by_name() {
        let policy = Policy::parse("[rules]\nOKA001 = 'error'\nbest-effort = 'off'\n").unwrap();
        assert_eq!(policy.level("OKA001", "memory-limit-missing"), Some(Level::At(Severity::Error)));
        assert_eq!(policy.level("OKA002", "best-effort"), Some(Level::Off));
        assert_eq!(policy.level("OKA003", "init-limit-missing"), None);
    }
}
