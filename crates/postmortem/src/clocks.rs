//! Clocks: where a moment of a kernel log lies among the snapshots of a store.
//!
//! Snapshots keep three clocks of each moment, a line of a log has one or two of them. The kernel's
//! clock joins exactly, but begins anew with each boot; the wall clock tells boots apart, but may have
//! been set, and a log may not say in which zone it was written.

use oomkit_core::units::{SinceBoot, WallTime};
use oomkit_snap::{
    snapshot::{BootClock, BootId, Moment},
    store::Entry,
};
use schemars::JsonSchema;
use serde::Serialize;

/// When a log says that something happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamp {
    /// On the kernel's clock.
    pub(crate) since_boot: Option<SinceBoot>,
    /// On the wall clock.
    pub(crate) at: Option<WallTime>,
    /// Whether the log does not tell the zone of its wall clock.
    pub(crate) zone_assumed: bool,
}

/// By which clocks a moment was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Clock {
    /// By the kernel's clock, and the wall clock agrees.
    Both,
    /// By the kernel's clock; the wall clock of the log is off by this, as by a zone that it does not name.
    KernelAndOffset {
        /// How far the wall clock of the log lies behind that of the store, in seconds.
        seconds: i64,
    },
    /// By the kernel's clock alone: the log has no other, and only one boot of the store was that long.
    KernelAlone,
    /// By the wall clock alone: the log or the snapshots have no other.
    WallAlone,
}

/// Where a moment lies among the snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Join {
    /// The boot.
    pub(crate) boot: BootId,
    /// The moment, on the clock that orders snapshots.
    pub(crate) at: BootClock,
    /// By which clocks it was found.
    pub(crate) clock: Clock,
}

/// Why a moment lies in no boot of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Apart {
    /// The store has no snapshots.
    NoSnapshots,
    /// The store is that of another host.
    OtherHost,
    /// The log does not say when it was.
    NoTime,
    /// No boot of the store was running then.
    OtherBoot,
    /// Several boots may have been running then.
    SeveralBoots,
}

/// How far wall clocks may lie apart and still agree, in microseconds: a log is written a little later.
const AGREES: u64 = 120 * 1_000_000;

/// How long after its last snapshot a boot may still have been running, in microseconds.
const AFTERWARDS: u64 = 6 * 3_600 * 1_000_000;

/// Zones differ by whole quarters of an hour, and by less than a day and a half from end to end.
const QUARTER: i64 = 15 * 60 * 1_000_000;
const FARTHEST: i64 = 26 * 3_600 * 1_000_000;

/// Finds where a moment lies; entries come in the order of the store.
pub(crate) fn join(entries: &[Entry], stamp: Stamp) -> Result<Join, Apart> {
    let boots: Vec<&[Entry]> =
        entries.chunk_by(|one, next| one.moment.boot_id == next.moment.boot_id).collect();
    if boots.is_empty() {
        return Err(Apart::NoSnapshots);
    }
    // A boot has ended when the next one begins.
    let ends = boots.iter().skip(1).map(|boot| boot.first().map(|entry| micros(&entry.moment)));
    let boots = boots.iter().zip(ends.chain([None]));
    let found: Vec<Join> = boots.filter_map(|(boot, end)| join_to(boot, end, stamp)).collect();
    match (found.as_slice(), stamp.since_boot.is_some() || stamp.at.is_some()) {
        (_, false) => Err(Apart::NoTime),
        ([], _) => Err(Apart::OtherBoot),
        ([only], _) => Ok(only.clone()),
        (several, _) => {
            // Clocks that agree say more than one that could fit.
            let mut sure = several.iter().filter(|join| join.clock == Clock::Both);
            match (sure.next(), sure.next()) {
                (Some(join), None) => Ok(join.clone()),
                _ => Err(Apart::SeveralBoots),
            }
        }
    }
}

/// Finds the moment in one boot, which had ended at `end` of the wall clock.
fn join_to(boot: &[Entry], end: Option<i64>, stamp: Stamp) -> Option<Join> {
    let (first, last) = (&boot.first()?.moment, &boot.last()?.moment);
    let at = |clock| {
        let nearest = nearest(boot, stamp)?;
        Some(Join { boot: first.boot_id.clone(), at: boot_clock(nearest, stamp)?, clock })
    };
    // Snapshots that another tool recorded have no kernel's clock either.
    let of_kernel = stamp.since_boot.zip(first.since_boot).zip(last.since_boot);
    let Some(((since_boot, began), ended)) = of_kernel else {
        let wall = stamp.at?.instant().as_microsecond();
        let end = end.unwrap_or(i64::MAX).min(micros(last).saturating_add_unsigned(AFTERWARDS));
        let is_within = micros(first) <= wall && wall <= end.max(micros(last));
        return is_within.then(|| at(Clock::WallAlone)).flatten();
    };
    // Before the first snapshot the boot was running too, but nothing is known of it.
    let is_within = began <= since_boot && since_boot.micros().saturating_sub(ended.micros()) <= AFTERWARDS;
    if !is_within {
        return None;
    }
    let Some(written) = stamp.at else { return at(Clock::KernelAlone) };
    let nearest = nearest(boot, stamp)?;
    let passed =
        i64::try_from(since_boot.micros()).ok()? - i64::try_from(nearest.since_boot?.micros()).ok()?;
    let off = micros(nearest).saturating_add(passed).saturating_sub(written.instant().as_microsecond());
    if off.unsigned_abs() <= AGREES {
        return at(Clock::Both);
    }
    let rest = off.rem_euclid(QUARTER);
    // A log that names its zone is not off by one.
    let is_zone =
        stamp.zone_assumed && rest.min(QUARTER - rest).unsigned_abs() <= AGREES / 4 && off.abs() <= FARTHEST;
    is_zone.then(|| at(Clock::KernelAndOffset { seconds: off / 1_000_000 })).flatten()
}

