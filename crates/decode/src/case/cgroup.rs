//! The figures of the cgroup at its limit, in one vocabulary for both hierarchies.

use oomkit_core::{ident::visible, limit::Limit, units::Bytes, workload::Workload};

use super::{less, own_memory};
use crate::report::{Event, Memcg, Task};

/// What the cgroup's lines come to; `None` where the log does not tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct CgroupFigures {
    /// The path of the cgroup whose limit was hit.
    pub(crate) path: Option<String>,
    /// What the path says about whose limit it is; the victim may run further below.
    pub(crate) owner: Option<Workload>,
    /// Whether it is a cgroup of version 1; most kernels tell.
    pub(crate) is_v1: Option<bool>,
    /// The use of memory.
    pub(crate) usage: Option<Bytes>,
    /// The limit of memory, where it is finite.
    pub(crate) limit: Option<Bytes>,
    /// The use and the limit of memory and swap together, where the limit is finite (version 1).
    pub(crate) memsw: Option<(Bytes, Bytes)>,
    /// The use and the limit of kernel memory, where the limit is finite (version 1).
    pub(crate) kmem: Option<(Bytes, Bytes)>,
    /// Swap in use.
    pub(crate) swap: Option<Bytes>,
    /// Anonymous memory.
    pub(crate) anon: Option<Bytes>,
    /// File pages, shared memory included.
    pub(crate) file: Option<Bytes>,
    /// Shared memory and tmpfs.
    pub(crate) shmem: Option<Bytes>,
    /// Whether the log gives shared memory only as a difference of other figures.
    pub(crate) shmem_inferred: bool,
    /// File pages that wait for the disk, or are on their way to it.
    pub(crate) dirty: Option<Bytes>,
    /// All kernel memory that is charged, as one figure.
    pub(crate) kernel: Option<Bytes>,
    /// Kernel memory that no figure of its own counts.
    pub(crate) kernel_rest: Option<Bytes>,
    /// Slab.
    pub(crate) slab: Option<Bytes>,
    /// What is charged and stands in no statistic, where these are all there.
    pub(crate) unaccounted: Option<Bytes>,
}

/// The parts of kernel memory that have a figure of their own.
const KERNEL: [&str; 4] = ["kernel_stack", "pagetables", "percpu", "vmalloc"];

impl CgroupFigures {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let memcg = event.memcg.as_ref()?;
        let stat = |names: &[&str]| names.iter().find_map(|name| stat(memcg, name));
        let pair = |usage: Option<Bytes>, limit: Option<Limit>| usage.zip(limit.and_then(Limit::size));
        let slab = stat(&["slab"]).or_else(|| {
            let parts = [stat(&["slab_reclaimable"]), stat(&["slab_unreclaimable"])];
            parts.into_iter().sum::<Option<Bytes>>()
        });
        let parts = KERNEL.into_iter().filter_map(|name| stat(&[name]));
        let parts = parts.chain(slab).reduce(Bytes::saturating_add);
        // Up to 4.20 the counter is printed for version 2 as well, which does not use it.
        let counter = memcg.kmem_usage_bytes.filter(|usage| *usage != Bytes::ZERO);
        let kernel = stat(&["kernel"]).or_else(|| counter.max(parts));
        let anon = stat(&["anon", "rss"]);
        let file = stat(&["file", "cache"]);
        let (printed, inferred) = (stat(&["shmem"]), shared(memcg));
        let dirty = [stat(&["file_dirty", "dirty"]), stat(&["file_writeback", "writeback"])];
        let swapped = memcg.memsw_usage_bytes.zip(memcg.usage_bytes);
        Some(Self {
            owner: memcg.path.as_deref().and_then(Workload::of_path),
            path: memcg.path.clone(),
            is_v1: is_v1(memcg),
            usage: memcg.usage_bytes,
            limit: memcg.limit_bytes.and_then(Limit::size),
            memsw: pair(memcg.memsw_usage_bytes, memcg.memsw_limit_bytes),
            kmem: pair(memcg.kmem_usage_bytes, memcg.kmem_limit_bytes),
            swap: memcg
                .swap_usage_bytes
                .or_else(|| stat(&["swap"]))
                .or_else(|| swapped.map(|(both, memory)| less(both, memory))),
            anon,
            file,
            shmem: printed.or(inferred),
            shmem_inferred: printed.is_none() && inferred.is_some(),
            dirty: dirty.into_iter().flatten().reduce(Bytes::saturating_add),
            kernel,
            kernel_rest: kernel.map(|kernel| less(kernel, parts.unwrap_or_default())),
            slab,
            unaccounted: unaccounted(event, memcg),
        })
    }

    /// Returns the whole that shares refer to: what is used, or else the limit.
    pub(crate) fn whole(&self) -> Option<Bytes> {
        self.usage.or(self.limit).filter(|whole| *whole != Bytes::ZERO)
    }

    /// Returns anonymous memory, in memory and in swap.
    pub(crate) fn anon_and_swap(&self) -> Option<Bytes> {
        Some(self.anon?.saturating_add(self.swap.unwrap_or_default()))
    }

    /// Returns the file pages that are no shared memory.
    pub(crate) fn page_cache(&self) -> Option<Bytes> {
        Some(less(self.file?, self.shmem.unwrap_or_default()))
    }

    /// Returns how people call the cgroup.
    pub(crate) fn name(&self) -> String {
        match (&self.owner, &self.path) {
            (Some(owner), _) => owner.describe(),
            (None, Some(path)) => format!("cgroup {}", visible(path.as_bytes())),
            (None, None) => "the cgroup".into(),
        }
    }
}

