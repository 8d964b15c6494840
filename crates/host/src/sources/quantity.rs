//! Kubernetes quantities: `512Mi`, `1.5G`, `128974848000m`, in exact decimals.

use oomkit_core::units::Bytes;

/// Digits that are counted exactly; those behind them can only make the last byte round up.
const DIGITS: u32 = 30;

/// Reads a quantity of memory; parts of a byte round up.
///
/// `None` for what Kubernetes refuses, for negative amounts, and for what does not fit into an
/// `int64`, in which Kubernetes itself goes wrong.  A suffix without digits is zero, as it is there.
#[must_use]
pub fn bytes(text: &str) -> Option<Bytes> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    // Without digits most suffixes are zero there; these two are refused.
    let refused = text.is_empty() && !negative || number.is_empty() && matches!(suffix, "Pi" | "Ei");
    if refused {
        return None;
    }
    let number = Decimal::read(number)?;
    let value = match number.scaled(suffix)? {
        value if value <= i64::MAX.unsigned_abs() => value,
        // Amounts with a binary suffix are capped by Kubernetes, others overflow there.
        _ if suffix.ends_with('i') => i64::MAX.unsigned_abs(),
        _ => return None,
    };
    (!negative || value == 0).then_some(Bytes::new(value))
}

/// A number as `digits` divided by ten to the power of `places`.
struct Decimal {
    digits: u128,
    places: u32,
    /// Something other than zero was left out behind the digits.
    more: bool,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        if part.contains('.') {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let mut number = Self { digits: 0, places: 0, more: false };
        let kept = DIGITS.checked_sub(u32::try_from(whole.len()).ok()?)?;
        let (part, rest) = part.split_at(part.len().min(kept as usize));
        for digit in whole.bytes().chain(part.bytes()) {
            number.digits = number.digits * 10 + u128::from(digit - b'0');
        }
        number.places = u32::try_from(part.len()).ok()?;
        number.more = rest.bytes().any(|digit| digit != b'0');
        Some(number)
    }

    /// Returns the bytes, rounded up; a value that no integer can hold is the largest one.
    fn scaled(&self, suffix: &str) -> Option<u64> {
        let (binary, decimal) = match suffix {
            "" => (0, 0),
            "Ki" => (10, 0),
            "Mi" => (20, 0),
            "Gi" => (30, 0),
            "Ti" => (40, 0),
            "Pi" => (50, 0),
            "Ei" => (60, 0),
            "n" => (0, -9),
            "u" => (0, -6),
            "m" => (0, -3),
            "k" => (0, 3),
            "M" => (0, 6),
            "G" => (0, 9),
            "T" => (0, 12),
            "P" => (0, 15),
            "E" => (0, 18),
            exponent => (0, exponent_of(exponent)?),
        };
        if self.digits == 0 && !self.more {
            return Some(0);
        }
        let up = decimal - i64::from(self.places);
        let Some(value) = self.digits.checked_mul(1_u128 << binary) else { return Some(u64::MAX) };
        Some(match u32::try_from(up.unsigned_abs()) {
            Ok(power) if 0 <= up => {
                let factor = 10_u128.checked_pow(power);
                let value = factor.and_then(|factor| value.checked_mul(factor));
                value.map_or(u64::MAX, |value| fitted(value, self.more))
            }
            Ok(power) => match 10_u128.checked_pow(power) {
                Some(divisor) => fitted(value / divisor, value % divisor != 0 || self.more),
                None => 1,
            },
            Err(_) if 0 < up => u64::MAX,
            Err(_) => 1,
        })
    }
}

fn fitted(value: u128, round_up: bool) -> u64 {
    u64::try_from(value).map_or(u64::MAX, |value| value.saturating_add(u64::from(round_up)))
}

/// Reads `e3`, `E-6`.
fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['e', 'E'])?;
    let plain = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // An exponent too large for a number is too large for a size.
    Some(digits.parse().unwrap_or(if digits.starts_with('-') { -1000 } else { 1000 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        for (text, expected) in [
            ("1e3", 1000),
            ("1E6", 1_000_000),
            ("1e10", 10_000_000_000),
            ("129e6", 129_000_000),
            ("129M", 129_000_000),
            ("123Mi", 128_974_848),
            ("128974848000m", 128_974_848),
            ("1.5Gi", 1_610_612_736),
            ("0.5Mi", 524_288),
            ("100.035Ki", 102_436),
            ("1k", 1000),
            ("1Ki", 1024),
            ("1E", 1_000_000_000_000_000_000),
            ("1Ei", 1 << 60),
            ("9Ei", (1 << 63) - 1),
            ("10.035M", 10_035_000),
            ("0.05Gi", 53_687_092),
            ("1.2Gi", 1_288_490_189),
            ("512m", 1),
            ("100m", 1),
            ("1n", 1),
            (".5", 1),
            ("5e-1", 1),
            ("1e-400", 1),
            ("1.", 1),
            ("+5k", 5000),
            ("1.G", 1_000_000_000),
            ("007", 7),
            ("Mi", 0),
            (".", 0),
            ("-", 0),
            ("0", 0),
            ("0e400", 0),
            (" 1Gi ", 1 << 30),
        ] {
            assert_eq!(bytes(text), Some(Bytes::new(expected)), "{text}");
        }
    }

    #[test]
    fn what_kubernetes_refuses_or_gets_wrong_is_no_size() {
        for text in [
            "",
            " ",
            "1.1.M",
            "1+1.0M",
            "0.1mi",
            "0.1am",
            ".5i",
            "1i",
            "-3.01e-",
            "512MB",
            "512Mb",
            "512mb",
            "1GB",
            "1g",
            "1K",
            "1ki",
            "1KI",
            "1 Gi",
            "1,5Gi",
            "\u{ff11}",
            "-1",
            "-1Gi",
            "12E",
            "1e400",
            "9223372036854775808",
            "true",
            "Pi",
            "Ei",
            "1e",
            "1e99999999999999999999",
        ] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
