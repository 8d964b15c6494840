//! Host: a live or captured host, asked in one call each.

use std::{fs, io, path::Path, time::Duration};

use oomkit_core::{
    ident::{NodeId, visible},
    reading::Reading,
    units::{Bytes, PageSize},
};

use crate::{
    kernel::{
        auxv,
        buddyinfo::Buddies,
        cgroup_tree::{self, Forest},
        fields::{self, lines, parted, single, single_signed, words},
        meminfo::Meminfo,
        mountinfo::Mount,
        pressure::Pressure,
        slabinfo::Cache,
        swaps::Swap,
        vmstat::Vmstat,
        zoneinfo::Zone,
    },
    processes::{self, Process, Walked},
    tree::{Capture, Folder, Tree, path_of, read},
};

/// A host that can be read, and never written to.
#[derive(Debug)]
pub struct Host<T = Box<dyn Tree>> {
    tree: T,
}

/// Who a host is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub hostname: Reading<String>,
    /// The id that the kernel drew at boot.
    pub boot_id: Reading<String>,
    /// The id that it was given when it was installed.
    pub machine_id: Reading<String>,
    /// The kernel's release, as it calls itself.
    pub release: Reading<String>,
}

impl Host {
    /// Returns the host that this program runs on.
    #[must_use]
    pub fn live() -> Self {
        Self { tree: Box::new(Folder::live()) }
    }

    /// Opens a host: the folder in which its files lie, or the file of a capture.
    ///
    /// # Errors
    ///
    /// When there is no such folder or file, it may not be read, or it is no capture.
    pub fn open(path: &Path) -> io::Result<Self> {
        let tree: Box<dyn Tree> = if fs::metadata(path)?.is_dir() {
            Box::new(Folder::open(path)?)
        } else {
            let captured = Capture::new(fs::read(path)?);
            Box::new(captured.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?)
        };
        Ok(Self { tree })
    }
}

impl<T: Tree> Host<T> {
    /// Takes a tree as a host.
    pub const fn over(tree: T) -> Self {
        Self { tree }
    }

    /// Returns the files of the host.
    pub fn tree(&self) -> &dyn Tree {
        &self.tree
    }

    fn file<V>(&self, path: &str, understand: impl FnOnce(&[u8]) -> Reading<V>) -> Reading<V> {
        read(self.tree(), path).and_then(|bytes| understand(&bytes))
    }

    /// Reads where the machine's memory is.
    pub fn meminfo(&self) -> Reading<Meminfo> {
        self.file("/proc/meminfo", Meminfo::read)
    }

    /// Reads the same of each node, in their order.
    pub fn nodes(&self) -> Reading<Vec<(NodeId, Reading<Meminfo>)>> {
        const NODES: &str = "/sys/devices/system/node";
        let mut nodes = Vec::new();
        let listed = self.tree().folders(Path::new(NODES), &mut |name| {
            nodes.extend(
                name.strip_prefix(b"node").and_then(fields::number).and_then(|node| u32::try_from(node).ok()),
            );
        });
        listed.map(|()| {
            nodes.sort_unstable();
            let of = |node: u32| self.file(&format!("{NODES}/node{node}/meminfo"), Meminfo::read);
            nodes.into_iter().map(|node| (NodeId::new(node), of(node))).collect()
        })
    }

    /// Reads the counters since boot.
    pub fn vmstat(&self) -> Reading<Vmstat> {
        self.file("/proc/vmstat", Vmstat::read)
    }

    /// Reads how long tasks waited for memory; absent where the kernel does not count it.
    pub fn pressure(&self) -> Reading<Pressure> {
        self.file("/proc/pressure/memory", Pressure::read)
    }

    /// Reads the swap areas; none is an answer.
    pub fn swaps(&self) -> Reading<Vec<Swap>> {
        self.file("/proc/swaps", Swap::read_all)
    }

    /// Reads the zones.
    pub fn zones(&self) -> Reading<Vec<Zone>> {
        self.file("/proc/zoneinfo", Zone::read_all)
    }

    /// Reads the free blocks.
    pub fn buddies(&self) -> Reading<Vec<Buddies>> {
        self.file("/proc/buddyinfo", Buddies::read_all)
    }

    /// Reads the kernel's caches of objects, for which it takes a lock; only root may.
    pub fn caches(&self) -> Reading<Vec<Cache>> {
        self.file("/proc/slabinfo", Cache::read_all)
    }

    /// Reads a setting below `/proc/sys`, such as `vm/swappiness`.
    pub fn setting(&self, name: &str) -> Reading<i64> {
        self.file(&format!("/proc/sys/{name}"), single_signed)
    }

