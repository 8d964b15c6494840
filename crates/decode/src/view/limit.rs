//! What limited the allocation: the cgroup with its limit, use and statistics, or the nodes allowed.

use std::{cmp::Reverse, collections::BTreeMap};

use oomkit_core::{
    document::{Block, Column, Document, Gauge, Mark, Table, Tone},
    limit::Limit,
    units::{Bytes, Share},
    workload::Workload,
};

use super::{
    Case, push_table,
    words::{count, detail, name, or_unknown},
};
use crate::case::sizes_are_cut;
use crate::report::{Constraint, Event, Memcg, MemcgStat, Scope};

/// The kernel's statistics that are sizes, with what they mean; those in words only hold parts of others.
const SIZES: &[(&str, &str)] = &[
    ("anon", "anonymous memory"),
    ("rss", "anonymous memory"),
    ("file", "page cache and shared memory"),
    ("cache", "page cache and shared memory"),
    ("shmem", "shared memory and tmpfs"),
    ("kernel", "kernel memory of all kinds"),
    ("kernel_stack", "kernel stacks"),
    ("pagetables", "page tables"),
    ("sec_pagetables", "page tables of virtual machines and devices"),
    ("percpu", "memory for each processor"),
    ("sock", "network buffers"),
    ("vmalloc", "large kernel buffers"),
    ("slab_reclaimable", "reclaimable kernel caches"),
    ("slab_unreclaimable", "unreclaimable kernel caches"),
    ("unevictable", "locked memory"),
    ("file_dirty", "file pages to be written"),
    ("dirty", "file pages to be written"),
    ("file_writeback", "file pages being written"),
    ("writeback", "file pages being written"),
    ("file_mapped", "file pages in address spaces"),
    ("mapped_file", "file pages in address spaces"),
    ("zswap", "compressed swap in memory"),
    ("swap", "memory in swap"),
    ("swapcached", "memory both in swap and in RAM"),
    ("anon_thp", "anonymous huge pages"),
    ("rss_huge", "anonymous huge pages"),
    ("hugetlb", "reserved huge pages"),
];

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let event = case.event;
    let mut facts = Vec::new();
    let gauges = event.memcg.as_ref().filter(|_| case.is_rich()).map(gauges).unwrap_or_default();
    if let Some(memcg) = &event.memcg {
        limits(memcg, &mut facts);
    }
    if let Some(constraint) = &event.constraint {
        constrained(event, constraint, case.is_full(), &mut facts);
    }
    if let Some(group) = &event.oom_group {
        facts.push(("killed as a group".into(), name(group).into_owned()));
    }
    if let Some(workload) = &event.workload {
        who_runs_there(workload, &mut facts);
    }
    if facts.is_empty() {
        return;
    }
    let heading = match event.scope {
        _ if event.memcg.is_some() => "The cgroup and its limit",
        Scope::Memcg | Scope::Cpuset | Scope::Mempolicy => "What limited it",
        Scope::Global | Scope::Sysrq | Scope::Unknown => "Where it ran",
    };
    document.push(Block::Heading(heading.into()));
    if !gauges.is_empty() {
        document.push(Block::Gauges(gauges));
    }
    document.push(Block::Facts(facts));
    if let Some(memcg) = &event.memcg {
        statistics(case, memcg, document);
    }
}

