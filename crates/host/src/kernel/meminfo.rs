//! `/proc/meminfo`, and the same of one node: where the machine's memory is.

use oomkit_core::{reading::Reading, units::Bytes};

use super::{
    fields::{kib, lines, number, parted},
    sizes::sizes,
};

sizes! {
    /// `/proc/meminfo`, or `meminfo` of a node; a size that the kernel does not print is `None`.
    pub struct Meminfo {
        /// All memory that the kernel manages.
        total = "MemTotal",
        /// Memory that nobody uses.
        free = "MemFree",
        /// What could be had without swapping, as the kernel guesses.
        available = "MemAvailable",
        /// What is used (of a node only).
        used = "MemUsed",
        /// The page cache of block devices.
        buffers = "Buffers",
        /// The page cache of files, with shared memory and tmpfs in it.
        cached = "Cached",
        /// Memory that is both in swap and in RAM.
        swap_cached = "SwapCached",
        /// Pages used lately.
        active = "Active",
        /// Pages not used lately.
        inactive = "Inactive",
        /// Anonymous pages used lately.
        active_anon = "Active(anon)",
        /// Anonymous pages not used lately.
        inactive_anon = "Inactive(anon)",
        /// File pages used lately.
        active_file = "Active(file)",
        /// File pages not used lately, which go first.
        inactive_file = "Inactive(file)",
        /// Pages that cannot be reclaimed.
        unevictable = "Unevictable",
        /// Pages that processes locked.
        mlocked = "Mlocked",
        /// Memory that the kernel cannot address directly (32 bit).
        high_total = "HighTotal",
        /// What is free of it.
        high_free = "HighFree",
        /// Memory that the kernel can address directly (32 bit).
        low_total = "LowTotal",
        /// What is free of it.
        low_free = "LowFree",
        /// All swap.
        swap_total = "SwapTotal",
        /// What is free of it.
        swap_free = "SwapFree",
        /// RAM that holds compressed swap.
        zswap = "Zswap",
        /// What is compressed in it.
        zswapped = "Zswapped",
        /// File pages to be written.
        dirty = "Dirty",
        /// File pages being written.
        writeback = "Writeback",
        /// Anonymous pages in page tables.
        anon = "AnonPages",
        /// File pages of one node.
        file = "FilePages",
        /// File pages in page tables.
        mapped = "Mapped",
        /// Shared memory and tmpfs.
        shmem = "Shmem",
        /// Kernel memory that can be reclaimed, slab included.
        kernel_reclaimable = "KReclaimable",
        /// The kernel's caches of objects.
        slab = "Slab",
        /// Of these, what can be reclaimed.
        slab_reclaimable = "SReclaimable",
        /// Of these, what cannot.
        slab_unreclaimable = "SUnreclaim",
        /// Stacks of the kernel, one for each thread.
        kernel_stack = "KernelStack",
        /// Stacks that hold only return addresses.
        shadow_call_stack = "ShadowCallStack",
        /// Page tables.
        page_tables = "PageTables",
        /// Page tables of virtual machines and devices.
        secondary_page_tables = "SecPageTables",
        /// Pages sent over NFS and not yet stable.
        nfs_unstable = "NFS_Unstable",
        /// Bounce buffers of block devices.
        bounce = "Bounce",
        /// Buffers of FUSE.
        writeback_temporary = "WritebackTmp",
        /// What may be promised, where overcommit is strict.
        commit_limit = "CommitLimit",
        /// What is promised.
        committed = "Committed_AS",
        /// Address space for `vmalloc`.
        vmalloc_total = "VmallocTotal",
        /// What is used of it.
        vmalloc_used = "VmallocUsed",
        /// Memory for each processor.
        percpu = "Percpu",
        /// Memory with errors, taken out of use.
        hardware_corrupted = "HardwareCorrupted",
        /// Anonymous huge pages.
        anon_huge = "AnonHugePages",
        /// Huge pages of shared memory.
        shmem_huge = "ShmemHugePages",
        /// Huge pages of files.
        file_huge = "FileHugePages",
        /// Memory for devices that need it in one piece.
        cma_total = "CmaTotal",
        /// What is free of it.
        cma_free = "CmaFree",
        /// Memory that the hypervisor took back.
        balloon = "Balloon",
        /// Memory that waits to be accepted from the hypervisor.
        unaccepted = "Unaccepted",
        /// The usual size of a reserved huge page.
        huge_page_size = "Hugepagesize",
        /// All reserved huge pages of all sizes.
        huge_pages = "Hugetlb",
    }
    with {
        /// Reserved huge pages of the usual size.
        pub huge_pages_total: Option<u64>,
        /// Of these, what is free.
        pub huge_pages_free: Option<u64>,
        /// Of the free ones, what is promised.
        pub huge_pages_reserved: Option<u64>,
        /// Huge pages beyond the pool.
        pub huge_pages_surplus: Option<u64>,
        /// Sizes of names that are not known here, which a newer kernel may print.
        pub others: Vec<(Box<str>, Bytes)>,
    }
}

