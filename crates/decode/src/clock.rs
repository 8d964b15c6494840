//! Reads the stamps of people's clock; a year or a zone that is missing is taken from context, and said.

use jiff::{
    Timestamp,
    civil::DateTime,
    fmt::strtime,
    tz::{Offset, TimeZone},
};
use oomkit_core::units::WallTime;

use crate::record::WallStamp;

/// What a log does not say about its own stamps.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// When the input was last written.
    pub(crate) modified: Option<Timestamp>,
    /// The present moment.
    pub(crate) now: Timestamp,
    /// The zone of stamps without one.
    pub(crate) zone: TimeZone,
    /// Days that the log itself names with their year: year, month, day.
    days: Vec<(i16, i8, i8)>,
}

/// A moment, and what had to be assumed to know it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: WallTime,
    pub(crate) note: Option<String>,
    /// What the log does not tell.
    pub(crate) assumed: Assumed,
}

/// What had to be assumed of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assumed {
    /// The year.
    pub(crate) year: bool,
    /// The zone, and with it the hour.
    pub(crate) zone: bool,
}

/// Days with a year that are remembered.
const DAYS: usize = 64;

impl Clock {
    pub(crate) fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self { modified: None, now, zone, days: Vec::new() }
    }

    /// Starts the next input.
    pub(crate) fn begin(&mut self, modified: Option<Timestamp>) {
        self.modified = modified;
        self.days.clear();
    }

    /// Looks for days with a year, such as `2022-05-10`, in text that is no stamp of ours.
    pub(crate) fn look_for_days(&mut self, text: &[u8]) {
        for at in memchr::memmem::find_iter(text, b"-") {
            if DAYS <= self.days.len() {
                return;
            }
            let Some(start) = at.checked_sub(4) else { continue };
            if let Some(day) = text.get(start..start + 10).and_then(day) {
                let before = start.checked_sub(1).and_then(|before| text.get(before));
                let after = text.get(start + 10);
                let alone =
                    |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_digit() && *byte != b'-');
                if alone(before) && alone(after) && !self.days.contains(&day) {
                    self.days.push(day);
                }
            }
        }
    }

    /// Reads a stamp.
    pub(crate) fn read(&self, stamp: &WallStamp<'_>) -> Option<Moment> {
        match stamp {
            WallStamp::UnixMicros(micros) => {
                let at = Timestamp::from_microsecond(*micros).ok()?;
                Some(Moment {
                    at: WallTime::new(at, self.zone.to_offset(at)),
                    note: None,
                    assumed: Assumed::default(),
                })
            }
            WallStamp::Iso(text) => self.iso(std::str::from_utf8(text).ok()?),
            WallStamp::Ctime(text) => self.zoneless(ctime(std::str::from_utf8(text).ok()?)?, None),
            WallStamp::Rfc3164(text) => self.yearless(month_day_time(std::str::from_utf8(text).ok()?)?),
            WallStamp::Logcat(text) => self.yearless(logcat(std::str::from_utf8(text).ok()?)?),
        }
    }

    fn iso(&self, text: &str) -> Option<Moment> {
        let text = text.trim();
        let mut plain = text.replacen(',', ".", 1);
        if plain.get(10..11) == Some(" ") {
            plain.replace_range(10..11, "T");
        }
        // `+0800` is written without its colon by older tools.
        let colonless = plain.len().checked_sub(5).and_then(|at| plain.split_at_checked(at));
        if let Some((_, zone)) = colonless
            && zone.starts_with(['+', '-'])
            && zone.get(1..).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        {
            plain.insert(plain.len() - 2, ':');
        }
        if let Ok(pieces) = jiff::fmt::temporal::DateTimeParser::new().parse_timestamp(&plain) {
            let offset = offset_of(&plain).unwrap_or(Offset::UTC);
            return Some(Moment {
                at: WallTime::new(pieces, offset),
                note: None,
                assumed: Assumed::default(),
            });
        }
        let (date, time) = plain.split_once('T')?;
        let time = time.split([' ', 'Z', '+']).next()?;
        self.zoneless(format!("{date}T{time}").parse().ok()?, None)
    }

    fn zoneless(&self, civil: DateTime, year: Option<String>) -> Option<Moment> {
        let zoned = self.zone.to_ambiguous_zoned(civil).compatible().ok()?;
        let zone = self.zone.iana_name().unwrap_or("the system's zone");
        let note = match year {
            Some(year) => format!("{year}; the zone was assumed to be {zone}"),
            None => format!("the time zone was assumed to be {zone}"),
        };
        let at = WallTime::new(zoned.timestamp(), zoned.offset());
        Some(Moment { at, note: Some(note), assumed: Assumed { zone: true, ..Assumed::default() } })
    }

    fn yearless(&self, (month, day, time): (i8, i8, jiff::civil::Time)) -> Option<Moment> {
        let at_year =
            |year: i16| jiff::civil::Date::new(year, month, day).ok().map(|date| date.to_datetime(time));
        if let Some((year, _, _)) = self.days.iter().find(|(_, m, d)| *m == month && d.abs_diff(day) <= 1)
            && let Some(civil) = at_year(*year)
        {
            return self
                .zoneless(civil, Some(format!("the year {year} was taken from other dates in the log")));
        }
        let (latest, source) = match self.modified {
            Some(modified) => (modified, "the file's date"),
            None => (self.now, "today's date"),
        };
        // A log does not reach into the future; a day's grace covers zones and clocks.
        let latest = latest.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(latest);
        let newest = latest.to_zoned(self.zone.clone()).datetime();
        let year = (0..9).find_map(|back| {
            let year = newest.year().checked_sub(back)?;
            at_year(year).filter(|civil| *civil <= newest).map(|_| year)
        })?;
        let moment =
            self.zoneless(at_year(year)?, Some(format!("the year {year} was taken from {source}")))?;
        Some(Moment { assumed: Assumed { year: true, ..moment.assumed }, ..moment })
    }
}

