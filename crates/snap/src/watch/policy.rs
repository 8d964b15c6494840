//! Policy: when a snapshot is due; the regular ones, and those that trouble asks for.
//!
//! Times are since some start, so that a test can make them up.

use std::time::Duration;

use crate::snapshot::Reason;

/// How long trouble waits for its snapshot; one that comes later would show something else.
const FRESH: Duration = Duration::from_secs(5);

/// How often snapshots are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// How far apart regular snapshots are.
    pub every: Duration,
    /// How far a snapshot that trouble asks for is from the one before, at least.
    pub apart: Duration,
    /// How many of them may follow one another before they become fewer.
    pub burst: u32,
    /// The time in which one more of them may be taken.
    pub refill: Duration,
}

impl Rates {
    /// Takes the distance of regular snapshots, and how many more may follow one another.
    ///
    /// These are a second apart; beyond the burst there is one for each minute. So trouble that begins
    /// is seen in each of its first seconds, and trouble that lasts does not fill the disk.
    #[must_use]
    pub const fn new(every: Duration, burst: u32) -> Self {
        Self { every, apart: Duration::from_secs(1), burst, refill: Duration::from_mins(1) }
    }
}

/// Decides when a snapshot is due.
#[derive(Clone, Debug)]
pub struct Policy {
    rates: Rates,
    /// When the next regular one is due.
    regular: Duration,
    last: Option<Duration>,
    /// How many may still be asked for by trouble.
    left: u32,
    /// Since when the next of these is on its way.
    refilled: Duration,
    pending: Option<(Reason, Duration)>,
}

impl Policy {
    /// Starts with a regular snapshot that is due now.
    #[must_use]
    pub const fn new(rates: Rates, now: Duration) -> Self {
        Self { rates, regular: now, last: None, left: rates.burst, refilled: now, pending: None }
    }

    /// Takes note of trouble; of several kinds, the one that weighs most stands for all.
    pub fn notice(&mut self, reason: Reason, now: Duration) {
        let reason = match self.pending.take() {
            Some((before, at)) if !is_stale(at, now) && reason.cause <= before.cause => before,
            _ => reason,
        };
        self.pending = Some((reason, now));
    }

    /// Returns whether a snapshot is due, and why if it is no regular one; it counts as taken then.
    ///
    /// A regular one that falls together with trouble names the trouble.
    pub fn due(&mut self, now: Duration) -> Option<Option<Reason>> {
        self.refill(now);
        let pending = self.pending.take().filter(|(_, at)| !is_stale(*at, now));
        if self.regular <= now {
            // What a slow snapshot or a host that slept has missed is not made up for.
            while self.regular <= now {
                self.regular += self.rates.every;
            }
            self.last = Some(now);
            return Some(pending.map(|(reason, _)| reason));
        }
        let is_apart = self.last.is_none_or(|last| last + self.rates.apart <= now);
        if is_apart
            && 0 < self.left
            && let Some((reason, _)) = pending
        {
            self.left -= 1;
            self.last = Some(now);
            return Some(Some(reason));
        }
        self.pending = pending;
        None
    }

    /// Returns how long nothing can be due, unless trouble is noticed.
    #[must_use]
    pub fn wait(&self, now: Duration) -> Duration {
        let pending = self.pending.as_ref().filter(|_| 0 < self.left);
        let apart = pending.map(|_| self.last.map_or(now, |last| last + self.rates.apart));
        apart.map_or(self.regular, |apart| apart.min(self.regular)).saturating_sub(now)
    }

    fn refill(&mut self, now: Duration) {
        while self.left < self.rates.burst && self.refilled + self.rates.refill <= now {
            self.refilled += self.rates.refill;
            self.left += 1;
        }
        if self.left == self.rates.burst {
            self.refilled = now;
        }
    }
}

const fn is_stale(at: Duration, now: Duration) -> bool {
    FRESH.as_nanos() < now.saturating_sub(at).as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{name::Name, snapshot::Cause};

    /// Lets time pass in steps of a tenth of a second, and returns when snapshots were taken, and why.
    fn run(rates: Rates, seconds: u64, trouble: impl Fn(u64) -> Option<Cause>) -> Vec<(u64, Option<Cause>)> {
        let mut policy = Policy::new(rates, Duration::ZERO);
        let mut taken = Vec::new();
        for tenth in 0..seconds * 10 {
            let now = Duration::from_millis(tenth * 100);
            if let Some(cause) = trouble(tenth) {
                policy.notice(cause.into(), now);
            }
            if let Some(reason) = policy.due(now) {
                taken.push((tenth, reason.map(|reason| reason.cause)));
            }
        }
        taken
    }

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn without_trouble_there_are_only_regular_ones() {
        let taken = run(Rates::new(MINUTE, 30), 200, |_| None);
        assert_eq!(taken, [(0, None), (600, None), (1200, None), (1800, None)]);
    }

    #[test]
    fn trouble_is_seen_at_once_and_each_second_and_then_ever_less() {
        let trouble = |tenth: u64| (305..1_400).contains(&tenth).then_some(Cause::Pressure);
        let taken = run(Rates::new(MINUTE, 5), 150, trouble);
        let pressure = Some(Cause::Pressure);
        let expected = [
            (0, None),
            (305, pressure),
            (315, pressure),
            (325, pressure),
            (335, pressure),
            (345, pressure),
            // A regular one costs nothing of the burst.
            (600, pressure),
            // One more for the minute that has passed.
            (905, pressure),
            (1200, pressure),
        ];
        assert_eq!(taken, expected);
    }

    #[test]
    fn no_minute_has_more_than_the_burst_and_what_came_in_meanwhile() {
        let taken = run(Rates::new(MINUTE, 30), 3_600, |_| Some(Cause::Limit));
        assert!(taken.len() <= 60 + 30 + 60, "{}", taken.len());
        for (start, _) in &taken {
            let within = taken.iter().filter(|(at, _)| (*start..start + 600).contains(at)).count();
            assert!(within <= 32, "{within} in the minute from {start}");
        }
        let apart = taken.windows(2).filter(|pair| pair[1].0 - pair[0].0 < 10 && pair[1].0 % 600 != 0);
        assert_eq!(apart.count(), 0);
    }

    #[test]
    fn the_heaviest_trouble_stands_for_all_and_none_waits_for_long() {
        let mut policy = Policy::new(Rates::new(MINUTE, 1), Duration::ZERO);
        let at = |tenths: u64| Duration::from_millis(tenths * 100);
        let kill = Reason { cause: Cause::Kill, cgroup: Some(Name::from("/a")) };
        assert_eq!(policy.due(at(0)), Some(None));
        policy.notice(Cause::Pressure.into(), at(1));
        assert_eq!((policy.due(at(1)), policy.wait(at(1))), (None, at(9)));
        policy.notice(kill.clone(), at(2));
        policy.notice(Cause::Limit.into(), at(3));
        assert_eq!(policy.due(at(10)), Some(Some(kill)));
        // The burst is used up, and what has to wait for longer than it is news is let go.
        policy.notice(Cause::Limit.into(), at(30));
        assert_eq!((policy.due(at(30)), policy.wait(at(30))), (None, at(570)));
        assert_eq!(policy.due(at(600)), Some(None));
    }
}
