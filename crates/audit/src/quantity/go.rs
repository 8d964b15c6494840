//! Go's `GOMEMLIMIT`: `512MiB`, plain bytes, or `off`; anything else ends the process at its start.
//!
//! Source: `readGOMEMLIMIT()` and `parseByteCount()` in Go's runtime.

use oomkit_core::units::Bytes;

use super::Amount;

/// Reads the value of the variable.
#[must_use]
pub fn limit(text: &str) -> Amount {
    if text.is_empty() || text == "off" {
        return Amount::Unlimited;
    }
    let number_and_shift = match text.strip_suffix('B') {
        None => Some((text, 0)),
        Some(count) => match count.strip_suffix('i') {
            None => Some((count, 0)),
            Some(unit) => [("K", 10), ("M", 20), ("G", 30), ("T", 40)]
                .iter()
                .find_map(|(letter, shift)| Some((unit.strip_suffix(letter)?, *shift))),
        },
    };
    let size = number_and_shift
        .filter(|(number, _)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|(number, shift)| number.parse::<u64>().ok()?.checked_mul(1 << shift))
        .filter(|size| i64::try_from(*size).is_ok());
    match size {
        Some(size) => Amount::Size(Bytes::new(size)),
        None => Amount::refused(
            "Go takes a whole number, alone or with B, KiB, MiB, GiB or TiB, or the word off, and ends at once otherwise",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_units_are_taken() {
        for (text, bytes) in
            [("512MiB", 512 << 20), ("0", 0), ("1073741824", 1 << 30), ("10B", 10), ("1TiB", 1 << 40)]
        {
            assert_eq!(limit(text), Amount::Size(Bytes::new(bytes)), "{text}");
        }
        assert_eq!(limit("off"), Amount::Unlimited);
        for text in [
            "512M",
            "512Mi",
            "512MB",
            "0.5GiB",
            "1e9",
            "512 MiB",
            "-1",
            "512m",
            "25%",
            "MiB",
            "9999999999999TiB",
            "1PiB",
        ] {
            assert!(matches!(limit(text), Amount::Refused(_)), "{text}");
        }
    }
}
