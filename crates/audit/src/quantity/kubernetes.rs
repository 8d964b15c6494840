//! Kubernetes quantities: `512Mi`, `1.5Gi`, `129e6`, `512m`.
//!
//! Source: `k8s.io/apimachinery/pkg/api/resource`.

use oomkit_core::units::Bytes;

use super::{Amount, Scalar, decimal::Decimal};

/// The largest size that the API can hold.
const LARGEST: u64 = i64::MAX as u64;

/// Reads a scalar as the API server does: YAML's type first, then its JSON as a quantity.
#[must_use]
pub fn amount(scalar: &Scalar<'_>) -> Amount {
    match scalar {
        Scalar::Null => Amount::void("null is zero, which is no limit"),
        Scalar::Bool(_) => Amount::refused("a quantity is a number with a unit, not true or false"),
        Scalar::Int(number) => quantity(&number.to_string()),
        Scalar::Float(number) if number.is_finite() => quantity(&number.to_string()),
        Scalar::Float(_) => Amount::refused("a quantity is a finite number"),
        Scalar::Text(text) => quantity(text.trim()),
    }
}

/// Reads a quantity without quotes.
#[must_use]
pub fn quantity(text: &str) -> Amount {
    let (negative, number) = match text.strip_prefix(['+', '-']) {
        Some(number) => (text.starts_with('-'), number),
        None => (false, text),
    };
    if text.is_empty() {
        return Amount::refused("an empty text is no quantity");
    }
    let before = leading_digits(number);
    let rest = number.strip_prefix(before).unwrap_or_default();
    let (after, suffix) = match rest.strip_prefix('.') {
        Some(rest) => {
            let after = leading_digits(rest);
            (after, rest.strip_prefix(after).unwrap_or_default())
        }
        None => ("", rest),
    };
    let Some(scale) = Scale::of(suffix) else { return Amount::refused(wrong_suffix(suffix)) };
    let Some(mut decimal) = Decimal::new(before, after) else {
        return Amount::refused("the number has too many digits");
    };
    if before.is_empty() && after.is_empty() && matches!(scale, Scale::Binary(5..)) {
        return Amount::refused("the number is missing before the unit");
    }
    if decimal.is_zero() {
        let bare = before.is_empty() && after.is_empty();
        return Amount::void(if bare {
            "the number is missing before the unit, which is read as zero: no limit"
        } else {
            "zero is no limit"
        });
    }
    if negative {
        return Amount::refused("a negative quantity is refused");
    }
    match scale {
        Scale::Decimal(tens) => decimal.shift(tens),
        Scale::Binary(times) => (0..times).for_each(|_| decimal.times(1024)),
    }
    match (decimal.round_up(), scale) {
        (Some(whole), _) if whole.units <= LARGEST => {
            let size = Bytes::new(whole.units);
            // A binary fraction such as `1.2Gi` is off by less than a byte, which nobody minds.
            let odd = !whole.exact && matches!(scale, Scale::Decimal(..0));
            let tiny = !whole.exact && whole.units <= 1;
            if odd || tiny { Amount::Fraction(size) } else { Amount::Size(size) }
        }
        (_, Scale::Binary(_)) => Amount::Size(Bytes::new(LARGEST)),
        (_, Scale::Decimal(_)) => {
            Amount::refused("the number is larger than the API can hold (2^63 - 1 bytes)")
        }
    }
}

/// Reads an amount of processor time in thousandths of a processor, rounded up.
#[must_use]
pub fn thousandths(scalar: &Scalar<'_>) -> Option<u64> {
    let text = match scalar {
        Scalar::Int(number) => number.to_string(),
        Scalar::Float(number) if number.is_finite() => number.to_string(),
        Scalar::Text(text) => text.trim().to_owned(),
        _ => return None,
    };
    let number = text.strip_prefix('+').unwrap_or(&text);
    let before = leading_digits(number);
    let rest = number.strip_prefix(before)?;
    let (after, suffix) = match rest.strip_prefix('.') {
        Some(rest) => (leading_digits(rest), rest.strip_prefix(leading_digits(rest))?),
        None => ("", rest),
    };
    let mut decimal = Decimal::new(before, after)?;
    match Scale::of(suffix)? {
        Scale::Decimal(tens) => decimal.shift(tens.saturating_add(3)),
        Scale::Binary(_) => return None,
    }
    decimal.round_up().map(|whole| whole.units)
}

/// What a suffix multiplies by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// A power of ten.
    Decimal(i64),
    /// A power of 1024.
    Binary(u8),
}

impl Scale {
    fn of(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "n" => Self::Decimal(-9),
            "u" => Self::Decimal(-6),
            "m" => Self::Decimal(-3),
            "" => Self::Decimal(0),
            "k" => Self::Decimal(3),
            "M" => Self::Decimal(6),
            "G" => Self::Decimal(9),
            "T" => Self::Decimal(12),
            "P" => Self::Decimal(15),
            "E" => Self::Decimal(18),
            "Ki" => Self::Binary(1),
            "Mi" => Self::Binary(2),
            "Gi" => Self::Binary(3),
            "Ti" => Self::Binary(4),
            "Pi" => Self::Binary(5),
            "Ei" => Self::Binary(6),
            _ => Self::Decimal(exponent(suffix)?),
        })
    }
}

