//! `/dev/kmsg` records, and extended netconsole, which sends the same.

use std::borrow::Cow;

use oomkit_core::units::SinceBoot;

use super::{
    dmesg::ring_writer,
    layers::{Escapes, Layers},
    stamp::{number, whole_number},
};
use crate::record::{Caller, Transport};

/// How far the `;` may be: a few numbers, and room for fields that are not invented yet.
const HEAD: usize = 200;

/// Removes `4,812,123456789,-,caller=T42;`.
pub(super) fn record(layers: &mut Layers<'_>) -> bool {
    let line = layers.rest;
    // Nearly every other line that starts with a digit is told here.
    let Some((priority, [b',', numbers @ ..])) = number(line) else { return false };
    let Some((sequence, [b',', micros @ ..])) = number(numbers) else { return false };
    let Some((micros, fields)) = number(micros) else { return false };
    let Some(end) = memchr::memchr(b';', fields.get(..HEAD).unwrap_or(fields)) else { return false };
    let Some((fields, [_, text @ ..])) = fields.split_at_checked(end) else { return false };
    if !matches!(fields, [] | [b',', ..]) {
        return false;
    }
    layers.wrapped(Transport::Kmsg);
    layers.since_boot(SinceBoot::from_micros(micros));
    layers.record.sequence = Some(sequence);
    for field in fields.split(|byte| *byte == b',') {
        if let Some(id) = field.strip_prefix(b"caller=") {
            layers.record.caller = caller(id);
        } else if field.strip_prefix(b"ncfrag=").is_some_and(|at| !at.starts_with(b"0/")) {
            // A later fragment is the rest of the record before it.
            layers.record.stamped = false;
        }
    }
    layers.written_by(ring_writer(priority >> 3));
    layers.escapes(Escapes::Kmsg);
    layers.rest = text;
    layers.in_ring = true;
    true
}

fn caller(id: &[u8]) -> Option<Caller> {
    let (kind, digits) = id.split_first()?;
    let id = u32::try_from(whole_number(digits)?).ok()?;
    match kind {
        b'T' => Some(Caller::Task(id)),
        b'C' => Some(Caller::Cpu(id)),
        _ => None,
    }
}

/// Tells whether a line after a record is one of its fields, such as ` SUBSYSTEM=pci`.
pub(super) fn is_field(line: &[u8]) -> bool {
    let [b' ', field @ ..] = line else { return false };
    let Some(end) = memchr::memchr(b'=', field) else { return false };
    0 < end && field.iter().take(end).all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Turns `\x0a` into the byte, where `wanted` says that the wrapping would have written it so.
pub(super) fn unescape(text: &[u8], wanted: impl Fn(u8) -> bool) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let Some((clean, mut rest)) = text.split_at_checked(first) else { return Cow::Borrowed(text) };
    let mut bytes = clean.to_vec();
    while let Some((byte, after)) = rest.split_first() {
        match rest {
            [b'\\', b'x', high, low, after @ ..] if hex_pair(*high, *low).is_some_and(&wanted) => {
                bytes.extend(hex_pair(*high, *low));
                rest = after;
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    Cow::Owned(bytes)
}

/// Reads two hexadecimal digits.
pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, check_input};

    #[test]
    fn records() {
        check(b"4,812,123456789,-;Mem-Info:", "kmsg by=kernel at=123.456789 sequence=812 | Mem-Info:");
        check(
            b"4,812,123456789,-,caller=T42,future=1;a\\x0a b \\x5cx41",
            "kmsg by=kernel at=123.456789 caller=T42 sequence=812 | a\n b \\x41",
        );
        check(b"12,368,9640879,-; x", "kmsg by=user at=9.640879 sequence=368 |  x");
        check(b"6,1,2;x", "kmsg by=kernel at=0.000002 sequence=1 | x");
        check(b"6,1,2,c,caller=C3;x", "kmsg by=kernel at=0.000002 caller=C3 sequence=1 | x");
        check(b"6,1,2,-,ncfrag=0/12;x", "kmsg by=kernel at=0.000002 sequence=1 | x");
        check(b"6,1,2,-,ncfrag=6/12;x", "-kmsg by=kernel at=0.000002 sequence=1 | x");
        check(
            b"4,812,1,-;[ 1234]  1000 [    1.234567]",
            "kmsg by=kernel at=0.000001 sequence=812 | [ 1234]  1000 [    1.234567]",
        );
    }

    #[test]
    fn fields_of_a_record_are_no_records() {
        check_input(
            b"6,1,2,-;pci 0000:00:00.0: x\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:00.0\n6,2,3,-;y",
            &[
                "kmsg by=kernel at=0.000002 sequence=1 | pci 0000:00:00.0: x",
                "kmsg by=kernel at=0.000003 sequence=2 | y",
            ],
        );
    }

    #[test]
    fn what_only_looks_like_a_record() {
        for line in ["4,812", "4,812,;x", "1,2,3 x; y", "4*4kB 3,2,1;"] {
            check(line.as_bytes(), &format!("-bare | {line}"));
        }
    }
}
