//! Times: how often something happened when, in bounded memory and whatever order it is told in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use oomkit_core::{document::Timeline, units::WallTime};

/// The steps of a timeline at most.
const STEPS: i64 = 60;
/// How long a step may be, in seconds: as people count time.
const LENGTHS: &[(i64, &str)] = &[
    (1, "1 second"),
    (5, "5 seconds"),
    (15, "15 seconds"),
    (60, "1 minute"),
    (300, "5 minutes"),
    (900, "15 minutes"),
    (3600, "1 hour"),
    (4 * 3600, "4 hours"),
    (12 * 3600, "12 hours"),
    (86_400, "1 day"),
    (7 * 86_400, "1 week"),
    (28 * 86_400, "4 weeks"),
    (364 * 86_400, "52 weeks"),
    (36_400 * 86_400, "5200 weeks"),
];

/// Counts of moments by step; the steps grow longer with the span.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    length: usize,
    counts: BTreeMap<i64, u64>,
    first: Option<WallTime>,
}

impl Times {
    /// Counts a moment.
    pub(super) fn take(&mut self, at: WallTime) {
        self.first.get_or_insert(at);
        *self.counts.entry(self.step(at.instant().as_second())).or_default() += 1;
        while STEPS < self.span() && self.length + 1 < LENGTHS.len() {
            let seconds = self.seconds();
            self.length += 1;
            for (step, count) in std::mem::take(&mut self.counts) {
                *self.counts.entry(self.step(step * seconds)).or_default() += count;
            }
        }
    }

    fn seconds(&self) -> i64 {
        LENGTHS.get(self.length).map_or(1, |(seconds, _)| *seconds)
    }

    fn step(&self, second: i64) -> i64 {
        second.div_euclid(self.seconds())
    }

    fn span(&self) -> i64 {
        let first = self.counts.first_key_value().map_or(0, |(step, _)| *step);
        self.counts.last_key_value().map_or(0, |(step, _)| *step - first + 1)
    }

    /// Returns the counts as a timeline; `None` where they all fall into one step.
    pub(super) fn timeline(&self, what: &str) -> Option<Timeline> {
        let (first, last) = (*self.counts.first_key_value()?.0, *self.counts.last_key_value()?.0);
        let like = self.first?;
        let (_, step) = LENGTHS.get(self.length)?;
        let moment = |step: i64| {
            let at = Timestamp::from_second(step * self.seconds()).ok()?;
            Some(like.at(at).to_string())
        };
        // Of the longest steps there may be more than fit, and stamps may be wild.
        let steps = (first..=last).take(usize::try_from(STEPS * 4).ok()?);
        (first < last).then(|| Timeline {
            from: moment(first).unwrap_or_default(),
            to: moment(last + 1).unwrap_or_default(),
            step: (*step).to_owned(),
            what: what.to_owned(),
            counts: steps.map(|step| self.counts.get(&step).copied().unwrap_or(0)).collect(),
        })
    }
}
