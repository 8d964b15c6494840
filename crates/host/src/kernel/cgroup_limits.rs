//! The memory limits of a cgroup: `memory.max` and its kin, and their names in version 1.

use cgroups_rs::fs::{MaxValue, parse_max_value};
use oomkit_core::{limit::Limit, reading::Reading, units::Bytes};

use super::fields::{lines, number, parted, single};
use crate::tree::Files;

/// Version 1 prints "no limit" as the largest number of pages in bytes, which depends on the page size.
const UNLIMITED_FROM: u64 = (1 << 63) - (1 << 20);

/// The two interfaces of cgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// A hierarchy for each controller.
    V1,
    /// One hierarchy for all.
    V2,
}

/// A setting of a cgroup, by which people find and change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    /// The limit of memory.
    Max,
    /// The line above which the cgroup is slowed down.
    High,
    /// What is taken only if there is nothing else.
    Low,
    /// What is never taken.
    Min,
    /// What is reclaimed first when the machine is short.
    Soft,
    /// The limit of swap, alone or together with memory.
    Swap,
    /// Whether a kill takes all of the cgroup.
    KillsGroup,
    /// Whether tasks wait at the limit instead of being killed.
    KillsNobody,
    /// What happened at the limits.
    Events,
    /// What is used.
    Usage,
    /// The most that was used.
    Peak,
    /// How long tasks waited.
    Pressure,
}

impl Knob {
    /// Returns the file that holds it; `None` where the version has none.
    #[must_use]
    pub const fn file(self, version: Version) -> Option<&'static str> {
        Some(match (version, self) {
            (Version::V1, Self::Max) => "memory.limit_in_bytes",
            (Version::V1, Self::Soft) => "memory.soft_limit_in_bytes",
            (Version::V1, Self::Swap) => "memory.memsw.limit_in_bytes",
            (Version::V1, Self::KillsNobody | Self::Events) => "memory.oom_control",
            (Version::V1, Self::Usage) => "memory.usage_in_bytes",
            (Version::V1, Self::Peak) => "memory.max_usage_in_bytes",
            (Version::V2, Self::Max) => "memory.max",
            (Version::V2, Self::High) => "memory.high",
            (Version::V2, Self::Low) => "memory.low",
            (Version::V2, Self::Min) => "memory.min",
            (Version::V2, Self::Swap) => "memory.swap.max",
            (Version::V2, Self::KillsGroup) => "memory.oom.group",
            (Version::V2, Self::Events) => "memory.events.local",
            (Version::V2, Self::Usage) => "memory.current",
            (Version::V2, Self::Peak) => "memory.peak",
            (_, Self::Pressure) => "memory.pressure",
            (Version::V1, Self::High | Self::Low | Self::Min | Self::KillsGroup)
            | (Version::V2, Self::Soft | Self::KillsNobody) => return None,
        })
    }
}

/// What a cgroup may use; [`Reading::Absent`] where the version has no such setting, or the cgroup is
/// not controlled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The limit of memory, above which the kernel kills.
    pub max: Reading<Limit>,
    /// The line above which the kernel slows the cgroup down and never kills (version 2).
    pub high: Reading<Limit>,
    /// What is taken only if there is nothing else (version 2).
    pub low: Reading<Limit>,
    /// What is never taken (version 2).
    pub min: Reading<Limit>,
    /// What is reclaimed first when the machine is short (version 1); no protection.
    pub soft: Reading<Limit>,
    /// The limit of swap alone (version 2).
    pub swap: Reading<Limit>,
    /// The limit of memory and swap together (version 1).
    pub memory_and_swap: Reading<Limit>,
    /// The line above which swapping slows the cgroup down (version 2).
    pub swap_high: Reading<Limit>,
    /// The limit of compressed swap in RAM (version 2).
    pub zswap: Reading<Limit>,
    /// Whether a kill takes all of the cgroup (version 2).
    pub kills_group: Reading<bool>,
    /// Whether tasks wait at the limit instead of being killed (version 1).
    pub kills_nobody: Reading<bool>,
    /// Whether the limits of the cgroups above count as well (version 1; always since Linux 5.11).
    pub is_hierarchical: Reading<bool>,
    /// The inclination to swap; 0 forbids it (version 1).
    pub swappiness: Reading<u64>,
}

