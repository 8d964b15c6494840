//! Sizes written into cgroup files: `max`, `-1`, `512M`, `0x20000000`.
//!
//! Source: `memparse()` in `lib/cmdline.c`, `page_counter_memparse()` in `mm/page_counter.c`.

use oomkit_core::{limit::Limit, units::Bytes};

/// Which hierarchy a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// v1, where `-1` is no limit.
    One,
    /// v2, where `max` is no limit.
    Two,
}

/// Returns what the kernel takes a text for; `None` where the write fails.
///
/// The kernel drops what is less than a page, so a file may read back less than was written.
#[must_use]
pub fn limit(text: &str, version: Version, page: Bytes) -> Option<Limit> {
    let text = text.trim();
    let unlimited = match version {
        Version::One => "-1",
        Version::Two => "max",
    };
    if text == unlimited {
        return Some(Limit::Max);
    }
    let number = text.strip_suffix(|c: char| c.is_ascii_alphabetic() && !is_hex(text));
    let (number, shift) = match number.and_then(|number| Some((number, shift(text.chars().last()?)?))) {
        Some((number, shift)) => (number, shift),
        None => (text, 0),
    };
    // The kernel shifts without looking, so `16E` is nothing.
    let size = digits(number)? << shift;
    let pages = size / page.get().max(1);
    // The counter holds pages in a signed word.
    let largest = i64::MAX.unsigned_abs() / page.get().max(1);
    Some(if largest <= pages { Limit::Max } else { Limit::At(Bytes::new(pages * page.get().max(1))) })
}

fn is_hex(text: &str) -> bool {
    text.starts_with("0x") || text.starts_with("0X")
}

fn shift(suffix: char) -> Option<u32> {
    Some(match suffix.to_ascii_uppercase() {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        'P' => 50,
        'E' => 60,
        _ => return None,
    })
}

fn digits(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok();
    }
    if text.starts_with(['+', '-']) {
        return None;
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u64::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_reads_and_truncates() {
        let page = Bytes::new(4096);
        let at = |bytes| Some(Limit::At(Bytes::new(bytes)));
        for (text, one, two) in [
            ("max", None, Some(Limit::Max)),
            ("-1", Some(Limit::Max), None),
            ("512M\n", at(512 << 20), at(512 << 20)),
            ("512m", at(512 << 20), at(512 << 20)),
            ("0x20000000", at(0x2000_0000), at(0x2000_0000)),
            ("010000000", at(2_097_152), at(2_097_152)),
            ("1000000", at(999_424), at(999_424)),
            ("10000000", at(9_998_336), at(9_998_336)),
            ("0", at(0), at(0)),
            ("9223372036854771712", Some(Limit::Max), Some(Limit::Max)),
            ("8E", Some(Limit::Max), Some(Limit::Max)),
            ("16E", at(0), at(0)),
            ("512Mi", None, None),
            ("512MB", None, None),
            ("1.5G", None, None),
            ("1e9", None, None),
            ("infinity", None, None),
            ("25%", None, None),
            ("", None, None),
        ] {
            assert_eq!(limit(text, Version::One, page), one, "v1 {text}");
            assert_eq!(limit(text, Version::Two, page), two, "v2 {text}");
        }
    }
}
