//! The figures of the cgroup at its limit, in one vocabulary for both hierarchies.

use oomkit_core::{limit::Limit, units::Bytes};

use crate::report::{Event, Memcg};

/// What the cgroup's lines come to; `None` where the log does not tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct CgroupFigures {
    /// The path of the cgroup whose limit was hit.
    pub(crate) path: Option<String>,
    /// The use of memory.
    pub(crate) usage: Option<Bytes>,
    /// The limit of memory, where it is finite.
    pub(crate) limit: Option<Bytes>,
    /// Anonymous memory.
    pub(crate) anon: Option<Bytes>,
    /// File pages, shared memory included.
    pub(crate) file: Option<Bytes>,
    /// Shared memory and tmpfs.
    pub(crate) shmem: Option<Bytes>,
    /// All kernel memory that is charged, as one figure.
    pub(crate) kernel: Option<Bytes>,
    /// Slab.
    pub(crate) slab: Option<Bytes>,
}

impl CgroupFigures {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let memcg = event.memcg.as_ref()?;
        let stat = |names: &[&str]| names.iter().find_map(|name| stat(memcg, name));
        let slab = stat(&["slab"]).or_else(|| {
            let parts = [stat(&["slab_reclaimable"]), stat(&["slab_unreclaimable"])];
            parts.into_iter().sum::<Option<Bytes>>()
        });
        Some(Self {
            path: memcg.path.clone(),
            usage: memcg.usage_bytes,
            limit: memcg.limit_bytes.and_then(Limit::size),
            anon: stat(&["anon", "rss"]),
            file: stat(&["file", "cache"]),
            shmem: stat(&["shmem"]),
            kernel: stat(&["kernel"]).or_else(|| parts_of_kernel(memcg)).or(memcg.kmem_usage_bytes),
            slab,
        })
    }

    /// Returns the whole that shares refer to: what is used, or else the limit.
    pub(crate) fn whole(&self) -> Option<Bytes> {
        self.usage.or(self.limit).filter(|whole| *whole != Bytes::ZERO)
    }

    /// Returns the file pages that are no shared memory.
    pub(crate) fn page_cache(&self) -> Option<Bytes> {
        Some(super::less(self.file?, self.shmem.unwrap_or_default()))
    }
}

impl super::Case {
    /// Returns a statistic of the cgroup at its limit, with all that is below it.
    pub(crate) fn stat(&self, name: &str) -> Option<Bytes> {
        stat(self.event.memcg.as_ref()?, name)
    }
}

/// Version 1 counts a cgroup alone, unless a word begins with `total_`; its children come apart.
fn stat(memcg: &Memcg, name: &str) -> Option<Bytes> {
    if let Some(total) = memcg.stat.get(&format!("total_{name}")) {
        return Some(Bytes::new(*total));
    }
    let own = memcg.stat.get(name).copied();
    let children = memcg.children.iter().filter_map(|child| child.stat.get(name).copied());
    own.into_iter().chain(children).map(Bytes::new).reduce(Bytes::saturating_add)
}

/// Kernels before 5.18 print the parts of a cgroup's kernel memory, and no sum.
fn parts_of_kernel(memcg: &Memcg) -> Option<Bytes> {
    let parts = ["slab", "kernel_stack", "pagetables", "percpu", "sock", "vmalloc"];
    parts.into_iter().filter_map(|name| stat(memcg, name)).reduce(Bytes::saturating_add)
}
