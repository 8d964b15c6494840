//! Sizes of Docker, Podman and Compose: `512m`, `1.5GiB`, all of them binary.
//!
//! Source: `RAMInBytes` of `github.com/docker/go-units`, and what Compose does with YAML's types.

use oomkit_core::units::Bytes;

use super::{Amount, Scalar};

/// Reads a size given as a text, as on a command line.
#[must_use]
pub fn size(text: &str) -> Amount {
    let Some(last) = text.rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ')) else {
        return Amount::refused(if text.is_empty() {
            "an empty text is no size"
        } else {
            "there is no number in it"
        });
    };
    let (number, suffix) = text.split_at_checked(last + 1).unwrap_or((text, ""));
    // One space may part number and unit, and only one.
    let number = number.strip_suffix(' ').unwrap_or(number);
    let plain = number.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let Some(number) = number.parse::<f64>().ok().filter(|number| plain && number.is_finite()) else {
        return Amount::refused("the number cannot be read");
    };
    if number < 0.0 {
        return Amount::refused("a negative size given as a text is refused");
    }
    let Some(factor) = factor(suffix) else { return Amount::refused(wrong_suffix(suffix)) };
    bytes(number * factor)
}

/// Finds the size in the options of a mount, such as `size=64m,mode=755`.
#[must_use]
pub fn size_option(options: &str) -> Option<Amount> {
    let size = options.split(',').find_map(|option| option.trim().strip_prefix("size="))?;
    Some(match size.strip_suffix('%').map(str::parse::<u16>) {
        Some(Ok(percent)) => Amount::Share(percent.saturating_mul(100)),
        Some(Err(_)) => Amount::refused("the percentage cannot be read"),
        None => self::size(size),
    })
}

/// Reads a key such as `mem_limit`, which takes a number or a text.
#[must_use]
pub fn amount(scalar: &Scalar<'_>) -> Amount {
    match scalar {
        Scalar::Null => Amount::void("the key has no value, which sets no limit"),
        Scalar::Bool(_) => Amount::refused("a size is a number or a text, not true or false"),
        Scalar::Int(0) => Amount::void("zero is no limit"),
        Scalar::Int(number) if *number < 0 => Amount::Unlimited,
        Scalar::Int(number) => match u64::try_from(*number) {
            Ok(number) if i64::try_from(number).is_ok() => Amount::Size(Bytes::new(number)),
            _ => Amount::refused("the number is larger than 2^63 - 1 bytes"),
        },
        Scalar::Float(_) => Amount::void(
            "YAML reads this as a floating-point number, which Compose drops without a word: no limit",
        ),
        Scalar::Text(text) => size(text),
    }
}

/// Reads a key below `deploy.resources`, which takes a text alone.
#[must_use]
pub fn text_amount(scalar: &Scalar<'_>) -> Amount {
    match scalar {
        Scalar::Null => Amount::void("the key has no value, which sets no limit"),
        Scalar::Text(text) => size(text),
        Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_) => {
            Amount::refused("the size must be a text here: put it in quotes or give it a unit")
        }
    }
}

fn bytes(size: f64) -> Amount {
    // 2^63, which a float holds exactly.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if END <= size {
        return Amount::refused("the number is larger than 2^63 - 1 bytes");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the size lies between 0 and 2^63, and a part of a byte is dropped"
    )]
    match size as u64 {
        0 => Amount::void("less than one byte is zero, which is no limit"),
        whole => Amount::Size(Bytes::new(whole)),
    }
}

fn factor(suffix: &str) -> Option<f64> {
    let suffix = suffix.to_ascii_lowercase();
    let mut letters = suffix.chars();
    let factor = match letters.next() {
        None => return Some(1.0),
        Some('b') if suffix.len() == 1 => return Some(1.0),
        Some('k') => 1024_f64,
        Some('m') => 1_048_576.0,
        Some('g') => 1_073_741_824.0,
        Some('t') => 1_099_511_627_776.0,
        Some('p') => 1_125_899_906_842_624.0,
        Some(_) => return None,
    };
    matches!(letters.as_str(), "" | "b" | "ib").then_some(factor)
}

fn wrong_suffix(suffix: &str) -> String {
    let shown: String = suffix.chars().take(16).flat_map(char::escape_debug).collect();
    match suffix.strip_suffix('i') {
        Some(unit) if factor(unit).is_some() => {
            format!("\"{shown}\" is no unit of Docker's; \"{shown}B\" or \"{unit}\" was probably meant")
        }
        _ => format!("\"{shown}\" is no unit of Docker's"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Amount {
        amount(&Scalar::Text(text.into()))
    }

    #[test]
    fn units_are_binary_in_any_case() {
        for (written, bytes) in [
            ("512m", 536_870_912),
            ("512M", 536_870_912),
            ("512mb", 536_870_912),
            ("512MB", 536_870_912),
            ("512MiB", 536_870_912),
            ("0.5g", 536_870_912),
            ("512 m", 536_870_912),
            ("1.5G", 1_610_612_736),
            ("1073741824", 1_073_741_824),
            ("1e9", 1_000_000_000),
            ("10b", 10),
            ("10B", 10),
            ("1.9", 1),
            (".5k", 512),
            ("+1k", 1024),
            ("1p", 1 << 50),
        ] {
            assert_eq!(text(written), Amount::Size(Bytes::new(bytes)), "{written}");
        }
    }

    #[test]
    fn what_is_refused_and_what_is_dropped() {
        for written in [
            "-1", "", "max", "512Mi", "10x", "512  m", " 512m", "512m ", "0x10", "1_000", "inf", "nan",
            "-5m", "1e40", "8192p", "5bb", "1 024m", "infinity", "25%",
        ] {
            assert!(matches!(text(written), Amount::Refused(_)), "{written}: {:?}", text(written));
        }
        for written in ["0", "0.5", "0m", "0.0001k"] {
            assert!(matches!(text(written), Amount::Void(_)), "{written}: {:?}", text(written));
        }
        assert_eq!(
            text("512Mi"),
            Amount::refused("\"Mi\" is no unit of Docker's; \"MiB\" or \"M\" was probably meant")
        );
    }

    #[test]
    fn the_type_decides() {
        let size = |bytes| Amount::Size(Bytes::new(bytes));
        for (scalar, plain, below_deploy) in [
            (Scalar::Int(1_073_741_824), Some(size(1 << 30)), false),
            (Scalar::Int(512_000_000), Some(size(512_000_000)), false),
            (Scalar::Int(-1), Some(Amount::Unlimited), false),
            (Scalar::Text("512M".into()), Some(size(512 << 20)), true),
        ] {
            assert_eq!(Some(amount(&scalar)), plain, "{scalar:?}");
            assert_eq!(text_amount(&scalar).size().is_some(), below_deploy, "{scalar:?}");
        }
        for scalar in [Scalar::Float(1e9), Scalar::Float(0.5), Scalar::Int(0), Scalar::Null] {
            assert!(matches!(amount(&scalar), Amount::Void(_)), "{scalar:?}");
        }
        for scalar in [Scalar::Float(1e9), Scalar::Int(5), Scalar::Bool(true)] {
            assert!(matches!(text_amount(&scalar), Amount::Refused(_)), "{scalar:?}");
        }
        assert!(matches!(text_amount(&Scalar::Text("0".into())), Amount::Void(_)));
        assert!(matches!(text_amount(&Scalar::Text("0.5".into())), Amount::Void(_)));
    }
}
