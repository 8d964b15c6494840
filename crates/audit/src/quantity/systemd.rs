//! Sizes of systemd units: `512M`, `1G 512M`, `25%`, `infinity`.
//!
//! Source: `config_parse_memory_limit()`, `parse_size()` and `parse_permyriad()`.

use oomkit_core::units::Bytes;

use super::Amount;

/// What a setting makes of zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// Zero is out of range, as for `MemoryMax=` and `MemoryHigh=`.
    OutOfRange,
    /// Zero is a size like others, as for `MemorySwapMax=`, `MemoryLow=` and `MemoryMin=`.
    Allowed,
}

/// The suffixes from large to small; the terms of one size have to fall.
const UNITS: [(&str, u64); 8] = [
    ("E", 1 << 60),
    ("P", 1 << 50),
    ("T", 1 << 40),
    ("G", 1 << 30),
    ("M", 1 << 20),
    ("K", 1 << 10),
    ("B", 1),
    ("", 1),
];

/// Reads what stands behind the sign of equality; an empty value resets and is none of this.
#[must_use]
pub fn amount(text: &str, zero: Zero) -> Amount {
    if text == "infinity" {
        return Amount::Unlimited;
    }
    if let Some(share) = share(text) {
        return match (share, zero) {
            (None, _) => Amount::ignored("a share is a number from 0 to 100 %, with at most two decimals"),
            (Some(0), Zero::OutOfRange) => out_of_range(),
            (Some(share), _) => Amount::Share(share),
        };
    }
    match size(text) {
        None => Amount::ignored(reason(text)),
        Some(0) if zero == Zero::OutOfRange => out_of_range(),
        Some(u64::MAX) => Amount::ignored("the size is out of range"),
        Some(size) => Amount::Size(Bytes::new(size)),
    }
}

fn out_of_range() -> Amount {
    Amount::ignored("zero is out of range here")
}

/// Reads a share in ten-thousandths: `None` where there is no sign for one.
fn share(text: &str) -> Option<Option<u16>> {
    let (number, decimals) = [("%", 2), ("\u{2030}", 1), ("\u{2031}", 0)]
        .iter()
        .find_map(|(sign, decimals)| Some((text.strip_suffix(sign)?, *decimals)))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_point = number.contains('.');
    if !digits(whole) || !digits(fraction) || (has_point && decimals < fraction.len()) {
        return Some(None);
    }
    let padded = format!("{whole}{fraction:0<decimals$}");
    // Without decimals the stand-in for a missing fraction must not become a digit.
    let padded = if decimals == 0 { whole } else { &padded };
    Some(padded.parse::<u16>().ok().filter(|share| *share <= 10_000))
}

fn size(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0_u64;
    let mut units = UNITS.as_slice();
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let unsigned = rest.strip_prefix('+').unwrap_or(rest);
        let (whole, after) = split_digits(unsigned);
        let number: u64 = whole.parse().ok()?;
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => split_digits(after),
            None => ("", after),
        };
        let after = after.trim_start_matches([' ', '\t', '\n', '\r']);
        let at = units.iter().position(|(suffix, _)| after.starts_with(suffix))?;
        let (suffix, factor) = *units.get(at)?;
        let part = part_of(fraction, factor);
        sum = sum.checked_add(number.checked_mul(factor)?.checked_add(part)?)?;
        rest = after.strip_prefix(suffix)?;
        units = units.get(at + 1..)?;
        if rest.is_empty() {
            return Some(sum);
        }
    }
}

/// Returns the whole bytes of a fraction of a unit.
fn part_of(fraction: &str, factor: u64) -> u64 {
    let fraction: f64 = format!("0.{fraction}0").parse().unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "systemd computes fractions in floating point and drops what is less than a byte"
    )]
    let part = (fraction * factor as f64) as u64;
    part
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Says what is wrong with a text, and what was probably meant.
fn reason(text: &str) -> String {
    if text.contains('#') || text.contains(';') {
        return "a comment cannot follow a value".into();
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '));
    match unit {
        "k" | "m" | "g" | "t" | "p" | "e" => {
            format!("units are capital letters here: {} instead of {unit}", unit.to_ascii_uppercase())
        }
        "KB" | "MB" | "GB" | "TB" | "Ki" | "Mi" | "Gi" | "Ti" | "KiB" | "MiB" | "GiB" | "TiB" | "kb"
        | "mb" | "gb" | "ki" | "mi" | "gi" | "kB" => {
            let letter = unit.get(..1).unwrap_or_default().to_ascii_uppercase();
            format!("\"{unit}\" is no unit of systemd; {letter} means the same")
        }
        "max" | "unlimited" | "none" => "no limit is spelled infinity here".into(),
        _ => "it is no size that systemd can read".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("512M", 512 << 20),
            ("1.5G", 1_610_612_736),
            ("10.M", 10 << 20),
            ("512 M", 512 << 20),
            ("1G 512M", (1 << 30) + (512 << 20)),
            ("1G512M", (1 << 30) + (512 << 20)),
            ("1G 512", (1 << 30) + 512),
            ("100", 100),
            ("100B", 100),
            ("1K", 1024),
            ("15E", 15 << 60),
        ] {
            assert_eq!(amount(text, Zero::OutOfRange), Amount::Size(Bytes::new(bytes)), "{text}");
        }
        assert_eq!(amount("0", Zero::Allowed), Amount::Size(Bytes::ZERO));
        assert_eq!(amount("infinity", Zero::OutOfRange), Amount::Unlimited);
    }

    #[test]
    fn shares_are_read() {
        for (text, share) in [
            ("25%", 2500),
            ("25.5%", 2550),
            ("25.55%", 2555),
            ("100%", 10_000),
            ("5\u{2030}", 50),
            ("7\u{2031}", 7),
        ] {
            assert_eq!(amount(text, Zero::OutOfRange), Amount::Share(share), "{text}");
        }
        for text in ["110%", "25.555%", "%", "-5%", "x%", "100.01%"] {
            assert!(matches!(amount(text, Zero::OutOfRange), Amount::Ignored(_)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_ignored() {
        for text in [
            "512MB",
            "512Mi",
            "512m",
            "512k",
            "1e9",
            "max",
            "unlimited",
            "-1",
            "0x10",
            "110%",
            "512M # note",
            "512M 1G",
            "512M 512M",
            "M",
            "0",
            "0%",
            "16E",
            "99999999999999999999",
        ] {
            assert!(
                matches!(amount(text, Zero::OutOfRange), Amount::Ignored(_)),
                "{text}: {:?}",
                amount(text, Zero::OutOfRange)
            );
        }
        for (text, why) in [
            ("512MB", "\"MB\" is no unit of systemd; M means the same"),
            ("512m", "units are capital letters here: M instead of m"),
            ("512M # note", "a comment cannot follow a value"),
            ("max", "no limit is spelled infinity here"),
        ] {
            assert_eq!(amount(text, Zero::OutOfRange), Amount::ignored(why), "{text}");
        }
    }
}
