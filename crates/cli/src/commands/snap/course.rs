//! Course: what the machine held before and after a moment, as a curve.

use oomkit_core::{document::Chart, units::Bytes};
use oomkit_snap::{
    curve,
    facts::RisingCount,
    snapshot::{BootClock, Moment},
    store::{Sample, Store},
    trend::Point,
};

use crate::failure::Failure;

/// How long before and after a moment is drawn, in microseconds.
const BEFORE: u64 = 3 * 3_600_000_000;
const AFTER: u64 = 1_800_000_000;

/// Draws what the machine held around a moment; `None` where it was not looked at twice.
pub(super) fn chart(store: &Store, moment: &Moment) -> Result<Option<Chart>, Failure> {
    let mut course = Course::around(moment);
    let read = store.samples_between(&moment.boot_id, span(moment), |sample| course.take(&sample));
    read.map_err(|error| Failure::store(&error))?;
    Ok(course.chart())
}

/// Returns the first and the last moment that are drawn.
const fn span(moment: &Moment) -> (BootClock, BootClock) {
    let middle = moment.boot_clock.micros();
    let from = BootClock::from_micros(middle.saturating_sub(BEFORE));
    (from, BootClock::from_micros(middle.saturating_add(AFTER)))
}

struct Course<'a> {
    moment: &'a Moment,
    points: Vec<Point>,
    whole: Option<Bytes>,
    kills: RisingCount,
    moments: Vec<(BootClock, String)>,
}

impl<'a> Course<'a> {
    fn around(moment: &'a Moment) -> Self {
        Self { moment, points: Vec::new(), whole: None, kills: RisingCount::default(), moments: Vec::new() }
    }

    fn take(&mut self, sample: &Sample) {
        let at = &sample.entry.moment.boot_clock;
        let rise = self.kills.rise_to(sample.oom_kills);
        // The one before the span only tells what had been counted until then.
        if *at < span(self.moment).0 {
            return;
        }
        self.moments.extend(rise.map(|kills| match kills {
            1 => (*at, "1 OOM kill".into()),
            kills => (*at, format!("{kills} OOM kills")),
        }));
        if let (Some(whole), Some(available)) = (sample.total, sample.available) {
            self.whole = Some(whole);
            self.points
                .push(Point { at: *at, size: Bytes::new(whole.get().saturating_sub(available.get())) });
        }
    }

    fn chart(mut self) -> Option<Chart> {
        let at = self.moment.boot_clock;
        // The newest one stands at the end anyway.
        if self.points.last().is_some_and(|last| at < last.at) {
            self.moments.push((at, "this snapshot".into()));
            self.moments.sort_by_key(|(at, _)| *at);
        }
        curve::chart("What the machine held", &[self.points], self.whole, &self.moments, self.moment)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};
    use oomkit_snap::{
        snapshot::BootId,
        store::{Entry, SnapshotId},
    };

    use super::*;

    fn sample(hours: u64, available: Option<u64>, oom_kills: Option<u64>) -> Sample {
        let clock = BootClock::from_micros(hours * 3_600_000_000);
        let at = Timestamp::from_second(1_652_168_760).unwrap();
        let moment = Moment::new(BootId::new(b"a"), clock, None, at, Offset::UTC);
        let entry = Entry { id: SnapshotId::new(1), moment, reason: None, cut: false };
        Sample { entry, total: Some(Bytes::new(100)), available: available.map(Bytes::new), oom_kills }
    }

    #[test]
    fn a_course_has_its_hours_and_its_kills() {
        let samples = [
            sample(1, Some(99), Some(1)),
            sample(8, Some(80), Some(4)),
            sample(9, None, None),
            sample(10, Some(20), Some(6)),
        ];
        let moment = &samples[3].entry.moment;
        let mut course = Course::around(moment);
        samples.iter().for_each(|sample| course.take(sample));
        let chart = course.chart().unwrap();
        assert_eq!(chart.pieces, [vec![(0.0, 0.2), (1.0, 0.8)]]);
        let kills = [(0.0, "3 OOM kills".to_owned()), (1.0, "2 OOM kills".to_owned())];
        assert_eq!(chart.moments, kills);
        assert_eq!(chart.marks[0].share, 1.0);
        assert!(Course::around(moment).chart().is_none());
    }
}