    /// Reads which of the words of a setting is chosen: `always [madvise] never`.
    pub fn choice(&self, path: &str) -> Reading<String> {
        self.file(path, |bytes| {
            let chosen =
                words(bytes.trim_ascii()).find_map(|word| word.strip_prefix(b"[")?.strip_suffix(b"]"));
            chosen
                .map_or_else(|| Reading::malformed(bytes), |word| Reading::Known(visible(word).into_owned()))
        })
    }

    /// Reads the size of a page.
    ///
    /// The kernel tells it to every program at its start; where that was not captured, it is what
    /// makes the managed pages of all zones the total memory.
    pub fn page_size(&self) -> Reading<PageSize> {
        let told = self.file("/proc/self/auxv", |bytes| {
            auxv::page_size(bytes).map_or_else(|| Reading::malformed(b"no page size"), Reading::Known)
        });
        if told.is_known() {
            return told;
        }
        let (Some(meminfo), Some(zones)) = (self.meminfo().known(), self.zones().known()) else {
            return told;
        };
        let pages = zones.iter().filter_map(|zone| zone.managed).map(|pages| pages.get()).sum::<u64>();
        let size = meminfo.total.map(Bytes::get).and_then(|total| total.checked_div(pages));
        size.and_then(|size| PageSize::new(Bytes::new(size))).map_or(told, Reading::Known)
    }

    /// Reads who the host is.
    pub fn identity(&self) -> Identity {
        let text = |path| self.file(path, |bytes| Reading::Known(visible(bytes.trim_ascii()).into_owned()));
        Identity {
            hostname: text("/proc/sys/kernel/hostname").or_else(|| text("/etc/hostname")),
            boot_id: text("/proc/sys/kernel/random/boot_id"),
            machine_id: text("/etc/machine-id"),
            release: text("/proc/sys/kernel/osrelease"),
        }
    }

    /// Reads how long the host has been up.
    pub fn uptime(&self) -> Reading<Duration> {
        self.file("/proc/uptime", |bytes| {
            // `6993.42 13214.70`, in hundredths of a second.
            let up = words(bytes).next().and_then(|word| parted(word, b'.'));
            let up = up.and_then(|(whole, part)| Some((fields::number(whole)?, fields::number(part)?)));
            up.map_or_else(
                || Reading::malformed(bytes),
                |(whole, part)| {
                    Reading::Known(Duration::from_millis(
                        whole.saturating_mul(1000).saturating_add(part * 10),
                    ))
                },
            )
        })
    }

    /// Reads the moment of boot, in seconds since 1970, as the kernel computes it from the present.
    pub fn boot_time(&self) -> Reading<Duration> {
        self.file("/proc/stat", |bytes| {
            let line = lines(bytes).find_map(|line| line.strip_prefix(b"btime "));
            line.and_then(fields::number).map_or_else(
                || Reading::malformed(b"no btime"),
                |seconds| Reading::Known(Duration::from_secs(seconds)),
            )
        })
    }

    /// Reads what is mounted, as the first process sees it.
    pub fn mounts(&self) -> Reading<Vec<Mount>> {
        let all = |path| self.file(path, |bytes| Reading::Known(Mount::read_all(bytes)));
        all("/proc/1/mountinfo").or_else(|| all("/proc/self/mountinfo"))
    }

    /// Reads how much memory is set aside for the kernel that writes a dump after a crash.
    pub fn crash_memory(&self) -> Reading<Bytes> {
        let size = |path| self.file(path, single).map(Bytes::new);
        // The file has moved once.
        size("/sys/kernel/kexec/crash_size").or_else(|| size("/sys/kernel/kexec_crash_size"))
    }