/// Reads `e3`, `E-6` and the like.
fn exponent(suffix: &str) -> Option<i64> {
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // An exponent beyond this is beyond every size, whatever its digits.
    let size = unsigned.parse::<i64>().unwrap_or(i64::from(i32::MAX)).min(i64::from(i32::MAX));
    Some(if digits.starts_with('-') { -size } else { size })
}

fn leading_digits(text: &str) -> &str {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..end).unwrap_or_default()
}

/// Says what is wrong with a suffix, and what was probably meant.
fn wrong_suffix(suffix: &str) -> String {
    let meant = match suffix.to_ascii_lowercase().trim_start() {
        "k" | "kb" | "ki" | "kib" => Some("Ki"),
        "m" | "mb" | "mi" | "mib" => Some("Mi"),
        "g" | "gb" | "gi" | "gib" => Some("Gi"),
        "t" | "tb" | "ti" | "tib" => Some("Ti"),
        _ => None,
    };
    let shown: String = suffix.chars().take(16).flat_map(char::escape_debug).collect();
    match meant {
        Some(meant) => format!("\"{shown}\" is no unit of Kubernetes; {meant} was probably meant"),
        None => format!("\"{shown}\" is no unit of Kubernetes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_bytes() {
        for (text, bytes) in [
            ("1e3", 1000),
            ("1E6", 1_000_000),
            ("1e10", 10_000_000_000),
            ("129e6", 129_000_000),
            ("129M", 129_000_000),
            ("123Mi", 128_974_848),
            ("128974848000m", 128_974_848),
            ("1.5Gi", 1_610_612_736),
            ("1.5G", 1_500_000_000),
            ("0.5Mi", 524_288),
            ("100.035Ki", 102_436),
            ("1k", 1000),
            ("1Ki", 1024),
            ("1E", 1_000_000_000_000_000_000),
            ("1Ei", 1 << 60),
            ("9Ei", LARGEST),
            ("10.035M", 10_035_000),
            ("0.05Gi", 53_687_092),
            ("1.2Gi", 1_288_490_189),
            ("1.", 1),
            (".5Gi", 1 << 29),
            ("+5k", 5000),
            ("1.G", 1_000_000_000),
            ("007", 7),
            ("512M", 512_000_000),
            ("512Mi", 512 << 20),
            ("9223372036854775807", LARGEST),
        ] {
            assert_eq!(quantity(text), Amount::Size(Bytes::new(bytes)), "{text}");
        }
        for (text, bytes) in [("512m", 1), ("100m", 1), ("1n", 1), (".5", 1), ("5e-1", 1), ("1500m", 2)] {
            assert_eq!(quantity(text), Amount::Fraction(Bytes::new(bytes)), "{text}");
        }
    }

    #[test]
    fn nothing_is_no_limit() {
        for text in ["0", "0Mi", "Mi", "M", ".", "-", "e3", "-0", "0.0"] {
            assert!(matches!(quantity(text), Amount::Void(_)), "{text}: {:?}", quantity(text));
        }
    }

    #[test]
    fn other_words_are_refused() {
        for text in [
            "",
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
            "\u{ff11}\u{ff12}Mi",
            "1e",
            "-1",
            "-5Mi",
            "12E",
            "9223372036854775808",
            "1e400",
            "max",
            "infinity",
            "25%",
            "0x10",
            "12:30",
            "Pi",
            "Ei",
            "K",
        ] {
            assert!(matches!(quantity(text), Amount::Refused(_)), "{text}: {:?}", quantity(text));
        }
        let reason = |text: &str| match quantity(text) {
            Amount::Refused(reason) => reason.into_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(reason("512MB"), "\"MB\" is no unit of Kubernetes; Mi was probably meant");
        assert_eq!(reason("5x"), "\"x\" is no unit of Kubernetes");
    }

    #[test]
    fn processor_time_is_counted_in_thousandths() {
        for (text, expected) in [
            ("100m", Some(100)),
            ("1", Some(1000)),
            ("0.5", Some(500)),
            ("1500u", Some(2)),
            ("x", None),
            ("0", Some(0)),
        ] {
            assert_eq!(thousandths(&Scalar::Text(text.into())), expected, "{text}");
        }
        assert_eq!(thousandths(&Scalar::Float(0.25)), Some(250));
    }

    #[test]
    fn yaml_has_the_first_word() {
        for (scalar, expected) in [
            (Scalar::Int(8), Amount::Size(Bytes::new(8))),
            (Scalar::Float(1000.0), Amount::Size(Bytes::new(1000))),
            (
                Scalar::Float(1e21),
                Amount::refused("the number is larger than the API can hold (2^63 - 1 bytes)"),
            ),
            (Scalar::Float(0.5), Amount::Fraction(Bytes::new(1))),
            (Scalar::Null, Amount::void("null is zero, which is no limit")),
            (Scalar::Text(" 1Gi ".into()), Amount::Size(Bytes::new(1 << 30))),
        ] {
            assert_eq!(amount(&scalar), expected, "{scalar:?}");
        }
        assert!(matches!(amount(&Scalar::Bool(true)), Amount::Refused(_)));
        assert!(matches!(amount(&Scalar::Text("0x10".into())), Amount::Refused(_)));
        assert!(matches!(amount(&Scalar::Float(f64::NAN)), Amount::Refused(_)));
    }
}
