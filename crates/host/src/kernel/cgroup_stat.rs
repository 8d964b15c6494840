//! `memory.stat` of a cgroup, under the kernel's names, with the sums that matter.

use std::borrow::Cow;

use oomkit_core::{reading::Reading, units::Bytes};

use super::{
    cgroup_limits::Version,
    fields::{lines, number, parted},
};

/// Names that need no memory of their own, sorted.
const KNOWN: &[&str] = &[
    "active_anon",
    "active_file",
    "anon",
    "anon_thp",
    "cache",
    "dirty",
    "file",
    "file_dirty",
    "file_mapped",
    "file_thp",
    "file_writeback",
    "hierarchical_memory_limit",
    "hierarchical_memsw_limit",
    "hugetlb",
    "inactive_anon",
    "inactive_file",
    "kernel",
    "kernel_stack",
    "mapped_file",
    "pagetables",
    "percpu",
    "pgactivate",
    "pgdeactivate",
    "pgdemote_direct",
    "pgdemote_khugepaged",
    "pgdemote_kswapd",
    "pgdemote_proactive",
    "pgfault",
    "pglazyfree",
    "pglazyfreed",
    "pgmajfault",
    "pgpgin",
    "pgpgout",
    "pgpromote_success",
    "pgrefill",
    "pgscan",
    "pgscan_direct",
    "pgscan_khugepaged",
    "pgscan_kswapd",
    "pgscan_proactive",
    "pgsteal",
    "pgsteal_direct",
    "pgsteal_khugepaged",
    "pgsteal_kswapd",
    "pgsteal_proactive",
    "rss",
    "rss_huge",
    "sec_pagetables",
    "shmem",
    "shmem_thp",
    "slab",
    "slab_reclaimable",
    "slab_unreclaimable",
    "sock",
    "swap",
    "swapcached",
    "swpin_zero",
    "swpout_zero",
    "thp_collapse_alloc",
    "thp_fault_alloc",
    "thp_swpout",
    "thp_swpout_fallback",
    "total_active_anon",
    "total_active_file",
    "total_cache",
    "total_dirty",
    "total_inactive_anon",
    "total_inactive_file",
    "total_mapped_file",
    "total_pgfault",
    "total_pgmajfault",
    "total_pgpgin",
    "total_pgpgout",
    "total_rss",
    "total_rss_huge",
    "total_shmem",
    "total_swap",
    "total_swapcached",
    "total_unevictable",
    "total_workingset_refault_anon",
    "total_workingset_refault_file",
    "total_writeback",
    "unevictable",
    "vmalloc",
    "workingset_activate_anon",
    "workingset_activate_file",
    "workingset_nodereclaim",
    "workingset_refault_anon",
    "workingset_refault_file",
    "workingset_restore_anon",
    "workingset_restore_file",
    "writeback",
    "zswap",
    "zswapped",
    "zswpin",
    "zswpout",
    "zswpwb",
];

/// The statistics of a cgroup: sizes in bytes, events as counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    version: Version,
    entries: Vec<(Cow<'static, str>, u64)>,
}

impl Stat {
    /// Reads the file.
    #[must_use]
    pub fn read(bytes: &[u8], version: Version) -> Reading<Self> {
        let mut entries = Vec::with_capacity(KNOWN.len() / 2);
        for line in lines(bytes) {
            if let Some((key, value)) = parted(line, b' ')
                && let Some(value) = number(value)
            {
                entries.push((name(key), value));
            }
        }
        if entries.is_empty() { Reading::malformed(bytes) } else { Reading::Known(Self { version, entries }) }
    }

