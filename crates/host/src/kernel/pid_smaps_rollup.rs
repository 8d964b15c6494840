//! `/proc/<pid>/smaps_rollup`: a process's share of what it shares.
//!
//! The kernel walks all page tables for it, which takes about 15 ms for each GiB of small pages, and
//! holds the lock that the process needs for its faults: it stalls whoever is looked at.

use oomkit_core::{reading::Reading, units::Bytes};

use super::{
    fields::{kib, lines, parted},
    sizes::sizes,
};

sizes! {
    /// The memory of a process, where each page counts by the number of those who share it.
    pub struct PidSmapsRollup {
        /// All resident memory.
        resident = "Rss",
        /// Its share of it.
        share = "Pss",
        /// Of the share, what was written.
        share_dirty = "Pss_Dirty",
        /// Of the share, anonymous memory.
        share_anon = "Pss_Anon",
        /// Of the share, pages of files.
        share_file = "Pss_File",
        /// Of the share, shared memory and tmpfs.
        share_shmem = "Pss_Shmem",
        /// What others have as well and nobody wrote.
        shared_clean = "Shared_Clean",
        /// What others have as well and somebody wrote.
        shared_dirty = "Shared_Dirty",
        /// What it alone has and did not write.
        private_clean = "Private_Clean",
        /// What it alone has and wrote.
        private_dirty = "Private_Dirty",
        /// What was used lately.
        referenced = "Referenced",
        /// Anonymous memory.
        anon = "Anonymous",
        /// Pages merged with equal ones.
        merged = "KSM",
        /// What may be dropped although it was written.
        lazy_free = "LazyFree",
        /// Anonymous huge pages.
        anon_huge = "AnonHugePages",
        /// Reserved huge pages that others have as well.
        shared_huge_pages = "Shared_Hugetlb",
        /// Reserved huge pages that it alone has.
        private_huge_pages = "Private_Hugetlb",
        /// What is in swap.
        swap = "Swap",
        /// Its share of that.
        swap_share = "SwapPss",
        /// What is locked.
        locked = "Locked",
    }
    with {}
}

impl PidSmapsRollup {
    /// Reads the file, which is empty for kernel threads and for what has ended: they have no memory.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        let mut read = Self::default();
        for line in lines(bytes) {
            if let Some((key, value)) = parted(line, b':')
                && let Some(field) = read.field(key)
            {
                *field = kib(value);
            }
        }
        match (read.resident, bytes) {
            (Some(_), _) => Reading::Known(read),
            (None, b"") => Reading::Absent,
            (None, _) => Reading::malformed(bytes),
        }
    }

    /// Returns the resident memory that it alone has, which its end gives back at once (USS).
    ///
    /// Reserved huge pages are not resident memory, and are not in it.
    #[must_use]
    pub fn unshared(&self) -> Option<Bytes> {
        Some(self.private_clean?.saturating_add(self.private_dirty?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read() {
        let text = b"55d44fc8b000-7ffdd8673000 ---p 00000000 00:00 0                          [rollup]\n\
            Rss:                1612 kB\nPss:                 214 kB\nPss_Anon:            108 kB\nNew: 1 kB\nSwapPss: 0 kB\n\
            Private_Clean: 8 kB\nPrivate_Dirty: 100 kB\nPrivate_Hugetlb: 2048 kB\n";
        let size = |kib: u64| Some(Bytes::new(kib << 10));
        let expected = PidSmapsRollup {
            resident: size(1612),
            share: size(214),
            share_anon: size(108),
            swap_share: size(0),
            private_clean: size(8),
            private_dirty: size(100),
            private_huge_pages: size(2048),
            ..PidSmapsRollup::default()
        };
        let unshared = expected.unshared();
        assert_eq!(PidSmapsRollup::read(text), Reading::Known(expected));
        assert_eq!(unshared, size(108));
        let half = PidSmapsRollup { private_clean: size(8), ..PidSmapsRollup::default() };
        assert_eq!(half.unshared(), None);
        assert_eq!(PidSmapsRollup::read(b""), Reading::Absent);
        assert!(matches!(PidSmapsRollup::read(b"x"), Reading::Malformed(_)));
    }
}
