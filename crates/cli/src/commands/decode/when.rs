//! Points in time and page sizes, as people write them.

use jiff::{
    Span, Timestamp, ToSpan as _, Unit, Zoned,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use oomkit_core::units::{Bytes, PageSize};

use crate::failure::Failure;

/// Reads a point in time, seen from `now`, whose zone is that of times without one.
pub(crate) fn moment(option: &str, text: &str, now: &Zoned) -> Result<Timestamp, Failure> {
    instant(text, now).ok_or_else(|| {
        Failure::usage(format!("--{option} {text:?} is no point in time"))
            .hint("write 2022-05-10T15:45:51Z, '2022-05-10 15:45', 15:45, yesterday, -1h, '2 days ago' or @1652197551")
    })
}

/// Reads a point in time, or nothing where the text is none.
pub(crate) fn instant(text: &str, now: &Zoned) -> Option<Timestamp> {
    let text = text.trim();
    if let Some((day, clock)) = text.split_once(' ')
        && let Some(day) = day_of(day, now)
    {
        let time = clock.trim().parse::<Time>().ok()?;
        let wall = day.to_datetime(time).to_zoned(now.time_zone().clone());
        return wall.ok().map(|zoned| zoned.timestamp());
    }
    read(text, now)
}

/// Reads the name of a day, seen from `now`.
fn day_of(text: &str, now: &Zoned) -> Option<Date> {
    match text {
        "today" => Some(now.date()),
        "yesterday" => now.date().yesterday().ok(),
        "tomorrow" => now.date().tomorrow().ok(),
        _ => None,
    }
}

fn read(text: &str, now: &Zoned) -> Option<Timestamp> {
    let midnight = |zoned: &Zoned| zoned.start_of_day().ok().map(|start| start.timestamp());
    match text {
        "now" => return Some(now.timestamp()),
        "today" => return midnight(now),
        "yesterday" => return midnight(&now.yesterday().ok()?),
        "tomorrow" => return midnight(&now.tomorrow().ok()?),
        _ => {}
    }
    if let Some(seconds) = text.strip_prefix('@') {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
        let nanos: i32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        return Timestamp::new(whole.parse().ok()?, nanos).ok();
    }
    let local = |wall: DateTime| wall.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp());
    // The most telling form first: a civil time would take a time with a zone and drop the zone.
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Some(zoned.timestamp());
    }
    for (suffix, zone) in [(" UTC", TimeZone::UTC), (" utc", TimeZone::UTC)] {
        if let Some(civil) = text.strip_suffix(suffix) {
            return civil.parse::<DateTime>().ok()?.to_zoned(zone).ok().map(|zoned| zoned.timestamp());
        }
    }
    if let Ok(date) = text.parse::<Date>() {
        if let Ok(wall) = text.parse::<DateTime>() {
            return local(wall);
        }
        return local(date.to_datetime(Time::midnight()));
    }
    if let Ok(time) = text.parse::<Time>() {
        return local(now.date().to_datetime(time));
    }
    distance(text).and_then(|span| now.checked_add(span).ok()).map(|zoned| zoned.timestamp())
}

