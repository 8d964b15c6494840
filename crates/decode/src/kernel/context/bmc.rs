//! The event log of a machine's management controller, as `ipmitool sel list` prints it.

use std::borrow::Cow;

use super::Trouble;
use crate::record::WallStamp;
use crate::report::ContextKind as Kind;

/// Reads ` 18a | 09/29/2016 | 19:19:10 | Power Unit #0x01 | Power off/down | Asserted`.
pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    if !text.ends_with(b"sserted") {
        return None;
    }
    let mut cells = text.split(|byte| *byte == b'|').map(<[u8]>::trim_ascii);
    let (id, day, time) = (cells.next()?, cells.next()?, cells.next()?);
    let (sensor, event, direction) = (cells.next()?, cells.next()?, cells.next()?);
    let is_id = !id.is_empty() && id.iter().all(u8::is_ascii_hexdigit);
    let is_direction = matches!(direction, b"Asserted" | b"Deasserted");
    if !is_id || !is_direction || sensor.is_empty() || cells.next().is_some() {
        return None;
    }
    let stamp = stamp(day, time);
    // A clock that was not set yet is said in words.
    if stamp.is_none() && !day.starts_with(b"Pre-Init") {
        return None;
    }
    let gone = if direction == b"Deasserted" { &b" (gone)"[..] } else { b"" };
    let subject = if event.is_empty() { sensor.to_vec() } else { [sensor, b": ", event, gone].concat() };
    Some(Trouble { wall: stamp, ..Trouble::of(Kind::BmcEvent).about(&subject) })
}

/// `09/29/2016` or `09/29/16`, and `19:19:10` with perhaps a half of the day or a zone.
fn stamp(day: &[u8], time: &[u8]) -> Option<WallStamp<'static>> {
    let day = std::str::from_utf8(day).ok()?;
    let mut parts = day.split('/').map(str::parse::<u16>);
    let (month, day, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let year = if year < 100 { 2000 + year } else { year };
    let mut words = std::str::from_utf8(time).ok()?.split_whitespace();
    let mut clock = words.next()?.split(':').map(str::parse::<u8>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let (mut hour, mut zone) = (hour, "");
    for word in words {
        match word {
            "PM" if hour < 12 => hour += 12,
            "AM" if hour == 12 => hour = 0,
            "UTC" => zone = "Z",
            _ => {}
        }
    }
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}");
    Some(WallStamp::Iso(Cow::Owned(text.into_bytes())))
}
