//! Attribution: where the memory of a snapshot is, as accounts that balance and show their residue.

use oomkit_core::{
    account::{Account, Part},
    ident::visible,
    units::{ByteDelta, Bytes},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    held::Held,
    kernel::{self, meminfo, stat},
    snapshot::{Cgroup, Hierarchy, Machine, Snapshot},
};

/// What a part of the machine's memory is called, and by which of the kernel's names it goes.
///
/// The swap cache is no part: most of its pages are mapped, and the anonymous ones have them already.
const PARTS: &[(&str, &str)] = &[
    ("free", meminfo::FREE),
    ("anonymous", meminfo::ANONYMOUS),
    ("shared memory and tmpfs", meminfo::SHARED),
    ("slab, reclaimable", meminfo::RECLAIMABLE),
    ("slab, unreclaimable", meminfo::UNRECLAIMABLE),
    ("page tables", meminfo::PAGE_TABLES),
    ("page tables of guests and devices", meminfo::SECONDARY_PAGE_TABLES),
    ("kernel stacks", meminfo::KERNEL_STACKS),
    ("per-processor data", meminfo::PER_CPU),
    ("huge pages", meminfo::HUGE_PAGES),
    ("compressed swap cache", meminfo::ZSWAP),
];

/// Balances the memory of the machine; `None` where its size is not known.
///
/// The residue is memory that no figure of the kernel claims: what drivers and the kernel itself
/// allocate in whole pages.
#[must_use]
pub fn machine(machine: &Machine) -> Option<Account> {
    let whole = kernel::size(machine, meminfo::TOTAL)?;
    let mut parts: Vec<Part> =
        PARTS.iter().filter_map(|(name, key)| Some(part(name, kernel::size(machine, key)?))).collect();
    let size = |key| kernel::size(machine, key);
    // The kernel counts shared memory to the cache, since both have no owner; it is told apart here.
    if let Some(cached) = size(meminfo::CACHED) {
        let (name, shared) = match size(meminfo::SHARED) {
            Some(shared) => ("file cache", shared),
            None => ("file cache and shared memory", Bytes::ZERO),
        };
        let buffers = size(meminfo::BUFFERS).unwrap_or_default();
        let file = Bytes::new(cached.get().saturating_sub(shared.get())).saturating_add(buffers);
        parts.insert(2.min(parts.len()), part(name, file));
    }
    // Old kernels and recordings of other tools have the sum alone.
    if size(meminfo::RECLAIMABLE).or(size(meminfo::UNRECLAIMABLE)).is_none() {
        parts.extend(size(meminfo::SLAB).map(|slab| part("slab", slab)));
    }
    // Compressed block devices take whole pages, which no line of the kernel's summary has.
    let zram: Vec<Bytes> = machine.zram.iter().flatten().filter_map(|device| device.memory_bytes).collect();
    if !zram.is_empty() {
        parts.push(part("compressed block devices", zram.into_iter().sum()));
    }
    Some(Account::balance("machine", whole, parts))
}

/// Balances anonymous memory by the names of the processes that hold it, the largest first.
///
/// Names beyond `most` are one part. The residue is below zero where processes share anonymous
/// pages, as after a fork, and above where a process was not seen.
#[must_use]
pub fn anonymous(snapshot: &Snapshot, most: usize) -> Option<Account> {
    let whole = kernel::size(&snapshot.machine, meminfo::ANONYMOUS)?;
    let mut names: std::collections::BTreeMap<&[u8], Held> = std::collections::BTreeMap::new();
    for process in snapshot.processes.as_ref()? {
        names.entry(process.comm.as_bytes()).or_default().add(&process.into());
    }
    let mut holders: Vec<(&[u8], Bytes)> =
        names.into_iter().filter_map(|(name, held)| Some((name, held.anonymous_bytes?))).collect();
    holders.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), *name));
    let rest = holders.split_off(most.min(holders.len()));
    let mut parts: Vec<Part> = holders.into_iter().map(|(name, size)| part(&visible(name), size)).collect();
    if !rest.is_empty() {
        parts.push(part("all others", rest.into_iter().map(|(_, size)| size).sum()));
    }
    Some(Account::balance("anonymous memory", whole, parts))
}

/// Balances what a control group is charged for; `None` where its usage or its figures are not known.
#[must_use]
pub fn cgroup(cgroup: &Cgroup) -> Option<Account> {
    let whole = cgroup.usage_bytes?;
    let figures = cgroup.stat.as_ref()?;
    let size = |key| kernel::figure(Some(figures), key).map(Bytes::new);
    let (cache, shared, rest): (_, _, &[(&str, &str)]) = match cgroup.hierarchy {
        Hierarchy::V1 => {
            (size(stat::OLD_CACHE), size(stat::OLD_SHARED), &[("anonymous", stat::OLD_ANONYMOUS)])
        }
        Hierarchy::V2 => (
            size(stat::FILE),
            size(stat::SHARED),
            &[
                ("anonymous", stat::ANONYMOUS),
                ("slab, reclaimable", stat::RECLAIMABLE),
                ("slab, unreclaimable", stat::UNRECLAIMABLE),
                ("page tables", stat::PAGE_TABLES),
                ("page tables of guests and devices", stat::SECONDARY_PAGE_TABLES),
                ("kernel stacks", stat::KERNEL_STACKS),
                ("per-processor data", stat::PER_CPU),
                ("kernel's own mappings", stat::VMALLOC),
                ("sockets", stat::SOCKETS),
                ("compressed swap cache", stat::ZSWAP),
            ],
        ),
    };
    let mut parts: Vec<Part> = rest.iter().filter_map(|(name, key)| Some(part(name, size(key)?))).collect();
    if let Some(cache) = cache {
        let file = cache.get().saturating_sub(shared.unwrap_or_default().get());
        parts.push(part("file cache", Bytes::new(file)));
    }
    parts.extend(shared.map(|shared| part("shared memory and tmpfs", shared)));
    Some(Account::balance(format!("cgroup {}", cgroup.path), whole, parts))
}