impl super::Case {
    /// Returns a statistic of the cgroup at its limit, with all that is below it.
    pub(crate) fn stat(&self, name: &str) -> Option<Bytes> {
        stat(self.event.memcg.as_ref()?, name)
    }

    /// Returns the figures of a cgroup that ran into its limit, with the whole that shares refer to.
    pub(crate) fn full_cgroup(&self) -> Option<(&CgroupFigures, Bytes)> {
        let cgroup = self.cgroup.as_ref().filter(|_| self.is_cgroup())?;
        Some((cgroup, cgroup.whole()?))
    }

    /// Returns the largest of the candidates by memory of its own, and how much that is at most.
    pub(crate) fn largest_owner(&self) -> Option<(&Task, Bytes)> {
        let sizes = self.event.tasks.iter().map(|task| (task, self.at_most_its_own(task)));
        sizes.reduce(|most, next| if most.1 < next.1 { next } else { most })
    }

    /// The kill line parts the victim's memory where an old table does not.
    fn at_most_its_own(&self, task: &Task) -> Bytes {
        let row = own_memory(task);
        match self.victim() {
            Some(victim) if task.rss_anon_bytes.is_none() && victim.pid == task.pid => {
                let anon = victim
                    .anon_rss_bytes
                    .map(|anon| anon.saturating_add(task.swap_bytes.unwrap_or_default()));
                anon.map_or(row, |anon| anon.min(row))
            }
            _ => row,
        }
    }

    /// Returns how much of the cgroup's shared memory its processes map, at least and at most.
    ///
    /// One segment may be mapped by all of them, so only the largest is surely there.
    pub(crate) fn mapped_shared(&self, cgroup: &CgroupFigures) -> Option<(Bytes, Bytes)> {
        let victim = self.victim();
        let by_kill = victim.filter(|victim| self.task(victim.pid).is_none());
        let by_kill = by_kill.and_then(|victim| victim.shmem_rss_bytes);
        if !self.tasks.known {
            // The kernel mostly takes the largest, so the others are not known to hold less.
            return Some((by_kill?, Bytes::new(u64::MAX)));
        }
        // What a process has resident and the group has neither as its own nor as cache is shared.
        let other = cgroup.anon.zip(cgroup.page_cache()).map(|(anon, cache)| anon.saturating_add(cache));
        let bounds = self.event.tasks.iter().map(|task| {
            let of_kill = victim.filter(|victim| victim.pid == task.pid);
            if let Some(shared) = task.rss_shmem_bytes.or_else(|| of_kill?.shmem_rss_bytes) {
                return (shared, shared);
            }
            let resident = task.rss_bytes.unwrap_or_default();
            (other.map_or(Bytes::ZERO, |other| less(resident, other)), resident)
        });
        let missing = if self.event.task_table.lacks_rows() { Bytes::new(u64::MAX) } else { Bytes::ZERO };
        Some(bounds.fold((by_kill.unwrap_or_default(), missing), |(most, sum), (low, high)| {
            (most.max(low), sum.saturating_add(high))
        }))
    }
}

/// Up to Linux 4.20 the lines of version 1 are printed for both, but version 2 does not count in them.
fn is_v1(memcg: &Memcg) -> Option<bool> {
    if memcg.swap_limit_bytes.is_some() {
        return Some(false);
    }
    let counts = [memcg.memsw_usage_bytes, memcg.kmem_usage_bytes];
    counts.into_iter().flatten().any(|usage| usage != Bytes::ZERO).then_some(true)
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

/// Tells whether statistics that are sizes are missing, and not only counts of events behind them.
pub(crate) fn sizes_are_cut(memcg: &Memcg) -> bool {
    let last = if memcg.stat.contains_key("anon") { "slab_unreclaimable" } else { "unevictable" };
    memcg.stat_may_be_cut && !memcg.stat.contains_key(last)
}

/// Before Linux 4.12 shared memory is printed nowhere, but stands on the anonymous lists and in the
/// cache; the smaller of both differences is believed.
fn shared(memcg: &Memcg) -> Option<Bytes> {
    let sum = |names: [&str; 2]| names.into_iter().map(|name| stat(memcg, name)).sum::<Option<Bytes>>();
    let on_lists = less(sum(["inactive_anon", "active_anon"])?, stat(memcg, "rss")?);
    let in_cache = less(stat(memcg, "cache")?, sum(["inactive_file", "active_file"])?);
    Some(on_lists.min(in_cache))
}

/// Statistics that are lost would look like memory that nobody claims.
fn unaccounted(event: &Event, memcg: &Memcg) -> Option<Bytes> {
    let own = memcg.stat.get("anon").or_else(|| memcg.stat.get("total_rss"));
    let own = own.or_else(|| memcg.stat.get("rss"))?;
    let constraint = event.constraint.as_ref();
    let below = constraint.and_then(|constraint| constraint.task_memcg.as_ref());
    let hierarchical = memcg.stat.contains_key("anon") || memcg.stat.contains_key("total_rss");
    let whole = hierarchical || !memcg.children.is_empty() || below == memcg.path.as_ref();
    let account = event.account.as_ref().filter(|account| account.of().starts_with("cgroup"))?;
    (whole && *own != 0 && !sizes_are_cut(memcg))
        .then(|| Bytes::new(u64::try_from(account.residue().get()).unwrap_or(0)))
}
