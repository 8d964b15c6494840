//! The machine's figures: the whole, its large parts, swap, and what nobody claims.

use oomkit_core::units::{ByteDelta, Bytes};

use super::{at_least, less};
use crate::report::{Event, Machine};
use crate::resolve::balance;

/// What the counters of the machine come to; `None` where the log does not tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct MachineFigures {
    /// The size of a page.
    pub(crate) page: Bytes,
    /// What the page allocator manages.
    pub(crate) managed: Option<Bytes>,
    /// The pools of huge pages, used or not.
    pub(crate) huge: Bytes,
    /// The free part of the pools.
    pub(crate) huge_free: Bytes,
    /// What is managed and no huge page: the denominator of shares.
    pub(crate) usable: Option<Bytes>,
    /// Anonymous memory on the lists of reclaim, shared memory included.
    pub(crate) anon: Option<Bytes>,
    /// File pages on the lists of reclaim.
    pub(crate) file: Option<Bytes>,
    /// All pages on the lists of reclaim, locked ones included.
    pub(crate) lru: Option<Bytes>,
    /// Kernel stacks.
    pub(crate) stacks: Option<Bytes>,
    /// All swap space.
    pub(crate) swap_total: Option<Bytes>,
    /// Swap space in use.
    pub(crate) swap_used: Option<Bytes>,
    /// Memory that no counter holds; negative where the counters hold more than there is.
    pub(crate) unaccounted: Option<ByteDelta>,
    /// Free memory that the dump does not show in any zone.
    pub(crate) hidden_free: Option<Bytes>,
}

impl MachineFigures {
    pub(super) fn of(event: &Event) -> Self {
        let page = event.page_size_bytes.bytes();
        let Some(machine) = &event.machine else { return Self { page, ..Self::default() } };
        let counter = |name: &str| counter(machine, name);
        let sum = |names: &[&str]| names.iter().map(|name| counter(name)).sum::<Option<Bytes>>();
        let pools = |pages: fn(&crate::report::HugePages) -> u64| -> Bytes {
            let sizes =
                machine.hugepages.iter().map(|pool| pages(pool).saturating_mul(pool.size_bytes.get()));
            sizes.map(Bytes::new).sum()
        };
        let (huge, huge_free) = (pools(|pool| pool.total), pools(|pool| pool.free));
        let anon = sum(&["active_anon_bytes", "inactive_anon_bytes"]);
        let file = sum(&["active_file_bytes", "inactive_file_bytes"]);
        let isolated = |name: &str| counter(name).unwrap_or_default();
        let (anon, file) = (
            anon.map(|anon| anon.saturating_add(isolated("isolated_anon_bytes"))),
            file.map(|file| file.saturating_add(isolated("isolated_file_bytes"))),
        );
        let locked = counter("unevictable_bytes").unwrap_or_default();
        Self {
            page,
            managed: machine.managed_bytes,
            huge,
            huge_free,
            usable: machine.managed_bytes.map(|managed| less(managed, huge)),
            anon,
            file,
            lru: anon.zip(file).map(|(anon, file)| anon.saturating_add(file).saturating_add(locked)),
            stacks: balance::of_places(machine, "kernel_stack_bytes"),
            swap_total: machine.swap_total_bytes,
            swap_used: machine
                .swap_total_bytes
                .zip(machine.swap_free_bytes)
                .map(|(total, free)| less(total, free)),
            unaccounted: unaccounted(machine),
            hidden_free: hidden_free(machine),
        }
    }

    /// What processes could ever have had at this moment: memory, and the swap that is in use.
    pub(crate) fn with_swap(&self) -> Option<Bytes> {
        Some(self.managed?.saturating_add(self.swap_used.unwrap_or_default()))
    }
}

impl super::Case {
    /// Returns a counter of the machine by its name, such as `shmem_bytes`.
    pub(crate) fn counter(&self, name: &str) -> Option<Bytes> {
        self.event.machine.as_ref().and_then(|machine| counter(machine, name))
    }

    /// Returns a counter and the usable memory, where it makes up so many percent of it or more.
    pub(crate) fn holds(&self, name: &str, percent: u64) -> Option<(Bytes, Bytes)> {
        let usable = self.machine.usable.filter(|_| self.speaks_of_machine())?;
        let part = self.counter(name)?;
        at_least(part, percent, usable).then_some((part, usable))
    }
}

fn counter(machine: &Machine, name: &str) -> Option<Bytes> {
    machine.counters.get(name).copied()
}

/// Counters that must be there before a residue means anything.
const NEEDED: [&str; 6] = [
    "active_anon_bytes",
    "inactive_anon_bytes",
    "active_file_bytes",
    "slab_unreclaimable_bytes",
    "pagetables_bytes",
    "free_bytes",
];

fn unaccounted(machine: &Machine) -> Option<ByteDelta> {
    NEEDED.iter().all(|name| machine.counters.contains_key(*name)).then_some(())?;
    balance::of_machine(machine).map(|account| account.residue())
}

fn hidden_free(machine: &Machine) -> Option<Bytes> {
    let free = counter(machine, "free_bytes")?;
    let shown = machine.zones.iter().map(|zone| zone.free_bytes).sum::<Option<Bytes>>()?;
    (!machine.zones.is_empty()).then(|| less(free, shown))
}
