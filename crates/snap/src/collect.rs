//! Collecting: a snapshot of a host, read so that no process is kept waiting.
//!
//! Where the figures come from is a [`Source`]; [`HostSource`] is the one that reads files.
//! Resident memory is taken from `status`, since `stat` only estimates it, and neither waits for a
//! process. What takes the lock of a process's address space is read aside, within a budget and
//! with a deadline, and never unless it is asked for.

use jiff::{Timestamp, tz::TimeZone};
use oomkit_core::{reading::Reading, units::SinceBoot};
use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::snapshot::{BootClock, BootId, Cgroup, Cost, Duration, Host, Machine, Moment, Process, Snapshot};

mod arguments;
mod cgroups;
mod host;
mod machine;
mod processes;
mod shares;

pub use arguments::Known;
pub use host::HostSource;
pub use processes::{Commands, Programs};
pub use shares::Shares;

/// Where the figures of a snapshot come from.
pub trait Source {
    /// Returns whose memory it is.
    fn host(&mut self) -> Host;
    /// Reads the machine as a whole.
    fn machine(&mut self) -> Machine;
    /// Reads the control groups; `None` where there are none to be seen.
    fn cgroups(&mut self) -> Option<Vec<Cgroup>>;
    /// Reads the processes, after the control groups; `None` where they cannot be listed.
    fn processes(&mut self) -> Option<Vec<Process>>;
    /// Returns what was missed so far.
    fn missed(&self) -> Missed;
}

/// What a source could not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// How many processes ended while they were read.
    pub vanished: u64,
    /// How many files may not be read.
    pub denied: u64,
    /// How many readings of a process were given up because they took too long.
    pub given_up: u64,
}

impl Missed {
    /// Takes the value of a reading, and counts a refusal.
    fn take<T>(&mut self, reading: Reading<T>) -> Option<T> {
        self.denied += u64::from(matches!(reading, Reading::Denied));
        reading.known()
    }
}

/// Reads all that a source has into a snapshot of this moment.
pub fn take(source: &mut dyn Source, moment: Moment) -> Snapshot {
    let (wall, cpu) = (clock(ClockId::Monotonic), clock(ClockId::ProcessCPUTime));
    let mut snapshot = Snapshot::at(moment);
    snapshot.host = source.host();
    snapshot.machine = source.machine();
    snapshot.cgroups = source.cgroups();
    snapshot.processes = source.processes();
    snapshot.sort();
    let missed = source.missed();
    let passed = |clock_id, since: u64| Duration::from_micros(clock(clock_id).saturating_sub(since));
    snapshot.cost = Cost {
        cpu: Some(passed(ClockId::ProcessCPUTime, cpu)),
        wall: Some(passed(ClockId::Monotonic, wall)),
        processes_vanished: Some(missed.vanished),
        denied: Some(missed.denied),
        given_up: Some(missed.given_up),
    };
    snapshot
}

/// Returns the present moment on all clocks of the host that this program runs on.
#[must_use]
pub fn now(boot_id: BootId) -> Moment {
    let at = Timestamp::now();
    let offset = zone().to_offset(at);
    let boot_clock = BootClock::from_micros(clock(ClockId::Boottime));
    Moment::new(boot_id, boot_clock, Some(SinceBoot::from_micros(clock(ClockId::Monotonic))), at, offset)
}

/// Returns the zone of local time.
///
/// To give it a name, the library would list the whole database of zones, which takes as long as
/// reading fifty processes; its offset needs no name.
fn zone() -> TimeZone {
    let told = || TimeZone::tzif("", &std::fs::read("/etc/localtime").ok()?).ok();
    let asked = std::env::var_os("TZ").is_some();
    if asked { TimeZone::system() } else { told().unwrap_or_else(TimeZone::system) }
}

/// Returns a clock in microseconds.
fn clock(clock: ClockId) -> u64 {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    let (seconds, nanos) = (u64::try_from(tv_sec), u64::try_from(tv_nsec));
    seconds.unwrap_or_default().saturating_mul(1_000_000).saturating_add(nanos.unwrap_or_default() / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_is_that_of_the_database_of_zones() {
        let now = Timestamp::now();
        let hours = |hours: i64| now + jiff::SignedDuration::from_hours(hours);
        // Half a year has both of the offsets that a zone may have.
        for at in (0..27).map(|week| hours(week * 168)) {
            assert_eq!(zone().to_offset(at), TimeZone::system().to_offset(at), "{at}");
        }
    }
}