/// Returns the uses that have a limit, held against it.
fn gauges(memcg: &Memcg) -> Vec<Gauge> {
    /// What the limit is of the scale, so that a use beyond it shows.
    const LIMIT: f64 = 0.8;
    let pairs = [
        ("memory", memcg.usage_bytes, memcg.limit_bytes),
        ("swap", memcg.swap_usage_bytes, memcg.swap_limit_bytes),
        ("memory and swap", memcg.memsw_usage_bytes, memcg.memsw_limit_bytes),
        ("kernel memory", memcg.kmem_usage_bytes, memcg.kmem_limit_bytes),
    ];
    let gauge = |(label, usage, limit): (&str, Option<Bytes>, Option<Limit>)| {
        let (usage, limit) = (usage?, limit.and_then(Limit::size)?);
        let share = Share::of(usage, limit)?.fraction();
        let mark = |label: &str, size: Bytes, share: f64| Mark {
            label: label.to_owned(),
            value: size.to_string(),
            share: share * LIMIT,
        };
        // A limit is hit when the next page would pass it, which is a little below.
        let tone = if 0.98 <= share { Tone::Bad } else { Tone::Plain };
        Some(Gauge {
            label: label.to_owned(),
            level: Some(mark("used", usage, share)),
            marks: vec![mark("limit", limit, 1.0)],
            state: format!("{:.1} %", share * 100.0),
            tone,
            ..Gauge::default()
        })
    };
    pairs.into_iter().filter_map(gauge).collect()
}

type Facts = Vec<(String, String)>;

fn limits(memcg: &Memcg, facts: &mut Facts) {
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            facts.push((name.to_owned(), value));
        }
    };
    add("cgroup", memcg.path.as_ref().map(|path| name(path).into_owned()));
    add("memory", Some(use_of(memcg.usage_bytes, memcg.limit_bytes)));
    let known = |usage: Option<Bytes>, limit: Option<Limit>| {
        (usage.is_some() || limit.is_some()).then(|| use_of(usage, limit))
    };
    add("swap", known(memcg.swap_usage_bytes, memcg.swap_limit_bytes));
    add("memory and swap", known(memcg.memsw_usage_bytes, memcg.memsw_limit_bytes));
    add("kernel memory", known(memcg.kmem_usage_bytes, memcg.kmem_limit_bytes));
    add("limit hit", memcg.failcnt.map(|times| count(times, "time", "times")));
    add("guaranteed", memcg.min_bytes.map(|size| size.to_string()));
    add("protected up to", memcg.low_bytes.map(|size| size.to_string()));
}

fn use_of(usage: Option<Bytes>, limit: Option<Limit>) -> String {
    let limit_words = match limit {
        Some(Limit::Max) => "no limit".into(),
        Some(Limit::At(limit)) => format!("limit {limit}"),
        None => "limit not in the log".to_owned(),
    };
    let share = usage.zip(limit.and_then(Limit::size)).and_then(|(usage, limit)| Share::of(usage, limit));
    let share = share.map_or_else(String::new, |share| format!(" ({share})"));
    match usage {
        Some(usage) => format!("{usage} used, {limit_words}{share}"),
        None => format!("use {}, {limit_words}", or_unknown(usage)),
    }
}

fn constrained(event: &Event, constraint: &Constraint, is_full: bool, facts: &mut Facts) {
    let limited = event.memcg.as_ref().and_then(|memcg| memcg.path.as_ref());
    let mut add = |title: &str, value: Option<&String>| {
        if let Some(value) = value {
            facts.push((title.to_owned(), name(value).into_owned()));
        }
    };
    if limited.is_none() {
        add("cgroup", constraint.oom_memcg.as_ref());
    }
    let own = constraint.task_memcg.as_ref();
    add("the victim's cgroup", own.filter(|own| Some(*own) != constraint.oom_memcg.as_ref()));
    add("nodes of the policy", constraint.nodemask.as_ref());
    if event.scope != Scope::Memcg || is_full {
        add("cpuset", constraint.cpuset.as_ref());
        add("nodes allowed", constraint.mems_allowed.as_ref());
    }
    if is_full {
        add("constraint", constraint.name.as_ref());
    }
}

