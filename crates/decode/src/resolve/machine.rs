//! The machine's memory: counters in pages and kB become bytes; known kernel bugs are mended and said.

use oomkit_core::units::{Bytes, KiB, PageSize, Pages};

use crate::draft::Draft;
use crate::kernel::{buddy::Buddy, zone::Line};
use crate::report::{AllocationSite, FreeList, HugePages, Machine, Node, SlabCache, Zone};

/// Returns what Mem-Info tells; `None` where the report has none of it.
pub(super) fn of(draft: &Draft, page_size: PageSize, notes: &mut Vec<String>) -> Option<Machine> {
    let totals = &draft.totals;
    let bytes = |pages: Option<Pages>| pages.map(|pages| pages.bytes(page_size));
    let mut machine = Machine {
        ram_bytes: bytes(totals.ram),
        highmem_bytes: bytes(totals.highmem),
        cma_reserved_bytes: bytes(totals.cma_reserved),
        hwpoisoned_bytes: bytes(totals.hwpoisoned),
        pagecache_bytes: bytes(totals.pagecache),
        swap_cache_bytes: bytes(totals.swap_cache),
        swap_total_bytes: totals.swap_total.map(KiB::bytes),
        swap_free_bytes: totals.swap_free.map(KiB::bytes),
        ..Machine::default()
    };
    for (name, pages) in &draft.counters {
        machine.counters.insert(name.clone(), pages.bytes(page_size));
    }
    if let Some(size) = draft.free_pages {
        machine.counters.entry("free_bytes".into()).or_insert(size.bytes());
    }
    for (line, reserves, no) in &draft.zones {
        match &line.zone {
            None => machine.nodes.extend(node(line, *no)),
            Some(name) => {
                let mut zone = zone(line, name, *no);
                zone.lowmem_reserve_bytes = reserves.iter().map(|pages| pages.bytes(page_size)).collect();
                machine.zones.push(zone);
            }
        }
    }
    for buddy in &draft.buddies {
        attach_free_lists(&mut machine, buddy);
    }
    machine.hugepages = draft.hugepages.iter().map(pool).collect();
    set_reserved(&mut machine, draft, page_size, notes);
    unshift_shmem(&mut machine, notes);
    // The totals come after the zones: with them, no zone of a node has been cut off.
    for node in machine.nodes.iter_mut().filter(|_| machine.ram_bytes.is_some()) {
        node.account = super::balance::of_node(node, &machine.zones);
    }
    (machine != Machine::default()).then_some(machine)
}

fn node(line: &Line, no: oomkit_core::place::LineNo) -> Option<Node> {
    let counters = line.counters.iter().map(|(name, size)| (name.clone(), size.bytes())).collect();
    Some(Node {
        node: line.node?,
        counters,
        all_unreclaimable: line.all_unreclaimable,
        account: None,
        line: no,
    })
}

fn zone(line: &Line, name: &str, no: oomkit_core::place::LineNo) -> Zone {
    let mut zone = Zone {
        node: line.node,
        name: name.to_owned(),
        all_unreclaimable: line.all_unreclaimable,
        line: Some(no),
        ..Zone::default()
    };
    for (counter, size) in &line.counters {
        let size = size.bytes();
        match counter.as_ref() {
            "free_bytes" => zone.free_bytes = Some(size),
            "min_bytes" => zone.min_bytes = Some(size),
            "low_bytes" => zone.low_bytes = Some(size),
            "high_bytes" => zone.high_bytes = Some(size),
            _ => drop(zone.counters.insert(counter.clone(), size)),
        }
    }
    zone
}

fn attach_free_lists(machine: &mut Machine, buddy: &Buddy) {
    let lists = buddy.lists.iter().map(|list| FreeList {
        block_bytes: list.block.bytes(),
        count: list.count,
        types: list.types.clone(),
    });
    let lists = lists.collect();
    let total = buddy.total.map(KiB::bytes);
    let same =
        |zone: &&mut Zone| zone.name == buddy.zone && zone.node == buddy.node && zone.free_lists.is_empty();
    match machine.zones.iter_mut().find(same) {
        Some(zone) => {
            zone.free_lists = lists;
            zone.free_lists_bytes = total;
        }
        None => machine.zones.push(Zone {
            node: buddy.node,
            name: buddy.zone.clone(),
            free_lists: lists,
            free_lists_bytes: total,
            ..Zone::default()
        }),
    }
}

fn pool(pool: &crate::kernel::totals::HugePages) -> HugePages {
    HugePages {
        node: pool.node,
        size_bytes: pool.size.bytes(),
        total: pool.total,
        free: pool.free,
        surplus: pool.surplus,
    }
}

