//! Quantities of memory as the Kubernetes API prints them: a whole number and a suffix, never a fraction.
//!
//! What people may write in its stead is no business of a reader of the API's answers.

use oomkit_core::units::Bytes;

/// Reads a quantity, such as `512Mi`; parts of a byte round up.
///
/// `None` for what the API does not print, and for what does not fit into its 63 bits.
pub(super) fn bytes(text: &str) -> Option<Bytes> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, suffix) = text.split_at_checked(end)?;
    let number: u128 = digits.parse().ok()?;
    let (up, down): (u128, u128) = match suffix {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1000),
        "k" => (1000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        exponent => (10_u128.checked_pow(exponent.strip_prefix('e')?.parse().ok()?)?, 1),
    };
    let size = u64::try_from(number.checked_mul(up)?.div_ceil(down)).ok()?;
    (size <= i64::MAX.unsigned_abs()).then_some(Bytes::new(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_the_api_prints_them() {
        for (text, expected) in [
            ("0", Some(0)),
            ("512Mi", Some(512 << 20)),
            ("1536Mi", Some(1536 << 20)),
            ("129M", Some(129_000_000)),
            ("129e6", Some(129_000_000)),
            ("1k", Some(1000)),
            ("128974848000m", Some(128_974_848)),
            ("1288490188800m", Some(1_288_490_189)),
            ("512m", Some(1)),
            ("1n", Some(1)),
            ("7Ei", Some(7 << 60)),
            ("8Ei", None),
            ("12E", None),
            ("1e400", None),
            ("", None),
            ("Mi", None),
            ("-1", None),
            ("1.5Gi", None),
            ("512MB", None),
            ("1K", None),
            ("1 Gi", None),
        ] {
            assert_eq!(bytes(text).map(Bytes::get), expected, "{text}");
        }
    }
}