/// Reads `-1h`, `+5min`, `2 days ago`; a distance without a direction lies in the past.
fn distance(text: &str) -> Option<Span> {
    if let Some(ahead) = text.strip_prefix('+') {
        return ahead.trim().parse().ok();
    }
    let past = text.strip_prefix('-').unwrap_or(text).trim();
    let past = past.strip_suffix("ago").unwrap_or(past).trim();
    let span: Span = past.parse().ok()?;
    // A lone number would be read as nothing at all; `5` may mean minutes, days or a year.
    (span.fieldwise() != 0.seconds().fieldwise()
        || span.total((Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).is_ok())
    .then(|| span.negate())
}

/// Reads the zone of stamps without one: a name such as `Europe/Berlin`, or an offset such as `+02:00`.
pub(crate) fn zone(name: Option<&str>) -> Result<TimeZone, Failure> {
    let Some(name) = name else { return Ok(TimeZone::system()) };
    if name.eq_ignore_ascii_case("utc") {
        return Ok(TimeZone::UTC);
    }
    jiff::fmt::temporal::DateTimeParser::new().parse_time_zone(name).map_err(|error| {
        Failure::usage(format!("--timezone {name:?} is not known"))
            .because(&error)
            .hint("write a name such as Europe/Berlin, or an offset such as +02:00")
    })
}

/// Reads a page size: `4K`, `16384`, `64k`, `64KiB`.
pub(crate) fn page_size(text: &str) -> Result<PageSize, Failure> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.strip_prefix(digits).unwrap_or_default().trim();
    // No kernel counts pages in thousands, so `k` is 1024 however it is written.
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" | "kib" => Some(1024),
        "m" | "mb" | "mib" => Some(1024 * 1024),
        _ => None,
    };
    let bytes = factor.and_then(|factor: u64| digits.parse::<u64>().ok()?.checked_mul(factor));
    bytes.and_then(|bytes| PageSize::new(Bytes::new(bytes))).ok_or_else(|| {
        Failure::usage(format!("--page-size {text:?} is no page size"))
            .cause("a page is a power of two between 1 KiB and 1 MiB")
            .hint("most machines have 4K; some arm64 and ppc64 kernels have 16K or 64K")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now: Zoned = "2022-05-11T10:30:00+08:00[Asia/Shanghai]"
            .parse()
            .unwrap_or_else(|_| "2022-05-11T10:30:00+08:00[+08:00]".parse().unwrap());
        for (text, expected) in [
            ("2022-05-10T15:45:51Z", "2022-05-10T15:45:51Z"),
            ("2022-05-10T15:45:51+08:00", "2022-05-10T07:45:51Z"),
            ("2022-05-10 15:45:51+0800", "2022-05-10T07:45:51Z"),
            ("2022-05-10 15:45", "2022-05-10T07:45:00Z"),
            ("2022-05-10T15:45:51.5", "2022-05-10T07:45:51.5Z"),
            ("2022-05-10 15:45:51 UTC", "2022-05-10T15:45:51Z"),
            ("2022-05-10", "2022-05-09T16:00:00Z"),
            ("09:15", "2022-05-11T01:15:00Z"),
            ("09:15:30", "2022-05-11T01:15:30Z"),
            ("now", "2022-05-11T02:30:00Z"),
            ("today", "2022-05-10T16:00:00Z"),
            ("yesterday", "2022-05-09T16:00:00Z"),
            ("yesterday 15:45", "2022-05-10T07:45:00Z"),
            ("today 09:15:30", "2022-05-11T01:15:30Z"),
            (" -1h ", "2022-05-11T01:30:00Z"),
            ("1h", "2022-05-11T01:30:00Z"),
            ("90min ago", "2022-05-11T01:00:00Z"),
            ("2 days ago", "2022-05-09T02:30:00Z"),
            ("-1h30m", "2022-05-11T01:00:00Z"),
            ("+5m", "2022-05-11T02:35:00Z"),
            ("@1652197551", "2022-05-10T15:45:51Z"),
            ("@1652197551.25", "2022-05-10T15:45:51.25Z"),
        ] {
            assert_eq!(instant(text, &now), expected.parse().ok(), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let now: Zoned = "2022-05-11T10:30:00Z[UTC]".parse().unwrap();
        for text in ["", "5", "soon", "-", "2022-13-01", "25:00", "@x", "@", "1h x", "yesterday noon"] {
            assert_eq!(instant(text, &now), None, "{text:?}");
        }
        assert_eq!(moment("since", "soon", &now).unwrap_err().code().number, 2);
    }

    #[test]
    fn page_sizes_are_read_in_all_spellings() {
        for (text, bytes) in
            [("4K", 4096), ("16384", 16384), ("64k", 65536), ("64KiB", 65536), ("16 kB", 16384)]
        {
            assert_eq!(page_size(text).unwrap().bytes().get(), bytes, "{text}");
        }
        for text in ["", "0", "K", "5000", "-4K", "4G", "4096 pages", "2M", "99999999999999999999"] {
            assert_eq!(page_size(text).unwrap_err().code().number, 2, "{text}");
        }
    }

    #[test]
    fn zones_are_names_or_offsets() {
        assert_eq!(zone(Some("UTC")).unwrap(), TimeZone::UTC);
        assert!(zone(Some("+05:30")).is_ok());
        assert_eq!(zone(Some("Mars/Base")).unwrap_err().code().number, 2);
    }
}
