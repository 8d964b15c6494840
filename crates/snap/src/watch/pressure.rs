//! Pressure: being told when tasks have to wait for memory.
//!
//! Source: Documentation/accounting/psi.rst of the kernel. A trigger is written into the file, and the
//! kernel wakes whoever polls it, once in a window at most. Without `CAP_SYS_RESOURCE` windows are
//! multiples of two seconds (since Linux 6.5; before, triggers are refused). Where there can be no
//! trigger, the sum of the time that tasks waited is looked at each second.

use std::{os::fd::OwnedFd, time::Duration};

use oomkit_core::reading::Reading;
use oomkit_host::{Host, tree::Tree};
use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

use crate::{kernel::pressure, snapshot::Percent};

/// The windows that are tried: the first for those who may, the second for everybody else.
const WINDOWS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// How pressure is noticed.
#[derive(Debug)]
pub(super) enum Pressure {
    /// The kernel tells of it: the file can be polled.
    Told(OwnedFd),
    /// It is looked at: the share that is trouble, and when it was which sum.
    Asked(Percent, Option<(Duration, Duration)>),
    /// It is not.
    Nothing,
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
        for window in WINDOWS {
            if let Ok(file) = trigger(share, window) {
                return (Self::Told(file), None);
            }
        }
        match host.pressure() {
            Reading::Known(_) => (Self::Asked(share, None), Some(Remark::PressureIsAsked)),
            _ => (Self::Nothing, Some(Remark::NoPressure)),
        }
    }

    /// Looks whether tasks waited since the last look; a kernel that tells of it is not asked.
    pub(super) fn look<T: Tree>(&mut self, host: &Host<T>, now: Duration) -> bool {
        let Self::Asked(share, last) = self else { return false };
        let some = host.pressure().known().and_then(|pressure| pressure.some);
        let Some(total) = some.map(|stall| stall.total) else { return false };
        let Some((then, before)) = last.replace((now, total)) else { return false };
        let (passed, waited) = (now.saturating_sub(then), total.saturating_sub(before));
        u128::from(share.hundredths()) * passed.as_micros() <= waited.as_micros() * 10_000
            && !waited.is_zero()
    }
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
    fn a_kernel_that_takes_no_trigger_is_asked() {
        let mut pressure = Pressure::Asked(Percent::from_hundredths(1_500), None);
        for (millis, total, expected) in [
            // What was before the first look is long past.
            (0, 7_000_000, false),
            (1_000, 7_149_999, false),
            (2_000, 7_299_999, true),
            (4_000, 7_500_000, false),
            (4_100, 7_515_000, true),
            (4_100, 7_515_000, false),
        ] {
            let is_trouble = pressure.look(&host(total), Duration::from_millis(millis));
            assert_eq!(is_trouble, expected, "{millis} {total}");
        }
        let nothing = Host::over(Capture::new(b"//- /proc/meminfo\nx\n".to_vec()).unwrap());
        assert!(!pressure.look(&nothing, Duration::from_secs(9)));
        assert!(!Pressure::Nothing.look(&host(9), Duration::from_secs(9)));
    }

    #[test]
    fn a_trigger_is_written_as_the_kernel_reads_it() {
        let text = pressure::trigger(Percent::from_hundredths(1_500), Duration::from_secs(2));
        // The kernel takes the last byte for the end of the text, whatever it is.
        assert_eq!(text, b"some 300000 2000000\0");
    }
}