    /// Returns all entries in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = (&str, u64)> {
        self.entries.iter().map(|(name, value)| (&**name, *value))
    }

    /// Returns an entry by the kernel's name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u64> {
        self.entries.iter().find(|(own, _)| own == name).map(|(_, value)| *value)
    }

    /// Returns the size under this name, descendants included, which version 1 counts apart.
    fn size(&self, name: &str) -> Option<Bytes> {
        let of_all = match self.version {
            Version::V1 => self.get(&format!("total_{name}")),
            Version::V2 => None,
        };
        of_all.or_else(|| self.get(name)).map(Bytes::new)
    }

    /// Returns anonymous memory.
    #[must_use]
    pub fn anon(&self) -> Option<Bytes> {
        self.size(self.named("anon", "rss"))
    }

    /// Returns the page cache, shared memory and tmpfs included.
    #[must_use]
    pub fn file(&self) -> Option<Bytes> {
        self.size(self.named("file", "cache"))
    }

    /// Returns shared memory and tmpfs.
    #[must_use]
    pub fn shmem(&self) -> Option<Bytes> {
        self.size("shmem")
    }

    /// Returns the page cache that was not used lately.
    #[must_use]
    pub fn inactive_file(&self) -> Option<Bytes> {
        self.size("inactive_file")
    }

    /// Returns the page cache that was used lately.
    #[must_use]
    pub fn active_file(&self) -> Option<Bytes> {
        self.size("active_file")
    }

    /// Returns what cannot be reclaimed at all.
    #[must_use]
    pub fn unevictable(&self) -> Option<Bytes> {
        self.size("unevictable")
    }

    /// Returns what the kubelet calls the working set: the use less the page cache not used lately.
    #[must_use]
    pub fn working_set(&self, usage: Bytes) -> Option<Bytes> {
        let inactive = self.inactive_file()?;
        Some(Bytes::new(usage.get().saturating_sub(inactive.get())))
    }

    /// Returns what cannot be taken back without swap; a lower bound in version 1, which does not
    /// tell kernel memory apart.
    #[must_use]
    pub fn unreclaimable(&self) -> Option<Bytes> {
        let kernel = ["slab_unreclaimable", "kernel_stack", "pagetables", "percpu", "sock"];
        let parts = [self.anon(), self.shmem(), self.unevictable()];
        let parts = parts.into_iter().chain(kernel.map(|name| self.size(name)));
        parts.flatten().reduce(Bytes::saturating_add)
    }

    /// Returns the smallest limit of the cgroup and those above it, as version 1 computes it itself.
    #[must_use]
    pub fn hierarchical_limit(&self) -> Option<Bytes> {
        self.get("hierarchical_memory_limit").map(Bytes::new)
    }

    const fn named(&self, in_v2: &'static str, in_v1: &'static str) -> &'static str {
        match self.version {
            Version::V1 => in_v1,
            Version::V2 => in_v2,
        }
    }
}

fn name(key: &[u8]) -> Cow<'static, str> {
    match KNOWN.binary_search_by(|known| known.as_bytes().cmp(key)).ok().and_then(|at| KNOWN.get(at)) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(String::from_utf8_lossy(key).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_sorted() {
        assert!(KNOWN.is_sorted());
        assert!(matches!(name(b"zswpwb"), Cow::Borrowed(_)) && matches!(name(b"new"), Cow::Owned(_)));
    }

    #[test]
    fn both_versions_yield_the_same_sums() {
        let v1 = b"cache 1\nrss 2\nshmem 1\ninactive_file 1\ntotal_cache 100\ntotal_rss 50\ntotal_shmem 10\n\
            total_inactive_file 30\ntotal_active_file 60\ntotal_unevictable 5\nhierarchical_memory_limit 1000\n";
        let v2 = b"anon 50\nfile 100\nkernel 9\nkernel_stack 2\npagetables 3\nshmem 10\ninactive_file 30\n\
            active_file 60\nunevictable 5\nslab_unreclaimable 4\nnew_thing 7\n";
        let sums = |stat: &Stat| {
            let sizes = [
                stat.anon(),
                stat.file(),
                stat.shmem(),
                stat.active_file(),
                stat.working_set(Bytes::new(160)),
                stat.unreclaimable(),
                stat.hierarchical_limit(),
            ];
            sizes.map(|size| size.map(Bytes::get))
        };
        let v1 = Stat::read(v1, Version::V1).known().unwrap();
        let v2 = Stat::read(v2, Version::V2).known().unwrap();
        assert_eq!(sums(&v1), [Some(50), Some(100), Some(10), Some(60), Some(130), Some(65), Some(1000)]);
        assert_eq!(sums(&v2), [Some(50), Some(100), Some(10), Some(60), Some(130), Some(74), None]);
        assert_eq!(v2.get("new_thing"), Some(7));
        assert_eq!(v2.working_set(Bytes::new(20)), Some(Bytes::ZERO));
        for bytes in [&b""[..], b"anon\n", b"anon x\n", b"\xff\n"] {
            assert!(matches!(Stat::read(bytes, Version::V2), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