    /// Returns the file of a service that is to write a dump after a crash, where one is switched on.
    pub fn dump_service(&self) -> Option<&'static str> {
        const SERVICES: &[&str] = &[
            "/etc/systemd/system/multi-user.target.wants/kdump.service",
            "/etc/systemd/system/multi-user.target.wants/kdump-tools.service",
        ];
        // A folder of another host may hold the link and not what it leads to.
        SERVICES.iter().copied().find(|path| self.has(path) || self.tree().link(Path::new(path)).is_known())
    }

    /// Tells whether memory is not accounted by cgroups because the kernel was told so at boot.
    pub fn disables_accounting(&self) -> bool {
        let told = self.file("/proc/cmdline", |bytes| {
            let mut off = words(bytes.trim_ascii()).filter_map(|word| word.strip_prefix(b"cgroup_disable="));
            Reading::Known(off.any(|names| names.split(|b| *b == b',').any(|name| name == b"memory")))
        });
        told.known().unwrap_or(false)
    }

    /// Walks the cgroups of the hierarchy that accounts memory.
    pub fn cgroups(&self, parts: cgroup_tree::Parts) -> Reading<Forest> {
        Forest::walk(self.tree(), parts)
    }

    /// Hands over each process.
    pub fn processes(&self, parts: processes::Parts, take: &mut dyn FnMut(Process)) -> Reading<Walked> {
        processes::each(self.tree(), parts, take)
    }

    /// Tells whether a file is there, without a look at what it says.
    pub fn has(&self, path: &str) -> bool {
        !matches!(read(self.tree(), path_of(path.as_bytes())), Reading::Absent | Reading::Vanished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host<Capture> {
        Host::over(Capture::new(text.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn the_page_size_is_told_or_computed_and_never_assumed() {
        let zones = "//- /proc/zoneinfo\nNode 0, zone DMA\n  pages free 1\n        managed  10\nNode 0, zone Normal\n        managed  6\n";
        let told = "//- /proc/self/auxv\n\\x06\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x40\\x00\\x00\\x00\\x00\\x00\\x00\\\n";
        for (text, expected) in [
            (format!("{zones}//- /proc/meminfo\nMemTotal: 1024 kB\n"), Some(65536)),
            (format!("{told}{zones}//- /proc/meminfo\nMemTotal: 1024 kB\n"), Some(16384)),
            (format!("{zones}//- /proc/meminfo\nMemTotal: 1000 kB\n"), None),
            ("//- /proc/meminfo\nMemTotal: 1024 kB\n".to_owned(), None),
        ] {
            let size = host(&text).page_size().known().map(|size| size.bytes().get());
            assert_eq!(size, expected, "{text}");
        }
    }

    #[test]
    fn single_values_are_read() {
        let host = host(
            "//- /proc/uptime\n6993.42 13214.70\n//- /proc/stat\ncpu 1 2\nbtime 1779456000\n\
             //- /proc/sys/vm/swappiness\n60\n//- /proc/sys/vm/odd\nx\n//- /proc/sys/kernel/hostname\nnode-1\n\
             //- /sys/kernel/mm/transparent_hugepage/enabled\nalways [madvise] never\n\
             //- /sys/devices/system/node/node1/meminfo\nNode 1 MemTotal: 4 kB\n\
             //- /sys/devices/system/node/node0/meminfo denied\n//- /sys/devices/system/node/online\n0-1\n",
        );
        assert_eq!(host.uptime(), Reading::Known(Duration::from_millis(6_993_420)));
        assert_eq!(host.boot_time(), Reading::Known(Duration::from_secs(1_779_456_000)));
        assert_eq!(host.setting("vm/swappiness"), Reading::Known(60));
        assert_eq!(host.setting("vm/odd"), Reading::Malformed("x".into()));
        assert_eq!(host.setting("vm/none"), Reading::Absent);
        assert_eq!(
            host.choice("/sys/kernel/mm/transparent_hugepage/enabled"),
            Reading::Known("madvise".to_owned())
        );
        let identity = Identity { hostname: Reading::Known("node-1".to_owned()), ..Identity::default() };
        assert_eq!(host.identity(), identity);
        let nodes = host.nodes().known().unwrap();
        let shown: Vec<_> = nodes.iter().map(|(node, read)| (node.get(), read.is_known())).collect();
        assert_eq!(shown, [(0, false), (1, true)]);
        assert_eq!((host.has("/proc/stat"), host.has("/proc/none")), (true, false));
    }

    #[test]
    fn what_is_set_aside_for_a_crash_is_read_from_either_place() {
        for (text, memory, service, off) in [
            ("//- /sys/kernel/kexec_crash_size\n0\n", Some(0), false, false),
            ("//- /sys/kernel/kexec/crash_size\n268435456\n", Some(268_435_456), false, false),
            (
                "//- /proc/cmdline\nro cgroup_disable=cpu,memory quiet\n\
                 //- /etc/systemd/system/multi-user.target.wants/kdump.service -> /gone\n",
                None,
                true,
                true,
            ),
            ("//- /proc/cmdline\ncgroup_disable=cpu\n", None, false, false),
        ] {
            let host = host(text);
            assert_eq!(host.crash_memory().known().map(Bytes::get), memory, "{text}");
            assert_eq!(host.dump_service().is_some(), service, "{text}");
            assert_eq!(host.disables_accounting(), off, "{text}");
        }
    }
}