/// `pages reserved` is wrong in two eras; the zones' own figures tell.
fn set_reserved(machine: &mut Machine, draft: &Draft, page_size: PageSize, notes: &mut Vec<String>) {
    let (Some(ram), Some(reserved)) = (draft.totals.ram, draft.totals.reserved) else { return };
    let mut reserved = reserved.get();
    if ram.get() < reserved {
        // Linux 3.19 to 4.1 subtract the pages for contiguous allocation, and may wrap below zero.
        let cma = draft.totals.cma_reserved.unwrap_or_default().get();
        reserved = reserved.wrapping_add(cma);
        notes.push(
            "`pages reserved` was printed below zero; the pages reserved for CMA were added back".into(),
        );
    }
    if ram.get() < reserved {
        notes.push(
            "`pages reserved` is larger than `pages RAM`; neither the managed memory nor scores are known"
                .into(),
        );
        return;
    }
    let mut managed = Pages::new(ram.get() - reserved).bytes(page_size);
    if let Some(sum) = managed_of_zones(machine)
        && sum < managed
        && managed.get() / 50 < managed.get() - sum.get()
    {
        // Linux 3.13 to 3.17 count only the last zone's reserved pages.
        notes.push(format!(
            "`pages reserved` contradicts the zones, which manage {sum}; the zones were believed"
        ));
        managed = sum;
        reserved =
            page_size.pages_in(Bytes::new(machine.ram_bytes.unwrap_or_default().get() - sum.get())).get();
    }
    machine.reserved_bytes = Some(Pages::new(reserved).bytes(page_size));
    machine.managed_bytes = Some(managed);
}

/// What the zones manage, where all of them are shown.
fn managed_of_zones(machine: &Machine) -> Option<Bytes> {
    let sum =
        |name: &str| machine.zones.iter().map(|zone| zone.counters.get(name).copied()).sum::<Option<Bytes>>();
    let present = sum("present_bytes").filter(|size| *size != Bytes::ZERO)?;
    let ram = machine.ram_bytes?;
    let all_shown = present.get().abs_diff(ram.get()) <= ram.get() / 50;
    if all_shown { sum("managed_bytes") } else { None }
}

/// Linux 4.8 to 4.10 print four counters of a node under one another's names.
fn unshift_shmem(machine: &mut Machine, notes: &mut Vec<String>) {
    let Some(global) = machine.counters.get("shmem_bytes").map(|size| size.get()) else { return };
    let sum = |name: &str| {
        machine.nodes.iter().map(|node| Some(node.counters.get(name)?.get())).sum::<Option<u64>>()
    };
    let (Some(shmem), Some(anon_thp)) = (sum("shmem_bytes"), sum("anon_thp_bytes")) else { return };
    let near = |size: u64| size.abs_diff(global) <= global / 20 + (1 << 20);
    if near(shmem) || !near(anon_thp) {
        return;
    }
    for node in &mut machine.nodes {
        let of = |name: &str| node.counters.get(name).copied();
        let shifted =
            [of("anon_thp_bytes"), of("shmem_bytes"), of("shmem_thp_bytes"), of("shmem_pmdmapped_bytes")];
        let names = ["shmem_bytes", "shmem_thp_bytes", "shmem_pmdmapped_bytes", "anon_thp_bytes"];
        for (name, size) in names.into_iter().zip(shifted) {
            node.counters.extend(size.map(|size| (name.into(), size)));
        }
    }
    notes.push(
        "this kernel prints four shared-memory counters of a node under wrong names; they were put right"
            .into(),
    );
}

/// The slab caches, largest first.
pub(super) fn slab(draft: &Draft) -> Vec<SlabCache> {
    let mut caches: Vec<_> = draft
        .caches
        .iter()
        .map(|cache| SlabCache {
            name: cache.name.clone(),
            used_bytes: cache.used.bytes(),
            total_bytes: cache.total.bytes(),
        })
        .collect();
    caches.sort_by_key(|cache| std::cmp::Reverse(cache.total_bytes));
    caches
}

/// The allocation sites, in the order of the kernel, which is by size.
pub(super) fn allocations(draft: &Draft) -> Vec<AllocationSite> {
    let site = |site: &crate::kernel::slab::Site| AllocationSite {
        bytes: site.bytes,
        calls: site.calls,
        place: site.place.clone(),
        module: site.module.clone(),
        function: site.function.clone(),
    };
    draft.sites.iter().map(site).collect()
}