/// Returns the snapshot that lies nearest to a moment, on the kernel's clock if that is known.
fn nearest(boot: &[Entry], stamp: Stamp) -> Option<&Moment> {
    let distance = |moment: &Moment| match (stamp.since_boot, moment.since_boot, stamp.at) {
        (Some(one), Some(other), _) => Some(one.distance_micros(other)),
        (None, _, Some(at)) | (_, None, Some(at)) => {
            Some(at.instant().as_microsecond().abs_diff(micros(moment)))
        }
        _ => None,
    };
    boot.iter()
        .map(|entry| &entry.moment)
        .filter_map(|moment| Some((distance(moment)?, moment)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, moment)| moment)
}

/// Returns a moment on the clock of snapshots, seen from one of them.
pub(crate) fn boot_clock(near: &Moment, stamp: Stamp) -> Option<BootClock> {
    let passed = match (stamp.since_boot, near.since_boot, stamp.at) {
        (Some(moment), Some(near), _) => {
            i64::try_from(moment.micros()).ok()?.checked_sub(i64::try_from(near.micros()).ok()?)?
        }
        (_, _, Some(at)) => at.instant().as_microsecond().checked_sub(micros(near))?,
        _ => return None,
    };
    Some(BootClock::from_micros(near.boot_clock.micros().saturating_add_signed(passed)))
}

fn micros(moment: &Moment) -> i64 {
    moment.at().instant().as_microsecond()
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};
    use oomkit_snap::store::SnapshotId;

    use super::*;

    /// An hour of snapshots, one each minute; the machine slept for 50 s before the first of them.
    fn boot(id: &str, starts: i64) -> Vec<Entry> {
        let entry = |minute: i64| {
            let seconds = 100 + minute * 60;
            let micros = |seconds: i64| u64::try_from(seconds * 1_000_000).unwrap();
            Entry {
                id: SnapshotId::new(minute),
                moment: Moment::new(
                    BootId::new(id.as_bytes()),
                    BootClock::from_micros(micros(seconds + 50)),
                    Some(SinceBoot::from_micros(micros(seconds))),
                    Timestamp::from_second(starts + seconds).unwrap(),
                    Offset::UTC,
                ),
                reason: None,
                cut: false,
            }
        };
        (0..60).map(entry).collect()
    }

    fn stamp(since_boot: Option<u64>, at: Option<i64>) -> Stamp {
        Stamp {
            since_boot: since_boot.map(|seconds| SinceBoot::from_micros(seconds * 1_000_000)),
            at: at.map(|seconds| WallTime::new(Timestamp::from_second(seconds).unwrap(), Offset::UTC)),
            zone_assumed: true,
        }
    }

    #[test]
    fn a_kill_is_found_by_the_clocks_that_its_log_has() {
        let (one, two) = (1_000_000, 2_000_000);
        let entries = [boot("one", one), boot("two", two)].concat();
        let at = |seconds: u64| BootClock::from_micros(seconds * 1_000_000);
        for (stamp, expected) in [
            (stamp(Some(730), Some(two + 730)), Ok(("two", at(780), Clock::Both))),
            (stamp(Some(730), Some(one + 731)), Ok(("one", at(780), Clock::Both))),
            (
                stamp(Some(730), Some(two + 730 + 8 * 3600)),
                Ok(("two", at(780), Clock::KernelAndOffset { seconds: -8 * 3600 })),
            ),
            (stamp(None, Some(one + 731)), Ok(("one", at(781), Clock::WallAlone))),
            (stamp(Some(730), None), Err(Apart::SeveralBoots)),
            (stamp(Some(50), Some(one + 50)), Err(Apart::OtherBoot)),
            (stamp(Some(730), Some(9_000_000)), Err(Apart::OtherBoot)),
            (stamp(None, None), Err(Apart::NoTime)),
        ] {
            let expected =
                expected.map(|(boot, at, clock)| Join { boot: BootId::new(boot.as_bytes()), at, clock });
            assert_eq!(join(&entries, stamp), expected, "{stamp:?}");
        }
        let zoned = Stamp { zone_assumed: false, ..stamp(Some(730), Some(two + 730 + 8 * 3600)) };
        assert_eq!(join(&entries, zoned), Err(Apart::OtherBoot));
        // What another tool recorded has the wall clock only.
        let mut recorded = boot("one", one);
        for entry in &mut recorded {
            entry.moment.since_boot = None;
        }
        let expected = Join { boot: BootId::new(b"one"), at: at(781), clock: Clock::WallAlone };
        assert_eq!(join(&recorded, stamp(Some(50), Some(one + 731))), Ok(expected));
        assert_eq!(join(&recorded, stamp(Some(50), None)), Err(Apart::OtherBoot));
        let alone = boot("one", one);
        let expected = Join { boot: BootId::new(b"one"), at: at(780), clock: Clock::KernelAlone };
        assert_eq!(join(&alone, stamp(Some(730), None)), Ok(expected));
        assert_eq!(join(&[], stamp(Some(730), None)), Err(Apart::NoSnapshots));
    }
}
