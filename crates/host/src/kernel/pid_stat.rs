//! `/proc/<pid>/stat`: who a process is, and when it started.

use oomkit_core::{
    ident::{Comm, Pid},
    reading::Reading,
    units::Pages,
};
use procfs::FromRead as _;

/// The flag of threads that belong to the kernel.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// A process, of which pid and start are a name that no other one has in the same boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PidStat {
    /// The process id.
    pub pid: Pid,
    /// The name, in all its bytes.
    pub comm: Comm,
    /// The state by its letter: `R`, `S`, `D`, `Z` and others.
    pub state: char,
    /// The parent.
    pub parent: Pid,
    /// Whether the kernel owns it, and so it has no memory of its own.
    pub is_kernel_thread: bool,
    /// Faults that needed no disk.
    pub minor_faults: u64,
    /// Faults that needed one.
    pub major_faults: u64,
    /// The threads.
    pub threads: u64,
    /// The clock ticks from boot to its start.
    pub start_ticks: u64,
    /// The resident pages, which Linux 6.2 and later only estimate here; `status` is exact.
    pub resident: Option<Pages>,
}

impl PidStat {
    /// Reads the file.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        let read = || {
            let comm = comm(bytes)?;
            let stat = procfs::process::Stat::from_read(bytes).ok()?;
            Some(Self {
                pid: Pid::new(i64::from(stat.pid)),
                comm,
                state: stat.state,
                parent: Pid::new(i64::from(stat.ppid)),
                is_kernel_thread: stat.flags & KERNEL_THREAD != 0,
                minor_faults: stat.minflt,
                major_faults: stat.majflt,
                threads: u64::try_from(stat.num_threads).ok()?,
                start_ticks: stat.starttime,
                resident: Some(Pages::new(stat.rss)),
            })
        };
        read().map_or_else(|| Reading::malformed(bytes), Reading::Known)
    }
}

/// Takes the name between the first and the last parenthesis, where all stands as the library wants it.
///
/// It replaces bytes that are no text, and panics where a parenthesis or what follows it is missing.
fn comm(bytes: &[u8]) -> Option<Comm> {
    let open = memchr::memchr(b'(', bytes)?;
    let close = memchr::memrchr(b')', bytes).filter(|close| open < *close)?;
    let (pid, after) = bytes.split_at_checked(open)?;
    let (name, rest) = after.split_at_checked(close - open)?;
    let pid = pid.strip_suffix(b" ")?;
    let is_pid = !pid.is_empty() && pid.iter().all(u8::is_ascii_digit);
    let is_rest = matches!(rest, [b')', b' ', state, b' ', ..] if state.is_ascii_alphabetic());
    (is_pid && is_rest).then(|| name.get(1..).map(Comm::new)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "1 0 0 0 -1 4194560 100 0 7 0 1 2 0 0 20 0 13 0 55 66424832 5951 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    fn stat(name: &[u8]) -> Vec<u8> {
        [b"4711 (", name, b") S ", REST.as_bytes()].concat()
    }

    #[test]
    fn names_keep_their_bytes_and_parentheses() {
        for name in [&b"java"[..], b"a) R 1 (b", b"", b" ", b"\xff\xfe", b"two\nlines", b"((", b"))"] {
            let expected = PidStat {
                pid: Pid::new(4711),
                comm: Comm::new(name),
                state: 'S',
                parent: Pid::new(1),
                is_kernel_thread: false,
                minor_faults: 100,
                major_faults: 7,
                threads: 13,
                start_ticks: 55,
                resident: Some(Pages::new(5951)),
            };
            assert_eq!(PidStat::read(&stat(name)), Reading::Known(expected), "{name:?}");
        }
    }

    #[test]
    fn every_cut_is_malformed_and_nothing_panics() {
        let whole = stat(b"a b");
        for end in 0..whole.len() - 40 {
            let read = PidStat::read(&whole[..end]);
            let enough = end > 130;
            assert!(enough || matches!(read, Reading::Malformed(_)), "{end}: {read:?}");
        }
        for bytes in [
            &b"("[..],
            b")",
            b"1 (a)",
            b"1 (a) ",
            b"1 (a) S",
            b"(a) S 1 ",
            b"\xff (a) S 1 ",
            b") (",
            b"1 (a)\xc3\xa9S 1",
        ] {
            assert!(matches!(PidStat::read(bytes), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
