//! Hour: how far apart two stamps of people's clock are, roughly and without reading them in full.

use crate::record::WallStamp;

/// An hour of some day, good enough to tell a pause from another day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hour {
    /// A digest of what names the day.
    day: u64,
    hour: u8,
}

impl Hour {
    /// Tells whether more than an hour may lie between two stamps.
    pub(crate) fn far(self, other: Self) -> bool {
        if self.day == other.day {
            return 1 < self.hour.abs_diff(other.hour);
        }
        let around_midnight = (self.hour == 23 && other.hour == 0) || (self.hour == 0 && other.hour == 23);
        !around_midnight
    }
}

/// Reads the hour of a stamp: the two digits before its first colon, and what stands before them.
pub(crate) fn hour(stamp: &WallStamp<'_>) -> Option<Hour> {
    use std::hash::{Hash as _, Hasher as _};
    let text: &[u8] = match stamp {
        WallStamp::UnixMicros(micros) => {
            let hours = micros.div_euclid(3_600_000_000);
            let hour = u8::try_from(hours.rem_euclid(24)).ok()?;
            return Some(Hour { day: hours.div_euclid(24).unsigned_abs(), hour });
        }
        WallStamp::Rfc3164(text)
        | WallStamp::Iso(text)
        | WallStamp::Ctime(text)
        | WallStamp::Logcat(text) => text,
    };
    let colon = memchr::memchr(b':', text)?;
    let (day, hour) = text.get(..colon)?.split_at_checked(colon.checked_sub(2)?)?;
    let mut hasher = std::hash::DefaultHasher::new();
    day.hash(&mut hasher);
    Some(Hour { day: hasher.finish(), hour: std::str::from_utf8(hour).ok()?.trim().parse().ok()? })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn check(one: &'static str, other: &'static str, far: bool) {
        let read = |text: &'static str| hour(&WallStamp::Rfc3164(Cow::Borrowed(text.as_bytes()))).unwrap();
        assert_eq!(read(one).far(read(other)), far, "{one} and {other}");
    }

    #[test]
    fn other_days_are_far_and_midnight_is_not() {
        check("May 10 15:45:51", "May 10 16:10:00", false);
        check("May 10 15:45:51", "May 10 18:10:00", true);
        check("May 10 15:45:51", "May 13 15:46:00", true);
        check("May 10 23:59:59", "May 11 00:00:01", false);
    }

    #[test]
    fn micros_have_hours_too() {
        let read = |micros| hour(&WallStamp::UnixMicros(micros)).unwrap();
        assert!(!read(0).far(read(1_000_000)) && read(0).far(read(86_400_000_000)));
        assert_eq!(hour(&WallStamp::Iso(Cow::Borrowed(b"nonsense"))), None);
    }
}
