//! The account: where the memory was, and what nobody claims.

use std::collections::BTreeMap;

use oomkit_core::{
    account::{Account, Part},
    units::Bytes,
};

use crate::report::{Machine, Memcg, Node, Scope, Zone};

/// Balances what ran out: the cgroup at its limit, the nodes that were allowed, or else the machine.
///
/// `None` where the whole is not known.
pub(super) fn of(scope: Scope, machine: Option<&Machine>, memcg: Option<&Memcg>) -> Option<Account> {
    let part = match scope {
        Scope::Memcg => memcg.and_then(of_cgroup),
        // The dump shows no other nodes.
        Scope::Cpuset | Scope::Mempolicy => machine.and_then(of_nodes),
        _ => None,
    };
    part.or_else(|| machine.and_then(of_machine))
}

/// Balances all nodes that the dump shows, together.
fn of_nodes(machine: &Machine) -> Option<Account> {
    let numbers = machine.nodes.iter().map(|node| node.node.to_string()).collect::<Vec<_>>().join(", ");
    let word = if machine.nodes.len() == 1 { "node" } else { "nodes" };
    let accounts: Vec<&Account> =
        machine.nodes.iter().map(|node| node.account.as_ref()).collect::<Option<_>>()?;
    let whole = accounts.iter().map(|account| account.whole()).reduce(Bytes::saturating_add)?;
    let mut parts: Vec<Part> = Vec::new();
    for part in accounts.iter().flat_map(|account| account.parts()) {
        match parts.iter_mut().find(|known| known.name == part.name) {
            Some(known) => known.bytes = known.bytes.saturating_add(part.bytes),
            None => parts.push(part.clone()),
        }
    }
    Some(Account::balance(format!("{word} {numbers}"), whole, parts))
}

/// Balances a node: the whole is what its zones manage.
///
/// Since Linux 4.8 slab is counted for the machine alone, and stands in the residue.
pub(super) fn of_node(node: &Node, zones: &[Zone]) -> Option<Account> {
    let own = || zones.iter().filter(|zone| zone.node == Some(node.node));
    let sum = |name: &str| own().map(|zone| zone.counters.get(name).copied()).sum::<Option<Bytes>>();
    let whole = sum("managed_bytes").filter(|whole| *whole != Bytes::ZERO)?;
    let counter = |name: &str| node.counters.get(name).copied().or_else(|| sum(name)).unwrap_or_default();
    let free: Bytes = own().filter_map(|zone| zone.free_bytes).sum();
    let anon: Bytes =
        ["active_anon_bytes", "inactive_anon_bytes", "isolated_anon_bytes"].into_iter().map(counter).sum();
    let file = ["active_file_bytes", "inactive_file_bytes", "isolated_file_bytes"].into_iter().map(counter);
    let shared = counter("shmem_bytes").min(anon);
    let parts = [
        part("anonymous", less(anon, shared)),
        part("shared memory and tmpfs", shared),
        part("file cache", file.sum()),
        part("unevictable", counter("unevictable_bytes")),
        part("slab, unreclaimable", counter("slab_unreclaimable_bytes")),
        part("slab, reclaimable", counter("slab_reclaimable_bytes")),
        part("page tables", counter("pagetables_bytes").saturating_add(counter("sec_pagetables_bytes"))),
        part("kernel stacks", counter("kernel_stack_bytes")),
        part("free", free.saturating_add(counter("free_pcp_bytes"))),
    ];
    let parts = parts.into_iter().filter(|part| part.bytes != Bytes::ZERO).collect();
    Some(Account::balance(format!("node {}", node.node), whole, parts))
}

fn part(name: &str, bytes: Bytes) -> Part {
    Part { name: name.into(), bytes }
}

fn less(from: Bytes, other: Bytes) -> Bytes {
    Bytes::new(from.get().saturating_sub(other.get()))
}

/// The whole is what the page allocator manages.
pub(crate) fn of_machine(machine: &Machine) -> Option<Account> {
    let whole = machine.managed_bytes?;
    let known = !machine.counters.is_empty();
    known.then(|| Account::balance("machine", whole, parts_of_machine(machine)))
}

