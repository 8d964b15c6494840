//! `/proc/vmstat`: counters since boot, and pages by what they hold.

use std::collections::BTreeMap;

use oomkit_core::reading::Reading;
use procfs::FromBufRead as _;

/// The counters by the kernel's names; those that start with `nr_` count pages as a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vmstat {
    counters: BTreeMap<Box<str>, i64>,
}

impl Vmstat {
    /// Reads the file.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        match procfs::VmStat::from_buf_read(bytes) {
            Ok(read) if !read.0.is_empty() => Reading::Known(Self {
                counters: read.0.into_iter().map(|(key, value)| (key.into(), value)).collect(),
            }),
            _ => Reading::malformed(bytes),
        }
    }

    /// Returns a counter by the kernel's name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<i64> {
        self.counters.get(name).copied()
    }

    /// Returns all counters, sorted by name.
    pub fn counters(&self) -> impl Iterator<Item = (&str, i64)> {
        self.counters.iter().map(|(name, value)| (&**name, *value))
    }

    /// Returns how many processes any OOM killer killed since boot (since Linux 4.13).
    #[must_use]
    pub fn oom_kills(&self) -> Option<u64> {
        self.get("oom_kill").and_then(|kills| u64::try_from(kills).ok())
    }

    /// Returns how often an allocation had to reclaim by itself, over all zones.
    #[must_use]
    pub fn allocation_stalls(&self) -> Option<u64> {
        let stalls = self.counters().filter(|(name, _)| name.starts_with("allocstall"));
        stalls.filter_map(|(_, value)| u64::try_from(value).ok()).reduce(u64::saturating_add)
    }

    /// Returns how many pages had to be read back from a disk.
    #[must_use]
    pub fn major_faults(&self) -> Option<u64> {
        self.get("pgmajfault").and_then(|faults| u64::try_from(faults).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_name() {
        let text = b"nr_free_pages 2595049\nallocstall_dma 0\nallocstall_normal 7\nallocstall_movable 3\n\
            pgmajfault 22507\noom_kill 2\nnr_odd -1\n";
        let read = Vmstat::read(text).known().unwrap();
        assert_eq!(
            (
                read.oom_kills(),
                read.allocation_stalls(),
                read.major_faults(),
                read.get("nr_odd"),
                read.get("x")
            ),
            (Some(2), Some(10), Some(22507), Some(-1), None)
        );
        assert_eq!(read.counters().count(), 7);
    }

    #[test]
    fn what_is_no_vmstat_is_malformed() {
        for bytes in [&b""[..], b"a\n", b"a b\n", b"a 1\n\xff 2\n", b"\n"] {
            assert!(matches!(Vmstat::read(bytes), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
