//! The machine: RAM, swap, huge pages and, in full, all global counters.

use oomkit_core::{
    document::{Block, Column, Document, Table},
    units::Bytes,
};

use super::{
    Case,
    nodes::reclaim,
    push_table,
    words::{NOT_IN_LOG, cell, detail, name, or_unknown},
};
use crate::report::{Counters, HugePages, Machine, Node};

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let Some(machine) = &case.event.machine else { return };
    document.push(detail("The machine"));
    document.push(Block::Facts(facts(machine, case.is_full())));
    huge_pages(&machine.hugepages, case.is_full(), document);
    if case.is_full() {
        counters("Counters of the machine", &machine.counters, case.is_full(), document);
    }
}

fn facts(machine: &Machine, is_full: bool) -> Vec<(String, String)> {
    let ram = match (machine.managed_bytes, machine.ram_bytes, machine.reserved_bytes) {
        (Some(managed), Some(ram), _) => format!("{managed} usable of {ram}"),
        (Some(managed), None, _) => format!("{managed} usable"),
        (None, Some(ram), Some(reserved)) => format!("{ram}, of which the kernel keeps {reserved}"),
        (None, ram, _) => or_unknown(ram),
    };
    let mut facts = vec![("RAM".to_owned(), ram), ("swap".to_owned(), swap(machine))];
    let mut add = |title: &str, size: Option<Bytes>| {
        if let Some(size) = size.filter(|size| is_full || *size != Bytes::ZERO) {
            facts.push((title.to_owned(), size.to_string()));
        }
    };
    add("both in swap and in RAM", machine.swap_cache_bytes);
    add("page cache and shared memory", machine.pagecache_bytes);
    add("high or movable memory", machine.highmem_bytes);
    add("kept for devices (CMA)", machine.cma_reserved_bytes);
    add("set aside as faulty", machine.hwpoisoned_bytes);
    // Several nodes stand side by side, each with its own.
    if let [Node { all_unreclaimable: Some(given_up), .. }] = machine.nodes.as_slice() {
        facts.push(("reclaim".to_owned(), reclaim(*given_up).to_owned()));
    }
    facts
}

fn swap(machine: &Machine) -> String {
    match (machine.swap_total_bytes, machine.swap_free_bytes) {
        (Some(Bytes::ZERO), _) => "none".into(),
        (Some(total), free) => format!("{total}, free {}", or_unknown(free)),
        (None, Some(free)) => format!("free {free}, its size {NOT_IN_LOG}"),
        (None, None) => NOT_IN_LOG.into(),
    }
}

fn huge_pages(pools: &[HugePages], is_full: bool, document: &mut Document) {
    let pools: Vec<_> = pools.iter().filter(|pool| is_full || 0 < pool.total).collect();
    let columns =
        ["node", "page size", "pages", "free", "surplus", "set aside"].map(Column::figures).to_vec();
    let rows = pools.iter().map(|pool| {
        let whole = Bytes::new(pool.size_bytes.get().saturating_mul(pool.total));
        vec![
            cell(pool.node),
            pool.size_bytes.to_string(),
            pool.total.to_string(),
            pool.free.to_string(),
            pool.surplus.to_string(),
            whole.to_string(),
        ]
    });
    let table = Table { columns, rows: rows.collect(), marked: Vec::new() };
    push_table(document, detail("Huge pages"), table, 0);
}

/// Shows counters by the kernel's names; those of nothing only in full.
pub(super) fn counters(heading: &str, counters: &Counters, is_full: bool, document: &mut Document) {
    let facts: Vec<_> = counters
        .iter()
        .filter(|(_, size)| is_full || **size != Bytes::ZERO)
        .map(|(key, size)| (name(key.trim_end_matches("_bytes")).into_owned(), size.to_string()))
        .collect();
    if !facts.is_empty() {
        document.push(Block::Appendix(heading.into()));
        document.push(Block::Facts(facts));
    }
}