fn who_runs_there(workload: &Workload, facts: &mut Facts) {
    let mut add = |title: &str, value: Option<&String>| {
        if let Some(value) = value {
            facts.push((title.to_owned(), name(value).into_owned()));
        }
    };
    add("managed by", workload.runtime.as_ref());
    add("namespace", workload.namespace.as_ref());
    add("made by", workload.owner.as_ref());
    add("pod", workload.pod.as_ref().or(workload.pod_uid.as_ref()));
    add("pod id", workload.pod_uid.as_ref().filter(|_| workload.pod.is_some()));
    add("class", workload.qos.as_ref());
    add("project", workload.project.as_ref());
    add("service", workload.service.as_ref());
    add("container", workload.container.as_ref().or(workload.container_id.as_ref()));
    add("container id", workload.container_id.as_ref().filter(|_| workload.container.is_some()));
    add("image", workload.image.as_ref());
    let limit = workload.declared_limit_bytes.map(|limit| match limit {
        Limit::Max => "none".to_owned(),
        Limit::At(limit) => limit.to_string(),
    });
    add("declared limit", limit.as_ref());
    add("declared request", workload.declared_request_bytes.map(|request| request.to_string()).as_ref());
    add("names from", workload.named_by.as_ref());
    add("unit", workload.unit.as_ref());
    add("name", workload.name.as_ref());
    if let Some(user) = workload.user {
        facts.push(("user id".to_owned(), user.to_string()));
    }
}

fn statistics(case: &Case<'_>, memcg: &Memcg, document: &mut Document) {
    let (columns, rows) = entries(&memcg.stat);
    let shown = rows.len().min(case.rows(8));
    let left_out = rows.len() - shown;
    let table = Table { columns, rows: rows.into_iter().take(shown).collect(), marked: Vec::new() };
    push_table(document, detail("What was in the cgroup, by the kernel's counters"), table, left_out);
    if sizes_are_cut(memcg) {
        let cut = "The kernel may have cut the counters short; a missing one is not zero.";
        document.push(Block::Text(Tone::Doubtful, cut.into()));
    }
    if case.is_full() {
        let rest = memcg.stat.iter().filter(|(key, _)| meaning(key).is_none());
        let rest: Vec<_> = rest.map(|(key, value)| (name(key).into_owned(), value.to_string())).collect();
        if !rest.is_empty() {
            document.push(Block::Appendix("Its other counters".into()));
            document.push(Block::Facts(rest));
        }
    }
    children(case, &memcg.children, document);
}

/// Returns the statistics that are sizes, largest first, without those of nothing.
fn entries(stat: &BTreeMap<String, u64>) -> (Vec<Column>, Vec<Vec<String>>) {
    let mut sizes: Vec<_> = stat
        .iter()
        .filter_map(|(key, value)| Some((key, meaning(key)?, Bytes::new(*value))))
        .filter(|(_, _, size)| *size != Bytes::ZERO)
        .collect();
    sizes.sort_by_key(|(_, _, size)| Reverse(*size));
    let rows = sizes
        .into_iter()
        .map(|(key, meaning, size)| vec![name(key).into_owned(), size.to_string(), meaning.to_owned()]);
    (vec![Column::words("counter"), Column::figures("size"), Column::words("what it is")], rows.collect())
}

fn meaning(key: &str) -> Option<&'static str> {
    SIZES.iter().find(|(known, _)| *known == key).map(|(_, meaning)| *meaning)
}

fn children(case: &Case<'_>, children: &[MemcgStat], document: &mut Document) {
    let size = |child: &MemcgStat| {
        let parts = ["anon", "rss", "file", "cache"].map(|key| child.stat.get(key).copied().map(Bytes::new));
        super::words::sum(&parts)
    };
    let mut largest: Vec<_> = children.iter().map(|child| (size(child), child)).collect();
    largest.sort_by_key(|(size, _)| Reverse(*size));
    let shown = largest.len().min(case.rows(5));
    let rows = largest
        .iter()
        .take(shown)
        .map(|(size, child)| vec![name(&child.path).into_owned(), super::words::cell(*size)]);
    let columns = vec![Column::words("cgroup"), Column::figures("size")];
    let table = Table { rows: rows.collect(), columns, marked: Vec::new() };
    push_table(document, detail("The cgroups below it"), table, largest.len() - shown);
}
