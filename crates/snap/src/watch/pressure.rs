//! Pressure: noticing when tasks have to wait for memory.
//!
//! Source: Documentation/accounting/psi.rst of the kernel. A trigger is written into the file, and the
//! kernel wakes whoever polls it, once in a window at most. Without `CAP_SYS_RESOURCE` windows are
//! multiples of two seconds (since Linux 6.5; before, triggers are refused).
//!
//! The sum of the time that tasks waited is looked at each second as well. Where there can be no
//! trigger, it is all there is; and it tells which events to believe: the first ones of a trigger
//! without that right may tell of nothing, since the kernel begins its window with a sum that nobody
//! keeps for it (seen with Linux 6.18).

use std::{
    collections::VecDeque,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    time::Duration,
};

use oomkit_core::reading::Reading;
use oomkit_host::{Host, tree::Tree};
use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

use crate::{kernel::pressure, snapshot::Percent};

/// The windows that are tried: the first for those who may, the second for everybody else.
const WINDOWS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
/// By how much a look may come early and still be one of its second.
const EARLY: Duration = Duration::from_millis(100);

/// How pressure is noticed.
#[derive(Debug)]
pub(super) struct Pressure {
    /// The share of a window that is trouble.
    share: Percent,
    window: Duration,
    /// What the kernel wakes, where it takes a trigger.
    trigger: Option<OwnedFd>,
    /// How long tasks had waited, and when that was, the oldest first; a window and little more.
    sums: VecDeque<(Duration, Duration)>,
}

/// Says what could not be had of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The kernel takes no trigger from this program, so that pressure is looked at each second.
    PressureIsAsked,
    /// The kernel does not tell how long tasks wait for memory.
    NoPressure,
}

impl Pressure {
    /// Asks to be told when some task waits for this share of a window; with a remark where that cannot be.
    pub(super) fn watch<T: Tree>(host: &Host<T>, share: Percent) -> (Self, Option<Remark>) {
        let told = WINDOWS.into_iter().find_map(|window| Some((trigger(share, window).ok()?, window)));
        if let Some((trigger, window)) = told {
            return (Self { window, trigger: Some(trigger), ..Self::asked(share) }, None);
        }
        let remark = match host.pressure() {
            Reading::Known(_) => Remark::PressureIsAsked,
            _ => Remark::NoPressure,
        };
        (Self::asked(share), Some(remark))
    }

    const fn asked(share: Percent) -> Self {
        Self { share, window: Duration::from_secs(1), trigger: None, sums: VecDeque::new() }
    }

    /// Returns what the kernel wakes.
    pub(super) fn file(&self) -> Option<BorrowedFd<'_>> {
        self.trigger.as_ref().map(|file| file.as_fd())
    }

    /// Lets go of a trigger that the kernel has removed: its file would be ready for ever.
    pub(super) fn is_gone(&mut self) {
        self.trigger = None;
    }

    /// Looks, and returns whether tasks waited for the share of the last window.
    pub(super) fn look<T: Tree>(&mut self, host: &Host<T>, now: Duration) -> bool {
        let Some(total) = total(host) else { return false };
        let is_trouble = self.wanted() <= self.waited(total, now);
        // The last one that is a window old is what the next look is compared with.
        while self.sums.get(1).is_some_and(|(at, _)| *at + self.window <= now) {
            self.sums.pop_front();
        }
        self.sums.push_back((now, total));
        is_trouble
    }

    /// Returns whether to believe the kernel when it tells of pressure.
    ///
    /// It estimates what was within the window, so half of the share is enough.
    pub(super) fn believes<T: Tree>(&self, host: &Host<T>, now: Duration) -> bool {
        total(host).is_some_and(|total| self.wanted() / 2 <= self.waited(total, now))
    }

    /// Returns how long tasks may wait within a window.
    fn wanted(&self) -> Duration {
        let share = u32::try_from(self.share.hundredths()).unwrap_or(u32::MAX);
        (self.window * share / 10_000).max(Duration::from_micros(1))
    }

    /// Returns how long tasks have waited since the last look that is a window old, or the first of all.
    fn waited(&self, total: Duration, now: Duration) -> Duration {
        let is_old = |(at, _): &&(Duration, Duration)| *at + self.window <= now + EARLY;
        let base = self.sums.iter().rev().find(is_old).or_else(|| self.sums.front());
        base.map_or(Duration::ZERO, |(_, before)| total.saturating_sub(*before))
    }
}

fn total<T: Tree>(host: &Host<T>) -> Option<Duration> {
    host.pressure().known()?.some.map(|stall| stall.total)
}

fn trigger(share: Percent, window: Duration) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(CWD, pressure::FILE, flags, Mode::empty())?;
    rustix::io::write(&file, &pressure::trigger(share, window))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use oomkit_host::tree::Capture;

    use super::*;

    fn host(total: u64) -> Host<Capture> {
        let text =
            format!("//- /proc/pressure/memory\nsome avg10=0.00 avg60=0.00 avg300=0.00 total={total}\n");
        Host::over(Capture::new(text.into_bytes()).unwrap())
    }

    #[test]
    fn what_tasks_waited_within_a_window_is_held_against_the_share() {
        let mut pressure = Pressure::asked(Percent::from_hundredths(1_500));
        for (millis, total, expected) in [
            // What was before the first look is long past.
            (0, 7_000_000, false),
            (1_000, 7_149_999, false),
            (2_000, 7_299_999, true),
            (3_000, 7_300_000, false),
            // A look that comes early is one of its second.
            (3_950, 7_450_000, true),
            (5_000, 7_450_000, false),
        ] {
            let is_trouble = pressure.look(&host(total), Duration::from_millis(millis));
            assert_eq!(is_trouble, expected, "{millis} {total}");
            assert!(pressure.sums.len() <= 3, "{:?}", pressure.sums);
        }
        let nothing = Host::over(Capture::new(b"//- /proc/meminfo\nx\n".to_vec()).unwrap());
        assert!(!pressure.look(&nothing, Duration::from_secs(9)));
    }

    #[test]
    fn a_kernel_that_tells_of_nothing_is_not_believed() {
        let two = Duration::from_secs(2);
        let mut pressure = Pressure { window: two, ..Pressure::asked(Percent::from_hundredths(1_500)) };
        let at = |tenths: u64| Duration::from_millis(tenths * 100);
        // Before the first look nothing is known of what was before.
        assert!(!pressure.believes(&host(9_000_000), at(0)));
        pressure.look(&host(1_000_000), at(0));
        assert!(!pressure.believes(&host(1_100_000), at(7)));
        assert!(pressure.believes(&host(1_150_000), at(7)));
        for second in 1..5 {
            pressure.look(&host(1_150_000), at(second * 10));
        }
        // What was before the window is not in it.
        assert!(!pressure.believes(&host(1_160_000), at(44)));
        assert!(pressure.believes(&host(1_300_000), at(44)));
    }

    #[test]
    fn a_trigger_is_written_as_the_kernel_reads_it() {
        let text = pressure::trigger(Percent::from_hundredths(1_500), Duration::from_secs(2));
        // The kernel takes the last byte for the end of the text, whatever it is.
        assert_eq!(text, b"some 300000 2000000\0");
    }
}
