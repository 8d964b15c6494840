//! Sizes of the Java virtual machine: the `512m` of `-Xmx512m`.
//!
//! Source: `Arguments::atojulong()` and `Arguments::check_memory_size()` in `hotspot/share/runtime/arguments.cpp`.

use oomkit_core::units::Bytes;

use super::Amount;

/// The smallest heap that the machine starts with.
const SMALLEST: u64 = 2 << 20;

/// Reads the size of a heap; with another spelling the machine refuses to start.
#[must_use]
pub fn heap(text: &str) -> Amount {
    match size(text) {
        Some(0) => Amount::refused("zero is no valid heap size"),
        Some(size) if size < SMALLEST => Amount::refused(if text.bytes().all(|byte| byte.is_ascii_digit()) {
            "a number without a letter counts bytes, and less than 2 MiB is too small a heap"
        } else {
            "less than 2 MiB is too small a heap"
        }),
        Some(size) => Amount::Size(Bytes::new(size)),
        None => Amount::refused("a size is a whole number and at most one of the letters k, m, g and t"),
    }
}

/// Reads a size of something else than the heap.
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let (number, shift) = match text.chars().last()?.to_ascii_lowercase() {
        'k' => (text.get(..text.len() - 1)?, 10),
        'm' => (text.get(..text.len() - 1)?, 20),
        'g' => (text.get(..text.len() - 1)?, 30),
        't' => (text.get(..text.len() - 1)?, 40),
        _ => (text, 0),
    };
    let number: u64 = match number.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u64::from_str_radix(hex, 16).ok()?,
        _ if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

/// Reads the percentage of `-XX:MaxRAMPercentage=`; `None` where the machine refuses it.
#[must_use]
pub fn percentage(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    text.parse::<f64>().ok().filter(|share| plain && (0.0..=100.0).contains(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_with_one_letter() {
        for (text, bytes) in [
            ("512m", 512 << 20),
            ("512M", 512 << 20),
            ("2g", 2 << 30),
            ("1T", 1 << 40),
            ("4194304", 4 << 20),
            ("4096k", 4 << 20),
        ] {
            assert_eq!(heap(text), Amount::Size(Bytes::new(bytes)), "{text}");
        }
        for text in
            ["512Mi", "1.5g", "512MB", "0", "2048", "", "m", "-1", "1e9", "+5m", "1k", "99999999999999t"]
        {
            assert!(matches!(heap(text), Amount::Refused(_)), "{text}");
        }
    }

    #[test]
    fn percentages_end_at_a_hundred() {
        for (text, share) in
            [("75", Some(75.0)), ("75.5", Some(75.5)), ("120", None), ("x", None), ("inf", None)]
        {
            assert_eq!(percentage(text), share, "{text}");
        }
    }
}
