//! The shapes of time and number that several wrappings share.

/// Splits a decimal number off the front.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at_checked(end)?;
    // Nineteen digits always fit.
    if digits.is_empty() || 19 < digits.len() {
        return None;
    }
    Some((digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')), rest))
}

/// Reads the whole of the bytes as a decimal number.
pub(super) fn whole_number(bytes: &[u8]) -> Option<u64> {
    number(bytes).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number)
}

/// Removes blanks at the front.
pub(super) fn skip_blanks(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte != b' ').unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// Removes one blank at the front, the separator that nearly every wrapping ends with.
pub(super) fn skip_separator(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b" ").unwrap_or(bytes)
}

/// Splits at the first blank; without one, the rest is empty.
pub(super) fn token(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', bytes) {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

/// Reads `12345.678901`, seconds with exactly six decimals, as microseconds.
pub(super) fn seconds(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (seconds, rest) = number(bytes)?;
    let [b'.', decimals @ ..] = rest else { return None };
    let (micros, rest) = number(decimals)?;
    if decimals.len() - rest.len() != 6 {
        return None;
    }
    Some((seconds.checked_mul(1_000_000)?.checked_add(micros)?, rest))
}

/// Splits `15:45:51`, with or without a fraction, off the front.
pub(super) fn clock(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [h, i, b':', m, j, b':', s, t, rest @ ..] = bytes else { return None };
    if ![h, i, m, j, s, t].iter().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = match rest {
        [b'.' | b',', digits @ ..] => digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    bytes.split_at_checked(if fraction == 0 { 8 } else { 9 + fraction })
}

/// Splits a name of a month or a day, in any language, off the front, with the blanks after it.
pub(super) fn word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, rest) = bytes.split_at_checked(bytes.iter().take(16).position(|byte| *byte == b' ')?)?;
    let spelled = word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.' || 0x80 <= *byte);
    // Months are numbered in Chinese and Japanese, but never without a character after the number.
    let named = word.iter().any(|byte| byte.is_ascii_alphabetic() || 0x80 <= *byte);
    (spelled && named).then(|| (word, skip_blanks(rest)))
}

/// How an ISO stamp tells its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// Not at all.
    None,
    /// `Z`, or with a colon: `+08:00`.
    Colon,
    /// Without a colon: `+0800`, as journalctl writes it.
    Plain,
}

/// A stamp that starts with the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Iso<'a> {
    /// The whole stamp.
    pub(super) stamp: &'a [u8],
    /// How it tells its zone.
    pub(super) zone: Zone,
    /// How many digits follow the seconds.
    pub(super) decimals: usize,
    /// Whether a comma stands before them, as only `dmesg` writes it.
    pub(super) comma: bool,
    /// Whether `T` stands before the clock.
    pub(super) t: bool,
    /// What follows the stamp.
    pub(super) rest: &'a [u8],
}

/// Reads a stamp that starts with the year.
pub(super) fn iso(bytes: &[u8]) -> Option<Iso<'_>> {
    let [y, e, a, r, b'-' | b'/', m, n, b'-' | b'/', d, f, separator @ (b'T' | b't' | b' '), time @ ..] =
        bytes
    else {
        return None;
    };
    if ![y, e, a, r, m, n, d, f].iter().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (clock, after) = clock(time)?;
    let (zone, rest) = zone(after);
    Some(Iso {
        stamp: bytes.get(..bytes.len() - rest.len())?,
        zone,
        decimals: clock.len().saturating_sub(9),
        comma: clock.get(8) == Some(&b','),
        t: *separator != b' ',
        rest,
    })
}

fn zone(bytes: &[u8]) -> (Zone, &[u8]) {
    let signed = match bytes {
        [b'Z' | b'z', rest @ ..] => return (Zone::Colon, rest),
        [b'+' | b'-', rest @ ..] | [b' ', b'+' | b'-', rest @ ..] => rest,
        _ => return (Zone::None, bytes),
    };
    match signed {
        [a, b, b':', c, d, rest @ ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => {
            (Zone::Colon, rest)
        }
        [a, b, c, d, rest @ ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => {
            (Zone::Plain, rest)
        }
        [a, b, rest @ ..] if [a, b].iter().all(|byte| byte.is_ascii_digit()) => (Zone::Plain, rest),
        _ => (Zone::None, bytes),
    }
}

/// Reads a number of unknown unit as microseconds since 1970: seconds, or a thousand times finer
/// once, twice or thrice.
pub(super) fn unix_micros(number: f64) -> Option<i64> {
    // No log is older than 1973 or younger than 5138, so the magnitude tells the unit.
    let micros = match number {
        n if n < 1e8 => return None,
        n if n < 1e11 => n * 1e6,
        n if n < 1e14 => n * 1e3,
        n if n < 1e17 => n,
        n if n < 1e20 => n / 1e3,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "the bounds above keep it far below the limit")]
    Some(micros.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iso_stamp_tells_zone_and_rest() {
        let check = |text: &'static [u8], stamp: &[u8], zone, decimals, rest: &[u8]| {
            let found = iso(text).unwrap();
            assert_eq!((found.stamp, found.zone, found.decimals, found.rest), (stamp, zone, decimals, rest));
        };
        check(b"2022-05-10T15:45:51Z x", b"2022-05-10T15:45:51Z", Zone::Colon, 0, b" x");
        check(b"2022-05-10 15:45:51\tx", b"2022-05-10 15:45:51", Zone::None, 0, b"\tx");
        check(
            b"2022-05-10T15:45:51,123456+02:00 x",
            b"2022-05-10T15:45:51,123456+02:00",
            Zone::Colon,
            6,
            b" x",
        );
        check(b"2022-05-10T15:45:51.5+0800", b"2022-05-10T15:45:51.5+0800", Zone::Plain, 1, b"");
        assert_eq!(iso(b"2022-05-10T15:45"), None);
    }

    #[test]
    fn six_decimals_make_seconds() {
        assert_eq!(seconds(b"12.345678]"), Some((12_345_678, &b"]"[..])));
        assert_eq!(seconds(b"12.34567]"), None);
        assert_eq!(seconds(b"12.3456789]"), None);
        assert_eq!(seconds(b"1234]"), None);
        assert_eq!(seconds(b"99999999999999999.345678]"), None);
    }

    #[test]
    fn the_magnitude_tells_the_unit() {
        let check = |number, micros| assert_eq!(unix_micros(number), micros);
        check(1_652_190_351.5, Some(1_652_190_351_500_000));
        check(1_652_190_351_500.0, Some(1_652_190_351_500_000));
        check(1_652_190_351_500_000.0, Some(1_652_190_351_500_000));
        check(12.345_678, None);
        check(f64::NAN, None);
    }
}
