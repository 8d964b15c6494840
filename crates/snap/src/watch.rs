//! Watch: waiting until a snapshot is due, be it a regular one or one that trouble asks for.
//!
//! ```text
//! kernel's trigger ─┐
//! counts of limits ─┼─► Policy ─► a snapshot, with its reason
//! clock ────────────┘
//! ```

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use oomkit_host::{Host, tree::Tree};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

mod limits;
mod policy;
mod pressure;

pub use policy::{Policy, Rates};
pub use pressure::Remark;

use crate::snapshot::{Cause, Percent, Reason, Snapshot};
use limits::Limits;
use pressure::Pressure;

/// How often what has to be asked for is looked at.
const TICK: Duration = Duration::from_secs(1);

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Take a snapshot; with a reason where it is no regular one.
    Take(Option<Reason>),
    /// End.
    Stop,
}

/// Waits for snapshots to be due.
#[derive(Debug)]
pub struct Watch<'a, T> {
    host: &'a Host<T>,
    start: Instant,
    policy: Policy,
    pressure: Option<Pressure>,
    limits: Limits,
    /// When to look the next time.
    tick: Duration,
}

impl<'a, T: Tree> Watch<'a, T> {
    /// Starts to watch; pressure is trouble from `share` on, or never.
    ///
    /// A trigger is one of this machine's kernel, whatever host is watched.
    pub fn new(host: &'a Host<T>, rates: Rates, share: Option<Percent>) -> (Self, Option<Remark>) {
        let (mut pressure, remark) = share.map(|share| Pressure::watch(host, share)).unzip();
        if let Some(pressure) = &mut pressure {
            // What the first second is compared with.
            pressure.look(host, Duration::ZERO);
        }
        let watch = Self {
            host,
            start: Instant::now(),
            policy: Policy::new(rates, Duration::ZERO),
            pressure,
            limits: Limits::default(),
            tick: TICK,
        };
        (watch, remark.flatten())
    }

    /// Waits until a snapshot is due, or until something can be read from `stop`.
    pub fn next(&mut self, stop: BorrowedFd<'_>) -> Next {
        loop {
            let now = self.start.elapsed();
            if let Some(reason) = self.policy.due(now) {
                return Next::Take(reason);
            }
            let wait = self.policy.wait(now).min(self.tick.saturating_sub(now));
            let (is_over, is_told) = self.sleep(stop, wait);
            if is_over {
                return Next::Stop;
            }
            let now = self.start.elapsed();
            if is_told && self.pressure.as_ref().is_some_and(|pressure| pressure.believes(self.host, now)) {
                self.policy.notice(Cause::Pressure.into(), now);
            }
            if self.tick <= now {
                self.tick = now + TICK;
                self.look(now);
            }
        }
    }

    /// Takes note of a snapshot, which says what to look at until the next one.
    pub fn taken(&mut self, snapshot: &Snapshot) {
        self.limits.choose(self.host, snapshot);
    }

    /// Looks at what does not tell by itself.
    fn look(&mut self, now: Duration) {
        if self.pressure.as_mut().is_some_and(|pressure| pressure.look(self.host, now)) {
            self.policy.notice(Cause::Pressure.into(), now);
        }
        for reason in self.limits.look(self.host, now) {
            self.policy.notice(reason, now);
        }
    }

    /// Sleeps, and returns whether it is over, and whether the kernel told of pressure.
    fn sleep(&mut self, stop: BorrowedFd<'_>, wait: Duration) -> (bool, bool) {
        let mut fds = vec![PollFd::from_borrowed_fd(stop, PollFlags::IN)];
        if let Some(file) = self.pressure.as_ref().and_then(Pressure::file) {
            fds.push(PollFd::from_borrowed_fd(file, PollFlags::PRI));
        }
        let wait = Timespec::try_from(wait).ok();
        // A signal that interrupts the wait has written into `stop`, or is nobody's.
        let polled = poll(&mut fds, wait.as_ref()).is_ok();
        let told = |at: usize| fds.get(at).filter(|_| polled).map_or(PollFlags::empty(), PollFd::revents);
        let (stop, told) = (told(0), told(1));
        let is_told = told.contains(PollFlags::PRI);
        if told.contains(PollFlags::ERR)
            && let Some(pressure) = &mut self.pressure
        {
            pressure.is_gone();
        }
        (!stop.is_empty(), is_told)
    }
}
