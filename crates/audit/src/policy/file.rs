//! `oomkit.toml`: the file that a policy stands in.

use std::{collections::BTreeMap, error, fmt};

use oomkit_core::{finding::Severity, units::Bytes};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Critical, Hierarchy, Level, Node, Policy, Thresholds};
use crate::quantity::kubernetes;

/// What `oomkit.toml` may hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PolicyFile {
    /// Files of folders that are left out, as patterns in which `*` also matches slashes.
    exclude: Vec<String>,
    /// The level of each rule, by its code or its name.
    rules: BTreeMap<String, LevelName>,
    /// From where on something is too much.
    thresholds: ThresholdsTable,
    /// The machines that all of it runs on.
    node: NodeTable,
    /// What is critical beyond what is known to be, as patterns in which `*` stands for anything.
    critical: CriticalTable,
}

/// The level of a rule.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum LevelName {
    /// Its findings are left out.
    Off,
    /// Its findings are notes.
    Note,
    /// Its findings are warnings.
    Warning,
    /// Its findings are errors.
    Error,
}

/// From where on something is too much.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct ThresholdsTable {
    /// How many times its request a limit may be; 4 where nothing is said.
    limit_to_request: Option<f64>,
    /// The share of the limit that a heap may take, in percent; 80 where nothing is said.
    heap_percent: Option<f64>,
    /// The share of the machines' memory that all limits together may take, in percent; 100 where nothing is said.
    overcommit_percent: Option<f64>,
    /// The room that a limit has to leave above the most that was used, in percent; 10 where nothing is said.
    headroom_percent: Option<f64>,
}

/// The machines that all of it runs on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct NodeTable {
    /// The memory of the largest, such as `64Gi`.
    memory: Option<String>,
    /// The memory that is kept for the machine itself, such as `2Gi`.
    reserved: Option<String>,
    /// The swap of one; `0` where there is none.
    swap: Option<String>,
    /// How many there are; one where nothing is said.
    count: Option<u32>,
    /// Which hierarchy of cgroups they have.
    cgroup: Option<HierarchyName>,
}

/// A hierarchy of cgroups.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum HierarchyName {
    /// The first.
    V1,
    /// The second, the unified one.
    V2,
}

/// What is critical.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct CriticalTable {
    /// Images, without registry and tag.
    images: Vec<String>,
    /// Scopes by their names in full, such as `StatefulSet/shop/*`.
    scopes: Vec<String>,
    /// Priority classes.
    priority_classes: Vec<String>,
}

/// Why a policy cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong, as a fragment.
    pub what: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl error::Error for PolicyError {}

pub(super) fn parse(text: &str) -> Result<Policy, PolicyError> {
    let file: PolicyFile = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        place(text, at, error.message())
    })?;
    let size = |key: &str, value: &Option<String>| size(text, key, value.as_deref());
    let least = |key: &str, value: Option<f64>, default: f64| match value {
        Some(value) if !(0.0 < value && value.is_finite()) => {
            Err(place(text, text.find(key).unwrap_or(0), &format!("{key} has to be above zero")))
        }
        value => Ok(value.unwrap_or(default)),
    };
    let default = Thresholds::default();
    Ok(Policy {
        levels: file.rules.iter().map(|(rule, level)| (rule.to_ascii_lowercase(), level.level())).collect(),
        thresholds: Thresholds {
            limit_to_request: least(
                "limit-to-request",
                file.thresholds.limit_to_request,
                default.limit_to_request,
            )?,
            heap_percent: least("heap-percent", file.thresholds.heap_percent, default.heap_percent)?,
            overcommit_percent: least(
                "overcommit-percent",
                file.thresholds.overcommit_percent,
                default.overcommit_percent,
            )?,
            headroom_percent: least(
                "headroom-percent",
                file.thresholds.headroom_percent,
                default.headroom_percent,
            )?,
        },
        node: Node {
            memory: size("memory", &file.node.memory)?.filter(|size| *size != Bytes::ZERO),
            reserved: size("reserved", &file.node.reserved)?,
            swap: size("swap", &file.node.swap)?,
            count: file.node.count,
            cgroup: file.node.cgroup.map(|name| match name {
                HierarchyName::V1 => Hierarchy::V1,
                HierarchyName::V2 => Hierarchy::V2,
            }),
        },
        critical: Critical {
            images: file.critical.images,
            scopes: file.critical.scopes,
            priority_classes: file.critical.priority_classes,
        },
        exclude: file.exclude,
        today: None,
    })
}

impl LevelName {
    const fn level(self) -> Level {
        match self {
            Self::Off => Level::Off,
            Self::Note => Level::At(Severity::Note),
            Self::Warning => Level::At(Severity::Warning),
            Self::Error => Level::At(Severity::Error),
        }
    }
}

/// Reads a size such as `64Gi`; `0` is a size here.
fn size(text: &str, key: &str, value: Option<&str>) -> Result<Option<Bytes>, PolicyError> {
    let Some(value) = value else { return Ok(None) };
    if value == "0" {
        return Ok(Some(Bytes::ZERO));
    }
    match kubernetes::quantity(value).size() {
        Some(size) => Ok(Some(size)),
        None => {
            let at = text.find(value).unwrap_or(0);
            Err(place(text, at, &format!("{key} is a size such as 64Gi, and {value:?} is none")))
        }
    }
}

/// Turns a position in the text into line and column.
fn place(text: &str, at: usize, what: &str) -> PolicyError {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    PolicyError { line, column, what: what.lines().next().unwrap_or_default().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_may_be_said() {
        let policy = parse(
            "exclude = ['charts/*']\n[rules]\nOKA020 = 'off'\n[thresholds]\nheap-percent = 75\n\
             [node]\nmemory = '64Gi'\nreserved = '2Gi'\nswap = '0'\ncount = 3\ncgroup = 'v2'\n\
             [critical]\nimages = ['billing*']\n",
        )
        .unwrap();
        assert_eq!(policy.node.allocatable(), Some(Bytes::new(62 << 30)));
        assert_eq!(policy.node.swap, Some(Bytes::ZERO));
        assert_eq!((policy.node.count(), policy.node.cgroup), (3, Some(Hierarchy::V2)));
        assert_eq!((policy.thresholds.heap_percent, policy.thresholds.limit_to_request), (75.0, 4.0));
        assert_eq!(
            (policy.exclude, policy.critical.images),
            (vec!["charts/*".to_owned()], vec!["billing*".to_owned()])
        );
    }

    #[test]
    fn what_means_nothing_is_named_with_its_line() {
        for (text, line, words) in [
            ("[rules]\nOKA001 = 'fatal'\n", 2, "fatal"),
            ("[node]\nmemory = '64GB'\n", 2, "64GB"),
            ("[nodes]\nmemory = '64Gi'\n", 1, "nodes"),
            ("[thresholds]\nheap-percent = 0\n", 2, "heap-percent"),
            ("[rules\n", 1, ""),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.line == line && error.what.contains(words), "{text}: {error}");
        }
    }
}
