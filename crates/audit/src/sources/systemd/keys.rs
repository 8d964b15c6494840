//! Keys: which of them exist, where they belong, and what a misspelt one was meant to be.

use strsim::levenshtein;

/// Keys about memory that a unit may have.
const KNOWN: &[&str] = &[
    "MemoryAccounting",
    "MemoryMin",
    "MemoryLow",
    "MemoryHigh",
    "MemoryMax",
    "MemorySwapMax",
    "MemoryZSwapMax",
    "MemoryZSwapWriteback",
    "MemoryLimit",
    "MemoryDenyWriteExecute",
    "MemoryPressureWatch",
    "MemoryPressureThresholdSec",
    "MemoryKSM",
    "MemoryTHP",
    "DefaultMemoryMin",
    "DefaultMemoryLow",
    "StartupMemoryLow",
    "StartupMemoryHigh",
    "StartupMemoryMax",
    "StartupMemorySwapMax",
    "StartupMemoryZSwapMax",
    "DefaultStartupMemoryLow",
    "OOMScoreAdjust",
    "OOMPolicy",
    "ManagedOOMSwap",
    "ManagedOOMMemoryPressure",
    "ManagedOOMMemoryPressureLimit",
    "ManagedOOMMemoryPressureDurationSec",
    "ManagedOOMPreference",
];

/// What people write and mean a key by.
const MEANT: &[(&str, &str)] = &[
    ("maxmemory", "MemoryMax"),
    ("memorymaximum", "MemoryMax"),
    ("memory", "MemoryMax"),
    ("limitmemory", "MemoryMax"),
    ("memlimit", "MemoryMax"),
    ("memorysoftlimit", "MemoryHigh"),
    ("memoryswap", "MemorySwapMax"),
    ("memoryswaplimit", "MemorySwapMax"),
    ("swapmax", "MemorySwapMax"),
    ("oomscoreadj", "OOMScoreAdjust"),
    ("oomadjust", "OOMScoreAdjust"),
];

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It exists, and belongs into another section.
    Section,
    /// It does not exist; tells which one was probably meant.
    Name(&'static str),
}

/// Tells what is wrong with a key about memory; other keys are none of this.
pub(super) fn wrong(section: &str, key: &str, home: &str) -> Option<Wrong> {
    if section.starts_with("X-") || key.starts_with("X-") {
        return None;
    }
    if KNOWN.contains(&key) {
        // Settings of the process are those of services alone, and all else belongs to any of the kinds.
        return (section != home).then_some(Wrong::Section);
    }
    let lower = key.to_ascii_lowercase();
    let meant = MEANT.iter().find(|(wrong, _)| *wrong == lower).map(|(_, meant)| *meant);
    let near = || {
        let far = |known: &&&str| levenshtein(&lower, &known.to_ascii_lowercase());
        KNOWN.iter().min_by_key(far).filter(|known| far(known) <= 2).copied()
    };
    meant.or_else(near).map(Wrong::Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_passed_over_are_known() {
        for (section, key, expected) in [
            ("Service", "MemoryMax", None),
            ("Unit", "MemoryMax", Some(Wrong::Section)),
            ("Install", "OOMPolicy", Some(Wrong::Section)),
            ("Service", "Memorymax", Some(Wrong::Name("MemoryMax"))),
            ("Service", "MemoryMaxx", Some(Wrong::Name("MemoryMax"))),
            ("Service", "MaxMemory", Some(Wrong::Name("MemoryMax"))),
            ("Service", "OOMScoreAdj", Some(Wrong::Name("OOMScoreAdjust"))),
            ("Service", "ExecStart", None),
            ("Service", "LimitNOFILE", None),
            ("X-Mine", "MemoryMax", None),
        ] {
            assert_eq!(wrong(section, key, "Service"), expected, "[{section}] {key}");
        }
    }
}