impl Limits {
    /// Reads the limits of the cgroup whose folder is open.
    #[must_use]
    pub fn read(files: &mut Files<'_>, version: Version) -> Self {
        match version {
            Version::V1 => Self {
                max: files.value("memory.limit_in_bytes", limit_of_v1),
                soft: files.value("memory.soft_limit_in_bytes", limit_of_v1),
                memory_and_swap: files.value("memory.memsw.limit_in_bytes", limit_of_v1),
                kills_nobody: files.value("memory.oom_control", kill_disabled),
                is_hierarchical: files.value("memory.use_hierarchy", flag),
                swappiness: files.value("memory.swappiness", single),
                ..Self::default()
            },
            Version::V2 => Self {
                max: files.value("memory.max", limit_of_v2),
                high: files.value("memory.high", limit_of_v2),
                low: files.value("memory.low", limit_of_v2),
                min: files.value("memory.min", limit_of_v2),
                swap: files.value("memory.swap.max", limit_of_v2),
                swap_high: files.value("memory.swap.high", limit_of_v2),
                zswap: files.value("memory.zswap.max", limit_of_v2),
                kills_group: files.value("memory.oom.group", flag),
                ..Self::default()
            },
        }
    }
}

/// Reads `max` or a number of bytes.
#[must_use]
pub fn limit_of_v2(bytes: &[u8]) -> Reading<Limit> {
    let value = std::str::from_utf8(bytes).ok().and_then(|text| parse_max_value(text).ok());
    match value {
        Some(MaxValue::Max) => Reading::Known(Limit::Max),
        Some(MaxValue::Value(size)) if 0 <= size => {
            Reading::Known(Limit::At(Bytes::new(size.unsigned_abs())))
        }
        _ => Reading::malformed(bytes),
    }
}

/// Reads a number of bytes, of which the largest mean that there is no limit.
#[must_use]
pub fn limit_of_v1(bytes: &[u8]) -> Reading<Limit> {
    match number(bytes) {
        Some(size) if UNLIMITED_FROM <= size => Reading::Known(Limit::Max),
        Some(size) => Reading::Known(Limit::At(Bytes::new(size))),
        None => Reading::malformed(bytes),
    }
}

fn flag(bytes: &[u8]) -> Reading<bool> {
    single(bytes).map(|flag| flag != 0)
}

fn kill_disabled(bytes: &[u8]) -> Reading<bool> {
    let line =
        lines(bytes).find_map(|line| parted(line, b' ').filter(|(key, _)| *key == b"oom_kill_disable"));
    match line.and_then(|(_, value)| number(value)) {
        Some(flag) => Reading::Known(flag != 0),
        None => Reading::malformed(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_never_a_number() {
        let at = |size| Some(Limit::At(Bytes::new(size)));
        for (text, v1, v2) in [
            ("max\n", None, Some(Limit::Max)),
            ("0\n", at(0), at(0)),
            ("536870912\n", at(536_870_912), at(536_870_912)),
            ("9223372036854771712\n", Some(Limit::Max), at(9_223_372_036_854_771_712)),
            ("9223372036854710272\n", Some(Limit::Max), at(9_223_372_036_854_710_272)),
            ("9223372036854775807\n", Some(Limit::Max), at(i64::MAX.unsigned_abs())),
            ("18446744073709551615\n", Some(Limit::Max), None),
            ("-1\n", None, None),
            ("garbage\n", None, None),
            ("", None, None),
            ("1 2\n", None, None),
        ] {
            assert_eq!(limit_of_v1(text.as_bytes()).known(), v1, "{text}");
            assert_eq!(limit_of_v2(text.as_bytes()).known(), v2, "{text}");
        }
    }

    #[test]
    fn the_kill_switch_is_found_among_other_lines() {
        assert_eq!(kill_disabled(b"oom_kill_disable 1\nunder_oom 0\noom_kill 3\n"), Reading::Known(true));
        assert_eq!(kill_disabled(b"under_oom 0\noom_kill_disable 0\n"), Reading::Known(false));
        assert!(matches!(kill_disabled(b"abc\n"), Reading::Malformed(_)));
    }
}