/// How an account changed, part by part; the changes of the parts and of the residue add up to that of the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shift {
    /// The change of the whole.
    pub whole_bytes: ByteDelta,
    /// The change of each part that both sides know.
    pub parts: Vec<(String, ByteDelta)>,
    /// The parts that only one side knows; how they changed is not.
    pub not_known: Vec<String>,
    /// The change of all else: what nobody claims, and the parts that only one side knows.
    pub residue_bytes: ByteDelta,
}

impl Shift {
    /// Returns what must be added to one account to reach the other.
    #[must_use]
    pub fn between(before: &Account, after: &Account) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for part in before.parts().iter().chain(after.parts()) {
            if !names.contains(&part.name.as_str()) {
                names.push(&part.name);
            }
        }
        let of = |account: &Account, name: &str| -> Option<Bytes> {
            account.parts().iter().find(|part| part.name == name).map(|part| part.bytes)
        };
        let (mut parts, mut not_known) = (Vec::new(), Vec::new());
        for name in names {
            match (of(before, name), of(after, name)) {
                (Some(before), Some(after)) => parts.push((name.to_owned(), after.minus(before))),
                _ => not_known.push(name.to_owned()),
            }
        }
        let whole = after.whole().minus(before.whole());
        let claimed: i64 = parts.iter().fold(0, |sum, (_, delta)| sum.saturating_add(delta.get()));
        Self {
            whole_bytes: whole,
            parts,
            not_known,
            residue_bytes: delta(whole.get().saturating_sub(claimed)),
        }
    }
}

fn delta(bytes: i64) -> ByteDelta {
    let size = Bytes::new(bytes.unsigned_abs());
    if bytes < 0 { Bytes::ZERO.minus(size) } else { size.minus(Bytes::ZERO) }
}

fn part(name: &str, bytes: Bytes) -> Part {
    Part { name: name.to_owned(), bytes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{name::Name, snapshot::Meminfo};

    fn host(sizes: &[(&str, u64)]) -> Machine {
        let sizes = sizes.iter().map(|(name, size)| (Name::from(*name), Bytes::new(*size))).collect();
        Machine { meminfo: Some(Meminfo { sizes, ..Meminfo::default() }), ..Machine::default() }
    }

    fn shown(account: &Account) -> Vec<(&str, u64)> {
        account.parts().iter().map(|part| (part.name.as_str(), part.bytes.get())).collect()
    }

    #[test]
    fn the_machine_balances_and_shows_what_nobody_claims() {
        let before = host(&[
            ("MemTotal", 1000),
            ("MemFree", 100),
            ("AnonPages", 300),
            ("Cached", 250),
            ("Buffers", 10),
            ("Shmem", 50),
        ]);
        let account = machine(&before).unwrap();
        let parts = [("free", 100), ("anonymous", 300), ("file cache", 210), ("shared memory and tmpfs", 50)];
        assert_eq!((shown(&account), account.residue().get()), (parts.to_vec(), 340));
        assert_eq!(machine(&host(&[("MemFree", 1)])), None);

        let after = machine(&host(&[("MemTotal", 1000), ("MemFree", 20), ("AnonPages", 310)])).unwrap();
        let shift = Shift::between(&account, &after);
        let parts: Vec<(&str, i64)> =
            shift.parts.iter().map(|(name, delta)| (name.as_str(), delta.get())).collect();
        // What only one side knows has not shrunk to nothing.
        assert_eq!((parts, shift.residue_bytes.get()), (vec![("free", -80), ("anonymous", 10)], 70));
        assert_eq!(shift.not_known, ["file cache", "shared memory and tmpfs"]);

        let recorded = host(&[("MemTotal", 1000), ("Cached", 250), ("Buffers", 10), ("Slab", 40)]);
        let account = machine(&recorded).unwrap();
        assert_eq!(shown(&account), [("file cache and shared memory", 260), ("slab", 40)]);
    }

    #[test]
    fn a_control_group_balances_in_both_hierarchies() {
        let stat = |names: &[(&str, u64)]| {
            Some(names.iter().map(|(name, size)| (Name::from(*name), *size)).collect())
        };
        let mut group = Cgroup {
            path: Name::from("/a"),
            usage_bytes: Some(Bytes::new(100)),
            stat: stat(&[("anon", 40), ("file", 30), ("shmem", 10), ("sock", 5)]),
            ..Cgroup::default()
        };
        let account = cgroup(&group).unwrap();
        let parts = [("anonymous", 40), ("sockets", 5), ("file cache", 20), ("shared memory and tmpfs", 10)];
        assert_eq!((shown(&account), account.residue().get()), (parts.to_vec(), 25));
        group.hierarchy = Hierarchy::V1;
        group.stat = stat(&[("total_rss", 60), ("total_cache", 40), ("total_shmem", 40), ("rss", 1)]);
        let account = cgroup(&group).unwrap();
        assert_eq!((account.residue().get(), account.parts().len()), (0, 3));
    }
}
