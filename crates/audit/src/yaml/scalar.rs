//! What a plain scalar is: null, true, a number or a text, as Go's YAML readers decide.
//!
//! Source: `resolve.go` of `gopkg.in/yaml.v3`, which Kubernetes and Compose build upon.

use std::borrow::Cow;

use crate::quantity::Scalar;

/// Resolves a scalar that stands without quotes.
pub(super) fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Scalar::Text(Cow::Borrowed(text));
    }
    // Go takes underscores out wherever they stand.
    let number: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    if let Some(integer) = integer(&number) {
        return Scalar::Int(integer);
    }
    match float(&number) {
        Some(float) => Scalar::Float(float),
        None => Scalar::Text(Cow::Borrowed(text)),
    }
}

/// Reads a whole number of at most 64 bits, by the prefix of its base.
fn integer(text: &str) -> Option<i128> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, radix) = match digits.get(..2) {
        Some("0x" | "0X") => (digits.get(2..)?, 16),
        Some("0o" | "0O") => (digits.get(2..)?, 8),
        Some("0b" | "0B") => (digits.get(2..)?, 2),
        Some(start) if start.starts_with('0') => (digits.get(1..)?, 8),
        _ => (digits, 10),
    };
    // A second sign would be read as one otherwise.
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let size = i128::from_str_radix(digits, radix).ok()?;
    let range = if negative { i128::from(i64::MIN) } else { i128::from(u64::MAX) };
    if negative {
        Some(-size).filter(|value| range <= *value)
    } else {
        Some(size).filter(|value| *value <= range)
    }
}

/// Reads a number as `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let some = !(whole.is_empty() && fraction.is_empty());
    let well_formed = some && digits(whole) && digits(fraction) && digits(exponent) && !exponent.is_empty();
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_what_go_makes_of_them() {
        for (text, expected) in [
            ("010", Scalar::Int(8)),
            ("0x10", Scalar::Int(16)),
            ("0o17", Scalar::Int(15)),
            ("0b11", Scalar::Int(3)),
            ("1_000", Scalar::Int(1000)),
            ("-12", Scalar::Int(-12)),
            ("+12", Scalar::Int(12)),
            ("1e3", Scalar::Float(1000.0)),
            ("1e9", Scalar::Float(1e9)),
            ("1.5e9", Scalar::Float(1.5e9)),
            (".5", Scalar::Float(0.5)),
            ("1.", Scalar::Float(1.0)),
            ("08", Scalar::Float(8.0)),
            ("18446744073709551615", Scalar::Int(18_446_744_073_709_551_615)),
            ("18446744073709551616", Scalar::Float(1.844_674_407_370_955_2e19)),
            ("12:30", Scalar::Text("12:30".into())),
            ("512Mi", Scalar::Text("512Mi".into())),
            ("1e", Scalar::Text("1e".into())),
            ("-", Scalar::Text("-".into())),
            (".", Scalar::Text(".".into())),
            ("--5", Scalar::Text("--5".into())),
            ("0x", Scalar::Text("0x".into())),
            ("yes", Scalar::Text("yes".into())),
            ("on", Scalar::Text("on".into())),
            ("True", Scalar::Bool(true)),
            ("~", Scalar::Null),
            ("", Scalar::Null),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }
}
