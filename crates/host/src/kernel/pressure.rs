//! `/proc/pressure/memory` and `memory.pressure`: how long tasks waited for memory.

use std::time::Duration;

use oomkit_core::reading::Reading;

use super::fields::lines;

/// How long tasks waited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pressure {
    /// The time in which some task waited.
    pub some: Option<Stall>,
    /// The time in which all tasks that could have run waited.
    pub full: Option<Stall>,
}

/// The shares of the last seconds, in percent, and the sum since the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stall {
    /// Of the last ten seconds.
    pub percent_of_10: f32,
    /// Of the last minute.
    pub percent_of_60: f32,
    /// Of the last five minutes.
    pub percent_of_300: f32,
    /// All of the time.
    pub total: Duration,
}

impl Pressure {
    /// Reads the file; one of the two lines is enough.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        let mut read = Self::default();
        for line in lines(bytes) {
            match line.get(..5) {
                Some(b"some ") => read.some = stall(line),
                Some(b"full ") => read.full = stall(line),
                _ => {}
            }
        }
        if read == Self::default() { Reading::malformed(bytes) } else { Reading::Known(read) }
    }
}

/// Reads a line that is longer than its first word, which the library takes for granted.
fn stall(line: &[u8]) -> Option<Stall> {
    let read = procfs::parse_pressure_record(std::str::from_utf8(line).ok()?).ok()?;
    let percents = [read.avg10, read.avg60, read.avg300];
    // It also takes the words that floats may be written in.
    percents.iter().all(|percent| percent.is_finite()).then_some(Stall {
        percent_of_10: read.avg10,
        percent_of_60: read.avg60,
        percent_of_300: read.avg300,
        total: Duration::from_micros(read.total),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lines_are_read_and_one_is_enough() {
        let some = Stall {
            percent_of_10: 2.1,
            percent_of_60: 0.12,
            percent_of_300: 0.0,
            total: Duration::from_micros(391_926),
        };
        let text = b"some avg10=2.10 avg60=0.12 avg300=0.00 total=391926\nfull avg10=2.10 avg60=0.12 avg300=0.00 total=391926\n";
        assert_eq!(Pressure::read(text), Reading::Known(Pressure { some: Some(some), full: Some(some) }));
        assert_eq!(
            Pressure::read(b"future avg1=0\nfull avg10=2.10 avg60=0.12 avg300=0.00 total=391926 new=1\n"),
            Reading::Known(Pressure { some: None, full: Some(some) })
        );
    }

    #[test]
    fn what_is_no_pressure_is_malformed() {
        for bytes in [
            &b""[..],
            b"some",
            b"some\n",
            b"full \n",
            b"some avg10=1\n",
            b"some avg10=NaN avg60=0 avg300=0 total=0\n",
            b"some\xff avg10=0\n",
        ] {
            assert!(matches!(Pressure::read(bytes), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
