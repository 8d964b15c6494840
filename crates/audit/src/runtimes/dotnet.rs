//! .NET: limits of the heap, which the environment gives in hexadecimal.

use oomkit_core::units::Bytes;

use super::Found;
use crate::model::Program;

/// What stands before the names of the variables; the second is of the time before .NET 6.
const PREFIXES: [&str; 2] = ["DOTNET_", "COMPlus_"];

/// A limit of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeapLimit {
    /// So many bytes.
    Size(Bytes),
    /// So many percent of the container's limit.
    Percent(u64),
    /// No number.
    Unclear,
}

/// Returns the limits of the heap that a program is given.
pub(crate) fn limits(program: &Program) -> Vec<Found<HeapLimit>> {
    let mut found = Vec::new();
    for prefix in PREFIXES {
        for (name, is_share) in [("GCHeapHardLimit", false), ("GCHeapHardLimitPercent", true)] {
            let name = format!("{prefix}{name}");
            let Some((text, place)) = program.variable(&name) else { continue };
            if text.contains('$') {
                continue;
            }
            let digits = text.trim().trim_start_matches("0x").trim_start_matches("0X");
            let value = match u64::from_str_radix(digits, 16) {
                Ok(percent) if is_share => HeapLimit::Percent(percent),
                Ok(size) => HeapLimit::Size(Bytes::new(size)),
                Err(_) => HeapLimit::Unclear,
            };
            found.push(Found { value, spelled: format!("{name}={text}"), place });
        }
    }
    found
}

/// Returns the number that was probably meant where only digits of ten were written.
pub(crate) fn as_decimal(spelled: &str) -> Option<u64> {
    spelled.split_once('=')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{super::jvm::tests::program, *};

    #[test]
    fn numbers_are_hexadecimal() {
        for (name, text, expected) in [
            ("DOTNET_GCHeapHardLimit", "500000000", HeapLimit::Size(Bytes::new(0x5_0000_0000))),
            ("DOTNET_GCHeapHardLimit", "0x10000000", HeapLimit::Size(Bytes::new(1 << 28))),
            ("COMPlus_GCHeapHardLimitPercent", "75", HeapLimit::Percent(117)),
            ("COMPlus_GCHeapHardLimitPercent", "4B", HeapLimit::Percent(75)),
            ("DOTNET_GCHeapHardLimit", "512Mi", HeapLimit::Unclear),
        ] {
            let found = limits(&program("app:1", "", &[(name, text)]));
            assert_eq!(found.first().map(|found| found.value), Some(expected), "{name}={text}");
        }
    }
}
