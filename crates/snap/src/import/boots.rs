//! Boots: which boot a moment belongs to, and where it lies in that.

use jiff::Timestamp;

use super::Tool;
use crate::snapshot::{BootClock, BootId, Moment};

/// How far apart two recordings may see the beginning of one boot, in microseconds: both round to seconds.
const NEAR: u64 = 2_000_000;

/// A boot with a made-up name.
#[derive(Debug)]
struct Boot {
    id: BootId,
    /// When it began, in microseconds since 1970; 0 where that is not known, so that its clock is the wall's.
    began: i64,
    /// The first moment of it that is known.
    first: i64,
}

/// The boots that are known, of the store and of what was read so far.
#[derive(Debug, Default)]
pub(super) struct Boots(Vec<Boot>);

impl Boots {
    /// Learns of a moment that the store has.
    pub(super) fn learn(&mut self, moment: &Moment) {
        let at = moment.at().instant().as_microsecond();
        let began = at.saturating_sub(moment.boot_clock.micros().cast_signed());
        self.see(&moment.boot_id, began, at);
    }

    fn see(&mut self, id: &BootId, began: i64, at: i64) {
        match self.0.iter_mut().find(|boot| boot.id == *id) {
            Some(boot) => boot.first = boot.first.min(at),
            None => self.0.push(Boot { id: id.clone(), began, first: at }),
        }
    }

    /// Says where a moment of a host lies.
    ///
    /// Where the recording does not tell when the boot began, it goes on the last one that is known to have
    /// begun before.
    pub(super) fn place(
        &mut self,
        (tool, host): (Tool, &str),
        booted: Option<Timestamp>,
        at: Timestamp,
    ) -> (BootId, BootClock) {
        let prefix = format!("{}:{host}:", tool.name());
        let micros = at.as_microsecond();
        let of_host = self.0.iter().filter(|boot| boot.id.as_bytes().starts_with(prefix.as_bytes()));
        let found = match booted.map(Timestamp::as_microsecond) {
            Some(began) => of_host
                .filter(|boot| boot.began.abs_diff(began) <= NEAR)
                .min_by_key(|boot| boot.began.abs_diff(began)),
            None => of_host.filter(|boot| boot.first <= micros).max_by_key(|boot| boot.first),
        };
        let (id, began) = found.map_or_else(
            || {
                let when = booted.map_or_else(|| "boot-unknown".into(), |booted| booted.to_string());
                (
                    BootId::new(format!("{prefix}{when}").as_bytes()),
                    booted.map_or(0, Timestamp::as_microsecond),
                )
            },
            |boot| (boot.id.clone(), boot.began),
        );
        self.see(&id, began, micros);
        let clock = u64::try_from(micros.saturating_sub(began)).unwrap_or(0);
        (id, BootClock::from_micros(clock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_find_their_boot() {
        let mut boots = Boots::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut place = |booted: Option<i64>, second| {
            let (id, clock) = boots.place((Tool::Atop, "vm"), booted.map(at), at(second));
            (id.to_string(), clock.micros() / 1_000_000)
        };
        let known = "atop:vm:1970-01-12T13:46:40Z";
        for (booted, second, expected) in [
            // Nothing is known before: the wall clock has to do.
            (None, 900_000, ("atop:vm:boot-unknown", 900_000)),
            (Some(1_000_000), 1_000_600, (known, 600)),
            // The same boot, seen a second later.
            (Some(1_000_001), 1_000_900, (known, 900)),
            // A recording without its beginning goes on what was there before.
            (None, 1_001_000, (known, 1_000)),
            (None, 950_000, ("atop:vm:boot-unknown", 950_000)),
            (Some(1_100_000), 1_100_060, ("atop:vm:1970-01-13T17:33:20Z", 60)),
        ] {
            assert_eq!(place(booted, second), (expected.0.to_owned(), expected.1), "{booted:?} {second}");
        }
    }
}