/// Returns what the global counters tell; shared memory stands inside the anonymous lists.
pub(crate) fn parts_of_machine(machine: &Machine) -> Vec<Part> {
    let counter = |name: &str| machine.counters.get(name).copied().unwrap_or_default();
    let sum = |names: &[&str]| names.iter().map(|name| counter(name)).sum::<Bytes>();
    // Kernels before 2.6.28 do not part anonymous from file pages.
    let unsplit = sum(&["active_bytes", "inactive_bytes"]);
    let anon_lists = sum(&["active_anon_bytes", "inactive_anon_bytes", "isolated_anon_bytes"]);
    let shared = counter("shmem_bytes").min(anon_lists);
    let stacks = of_places(machine, "kernel_stack_bytes").unwrap_or_default();
    let huge: Bytes = machine
        .hugepages
        .iter()
        .map(|pool| Bytes::new(pool.total.saturating_mul(pool.size_bytes.get())))
        .sum();
    let parts = [
        part("anonymous", less(anon_lists, shared)),
        part("shared memory and tmpfs", shared),
        part("active and inactive", unsplit),
        part("file cache", sum(&["active_file_bytes", "inactive_file_bytes", "isolated_file_bytes"])),
        part("unevictable", counter("unevictable_bytes")),
        part("slab, unreclaimable", sum(&["slab_unreclaimable_bytes", "slab_bytes"])),
        part("slab, reclaimable", counter("slab_reclaimable_bytes")),
        part("page tables", sum(&["pagetables_bytes", "sec_pagetables_bytes"])),
        part("kernel stacks", stacks),
        part("huge pages", huge),
        part("other kernel memory", sum(&["kernel_misc_reclaimable_bytes", "bounce_bytes"])),
        part("free", sum(&["free_bytes", "free_pcp_bytes"])),
    ];
    parts.into_iter().filter(|part| part.bytes != Bytes::ZERO).collect()
}

/// Returns a counter that zones print up to one release and nodes from then on.
pub(crate) fn of_places(machine: &Machine, name: &str) -> Option<Bytes> {
    let sum = |sizes: &mut dyn Iterator<Item = Option<Bytes>>| sizes.flatten().reduce(Bytes::saturating_add);
    let of_nodes = sum(&mut machine.nodes.iter().map(|node| node.counters.get(name).copied()));
    let of_zones = sum(&mut machine.zones.iter().map(|zone| zone.counters.get(name).copied()));
    of_nodes.max(of_zones)
}

fn of_cgroup(memcg: &Memcg) -> Option<Account> {
    let whole = memcg.usage_bytes?;
    let of = memcg.path.as_ref().map_or_else(|| "cgroup".into(), |path| format!("cgroup {path}"));
    if memcg.stat.is_empty() {
        return Some(Account::balance(of, whole, Vec::new()));
    }
    let parts = if memcg.stat.contains_key("anon") { of_v2_words(&memcg.stat) } else { of_v1_words(memcg) };
    let parts = parts.into_iter().filter(|part| part.bytes != Bytes::ZERO).collect();
    Some(Account::balance(of, whole, parts))
}

fn of_v2_words(stat: &BTreeMap<String, u64>) -> Vec<Part> {
    let of = |name: &str| Bytes::new(stat.get(name).copied().unwrap_or_default());
    let shared = of("shmem").min(of("file"));
    let slab = stat.get("slab").map_or_else(
        || of("slab_reclaimable").saturating_add(of("slab_unreclaimable")),
        |slab| Bytes::new(*slab),
    );
    let named: Bytes =
        [slab, of("kernel_stack"), of("pagetables"), of("percpu"), of("vmalloc")].into_iter().sum();
    vec![
        part("anonymous", of("anon")),
        part("shared memory and tmpfs", shared),
        part("file cache", less(of("file"), shared)),
        part("swap cache", swap_cache(&of, of("anon").saturating_add(shared))),
        part("slab", slab),
        part("kernel stacks", of("kernel_stack")),
        part("page tables", of("pagetables")),
        part("per-CPU", of("percpu")),
        part("vmalloc", of("vmalloc")),
        part("other kernel memory", less(of("kernel"), named)),
        part("sockets", of("sock")),
        part("zswap", of("zswap")),
    ]
}

/// The v1 words count a cgroup alone; `total_`, or else the lines of its children, count what is below.
fn of_v1_words(memcg: &Memcg) -> Vec<Part> {
    let of = |name: &str| {
        if let Some(total) = memcg.stat.get(&format!("total_{name}")) {
            return Bytes::new(*total);
        }
        let own = memcg.stat.get(name).copied();
        let children = memcg.children.iter().filter_map(|child| child.stat.get(name).copied());
        own.into_iter().chain(children).map(Bytes::new).sum()
    };
    let shared = of("shmem").min(of("cache"));
    vec![
        part("anonymous", of("rss")),
        part("shared memory and tmpfs", shared),
        part("file cache", less(of("cache"), shared)),
        part("swap cache", swap_cache(&of, of("rss").saturating_add(shared))),
        part("kernel memory", memcg.kmem_usage_bytes.unwrap_or_default()),
    ]
}

/// Pages that are in swap as well and that nobody maps are anonymous by their list alone.
fn swap_cache(of: &impl Fn(&str) -> Bytes, mapped: Bytes) -> Bytes {
    // Without swap, the difference is the time between two readings.
    let swaps = [of("swapcached"), of("swap")].into_iter().any(|size| size != Bytes::ZERO);
    let lists = of("inactive_anon").saturating_add(of("active_anon"));
    if swaps { less(lists, mapped) } else { Bytes::ZERO }
}