impl Meminfo {
    /// Reads the file.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        let mut read = Self::default();
        let mut understood = false;
        for line in lines(bytes) {
            understood |= read.line(of_machine(line)).is_some();
        }
        if understood { Reading::Known(read) } else { Reading::malformed(bytes) }
    }

    fn line(&mut self, line: &[u8]) -> Option<()> {
        let (key, value) = parted(line, b':')?;
        let Some(size) = kib(value) else {
            let count = number(value)?;
            let field = match key {
                b"HugePages_Total" => &mut self.huge_pages_total,
                b"HugePages_Free" => &mut self.huge_pages_free,
                b"HugePages_Rsvd" => &mut self.huge_pages_reserved,
                b"HugePages_Surp" => &mut self.huge_pages_surplus,
                _ => return None,
            };
            *field = Some(count);
            return Some(());
        };
        match self.field(key) {
            Some(field) => *field = Some(size),
            None => self.others.push((String::from_utf8_lossy(key).into(), size)),
        }
        Some(())
    }
}

/// Takes `Node 0 ` off the line of a node's file.
fn of_machine(line: &[u8]) -> &[u8] {
    let after = line.strip_prefix(b"Node ").and_then(|after| parted(after, b' '));
    after.filter(|(node, _)| number(node).is_some()).map_or(line, |(_, line)| line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_names_and_unknown_ones_are_kept() {
        let text = b"MemTotal:       24684096 kB\nMemFree:        10380196 kB\nActive(anon):       1620 kB\n\
            HugePages_Total:       8\nHugePages_Rsvd:        2\nHugepagesize:       2048 kB\nNewThing:  4 kB\n\
            DirectMap4k:       30720 kB\nBroken: x kB\nnothing\n";
        let size = |kib: u64| Some(Bytes::new(kib << 10));
        let expected = Meminfo {
            total: size(24_684_096),
            free: size(10_380_196),
            active_anon: size(1620),
            huge_page_size: size(2048),
            huge_pages_total: Some(8),
            huge_pages_reserved: Some(2),
            others: vec![
                ("NewThing".into(), Bytes::new(4096)),
                ("DirectMap4k".into(), Bytes::new(30720 << 10)),
            ],
            ..Meminfo::default()
        };
        assert_eq!(Meminfo::read(text), Reading::Known(expected.clone()));
        assert_eq!(
            expected.sizes().map(|(name, _)| name).collect::<Vec<_>>(),
            ["MemTotal", "MemFree", "Active(anon)", "Hugepagesize"]
        );
    }

    #[test]
    fn a_nodes_file_has_the_same_names() {
        let text = b"Node 0 MemTotal:  1024 kB\nNode 0 MemUsed:   512 kB\nNode 0 HugePages_Free:     0\n";
        let expected = Meminfo {
            total: Some(Bytes::new(1 << 20)),
            used: Some(Bytes::new(1 << 19)),
            huge_pages_free: Some(0),
            ..Meminfo::default()
        };
        assert_eq!(Meminfo::read(text), Reading::Known(expected));
    }

    #[test]
    fn what_is_no_meminfo_is_malformed() {
        for bytes in [&b""[..], b"\n", b"\xff\xff", b"a b c\n"] {
            assert!(matches!(Meminfo::read(bytes), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