fn day(text: &[u8]) -> Option<(i16, i8, i8)> {
    let text = std::str::from_utf8(text).ok()?;
    let date: jiff::civil::Date = text.parse().ok()?;
    (1991..=2200).contains(&date.year()).then(|| (date.year(), date.month(), date.day()))
}

fn offset_of(text: &str) -> Option<Offset> {
    if text.ends_with(['Z', 'z']) {
        return Some(Offset::UTC);
    }
    let tail = text.get(text.len().checked_sub(6)?..)?;
    let sign = if tail.starts_with('-') { -1 } else { 1 };
    let hours: i32 = tail.get(1..3)?.parse().ok()?;
    let minutes: i32 = tail.get(4..6)?.parse().ok()?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// `Tue May 10 15:45:51 2022`, in whatever language: the year is last, the time before it.
fn ctime(text: &str) -> Option<DateTime> {
    if let Ok(read) = strtime::parse("%a %b %e %H:%M:%S %Y", text).and_then(|read| read.to_datetime()) {
        return Some(read);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [.., before_day, day, time, year] = words.as_slice() else { return None };
    let day: i8 = day.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
    let month = month(before_day)?;
    let date = jiff::civil::Date::new(year.parse().ok()?, month, day).ok()?;
    Some(date.to_datetime(time.parse().ok()?))
}

/// A month by its name in a language that dmesg was seen in, or by its number.
fn month(word: &str) -> Option<i8> {
    const NAMES: [&[&str]; 12] = [
        &["jan", "ene", "gen", "janv", "led", "sty", "янв"],
        &["feb", "fév", "févr", "úno", "lut", "фев", "fev"],
        &["mar", "mär", "mars", "mrt", "bře", "мар", "mrz"],
        &["apr", "abr", "avr", "avril", "dub", "kwi", "апр"],
        &["may", "mai", "mag", "mei", "maj", "kvě", "мая", "mayo"],
        &["jun", "juin", "giu", "čen", "cze", "июн", "juni"],
        &["jul", "juil", "lug", "čec", "lip", "июл", "juli"],
        &["aug", "ago", "août", "srp", "sie", "авг"],
        &["sep", "set", "sept", "zář", "wrz", "сен"],
        &["oct", "okt", "ott", "říj", "paź", "окт", "out"],
        &["nov", "lis", "ноя"],
        &["dec", "dez", "dic", "déc", "pro", "gru", "дек"],
    ];
    let word = word.trim_end_matches(['.', '月', '월']).to_lowercase();
    if let Ok(number) = word.parse() {
        return Some(number);
    }
    let exact = NAMES.iter().position(|names| names.contains(&word.as_str()));
    let close = || NAMES.iter().position(|names| names.iter().any(|name| word.starts_with(name)));
    exact.or_else(close).and_then(|index| i8::try_from(index + 1).ok())
}

fn month_day_time(text: &str) -> Option<(i8, i8, jiff::civil::Time)> {
    let mut words = text.split_whitespace();
    let month = month(words.next()?)?;
    let day = words.next()?.parse().ok()?;
    Some((month, day, words.next()?.parse().ok()?))
}

fn logcat(text: &str) -> Option<(i8, i8, jiff::civil::Time)> {
    let (date, time) = text.trim().split_once(' ')?;
    let (month, day) = date.split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?, time.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn clock() -> Clock {
        Clock::new("2026-03-01T12:00:00Z".parse().unwrap(), TimeZone::UTC)
    }

    fn check(stamp: fn(Cow<'static, [u8]>) -> WallStamp<'static>, text: &'static str, at: &str) {
        let read = clock().read(&stamp(Cow::Borrowed(text.as_bytes())));
        assert_eq!(read.map(|moment| moment.at.to_string()).as_deref(), Some(at), "{text}");
    }

    #[test]
    fn stamps_with_a_year_are_read() {
        check(WallStamp::Iso, "2022-05-10T15:45:51.5+08:00", "2022-05-10T15:45:51.5+08:00");
        check(WallStamp::Iso, "2022-05-10T15:45:51,123456+0200", "2022-05-10T15:45:51.123456+02:00");
        check(WallStamp::Iso, "2022-05-10 15:45:51", "2022-05-10T15:45:51+00:00");
        check(WallStamp::Ctime, "Tue May 10 15:45:51 2022", "2022-05-10T15:45:51+00:00");
        check(WallStamp::Ctime, "Di Aug 12 03:54:03 2025", "2025-08-12T03:54:03+00:00");
        check(WallStamp::Ctime, "月  1月 26 01:49:41 2026", "2026-01-26T01:49:41+00:00");
    }

    #[test]
    fn a_missing_year_is_the_latest_that_is_not_to_come() {
        check(WallStamp::Rfc3164, "Feb 28 01:02:03", "2026-02-28T01:02:03+00:00");
        check(WallStamp::Rfc3164, "Dec 31 23:59:59.250", "2025-12-31T23:59:59.25+00:00");
        check(WallStamp::Rfc3164, "Feb 29 00:00:00", "2024-02-29T00:00:00+00:00");
        check(WallStamp::Logcat, "05-10 15:45:51.123", "2025-05-10T15:45:51.123+00:00");
    }

    #[test]
    fn other_dates_in_the_log_give_the_year() {
        let mut clock = clock();
        clock.look_for_days(b"2022-05-10 15:45:04.946 - INFO, id 12022-05-109");
        let moment = clock.read(&WallStamp::Rfc3164(Cow::Borrowed(b"May 10 15:45:51"))).unwrap();
        assert_eq!(moment.at.to_string(), "2022-05-10T15:45:51+00:00");
        assert!(moment.note.unwrap().contains("other dates"));
    }

    #[test]
    fn what_a_stamp_does_not_tell_is_said() {
        let assumed = |stamp: WallStamp<'_>| clock().read(&stamp).map(|moment| moment.assumed).unwrap();
        let text = |text: &'static str| Cow::Borrowed(text.as_bytes());
        for (stamp, year, zone) in [
            (WallStamp::UnixMicros(1_652_197_551_000_000), false, false),
            (WallStamp::Iso(text("2022-05-10T15:45:51Z")), false, false),
            (WallStamp::Iso(text("2022-05-10T15:45:51+0200")), false, false),
            (WallStamp::Iso(text("2022-05-10 15:45:51")), false, true),
            (WallStamp::Ctime(text("Tue May 10 15:45:51 2022")), false, true),
            (WallStamp::Rfc3164(text("May 10 15:45:51")), true, true),
        ] {
            assert_eq!(assumed(stamp.clone()), Assumed { year, zone }, "{stamp:?}");
        }
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in ["", "May", "Foo 10 15:45:51", "May 32 15:45:51", "May 10 25:61:00", "99-99 x"] {
            let stamp = WallStamp::Rfc3164(Cow::Borrowed(text.as_bytes()));
            assert_eq!(clock().read(&stamp), None, "{text}");
        }
    }
}
