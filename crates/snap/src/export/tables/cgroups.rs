//! Control groups: where each one stands, what it used and may use, what happened to it.

use super::super::{Value, column::Field};
use crate::{
    facts,
    kernel::{self, event, stat},
    snapshot::{Cgroup, Hierarchy, Pressure},
};

pub(super) const WHO: &[Field<Cgroup>] = &[
    Field::text("cgroup", "The path below the mount of its hierarchy.", |_, group| {
        Value::name(Some(&group.path))
    }),
    Field::text(
        "hierarchy",
        "The kernel's hierarchy, `v1` or `v2`; a path may stand in both.",
        |_, group| {
            Value::text(Some(match group.hierarchy {
                Hierarchy::V1 => "v1",
                Hierarchy::V2 => "v2",
            }))
        },
    ),
];

pub(in super::super) const WHAT: &[Field<Cgroup>] = &[
    Field::gauge("usage_bytes", "What it uses, file cache and the groups below it included.", |_, group| {
        Value::size(group.usage_bytes)
    }),
    Field::gauge("limit_bytes", "What it may use; null also where there is no limit.", |_, group| {
        Value::limit(group.limit_bytes)
    }),
    Field::truth("limit_is_max", "Whether there is no limit.", |_, group| Value::is_max(group.limit_bytes)),
    Field::gauge("high_bytes", "Where it is slowed down; null also where it never is.", |_, group| {
        Value::limit(group.high_bytes)
    }),
    Field::truth("high_is_max", "Whether it is never slowed down.", |_, group| {
        Value::is_max(group.high_bytes)
    }),
    Field::gauge("low_bytes", "What is spared as long as others have something to give.", |_, group| {
        Value::limit(group.low_bytes)
    }),
    Field::truth("low_is_max", "Whether all of it is spared so.", |_, group| Value::is_max(group.low_bytes)),
    Field::gauge("min_bytes", "What is never taken from it.", |_, group| Value::limit(group.min_bytes)),
    Field::truth("min_is_max", "Whether nothing is ever taken from it.", |_, group| {
        Value::is_max(group.min_bytes)
    }),
    Field::gauge("peak_bytes", "The most that it ever used.", |_, group| Value::size(group.peak_bytes)),
    Field::gauge("swap_bytes", "What it has in swap.", |_, group| Value::size(group.swap_bytes)),
    Field::gauge(
        "swap_limit_bytes",
        "What it may have in swap (v1: memory and swap together); null also where there is no limit.",
        |_, group| Value::limit(group.swap_limit_bytes),
    ),
    Field::truth("swap_limit_is_max", "Whether its swap has no limit.", |_, group| {
        Value::is_max(group.swap_limit_bytes)
    }),
    Field::gauge("swap_peak_bytes", "The most that it ever had in swap.", |_, group| {
        Value::size(group.swap_peak_bytes)
    }),
    Field::gauge("anon_bytes", "Anonymous memory.", |_, group| {
        figure(group, Some(stat::OLD_ANONYMOUS), stat::ANONYMOUS)
    }),
    Field::gauge("file_bytes", "File cache, shared memory included.", |_, group| {
        figure(group, Some(stat::OLD_CACHE), stat::FILE)
    }),
    Field::gauge(
        "inactive_file_bytes",
        "File pages that nobody used lately; usage without them is the working set of the kubelet.",
        |_, group| figure(group, Some(stat::OLD_INACTIVE_FILE), stat::INACTIVE_FILE),
    ),
    Field::gauge("shmem_bytes", "Shared memory and file systems in memory.", |_, group| {
        figure(group, Some(stat::OLD_SHARED), stat::SHARED)
    }),
    Field::gauge("slab_reclaimable_bytes", "Kernel objects that can be given back (v2).", |_, group| {
        figure(group, None, stat::RECLAIMABLE)
    }),
    Field::gauge("slab_unreclaimable_bytes", "Kernel objects that cannot be given back (v2).", |_, group| {
        figure(group, None, stat::UNRECLAIMABLE)
    }),
    Field::gauge("pgtables_bytes", "Page tables (v2).", |_, group| figure(group, None, stat::PAGE_TABLES)),
    Field::gauge("kernel_stack_bytes", "Kernel stacks (v2).", |_, group| {
        figure(group, None, stat::KERNEL_STACKS)
    }),
    Field::gauge("sock_bytes", "Buffers of sockets (v2).", |_, group| figure(group, None, stat::SOCKETS)),
    Field::counter("limit_hits", "How often its limit was hit.", |_, group| {
        Value::count(group.failures.or_else(|| kernel::figure(group.events.as_ref(), event::MAX)))
    }),
    Field::counter("high_hits", "How often it was slowed down (v2).", |_, group| {
        Value::count(kernel::figure(group.events.as_ref(), event::HIGH))
    }),
    Field::counter("ooms", "How often it was out of memory (v2).", |_, group| {
        Value::count(kernel::figure(group.events.as_ref(), event::OOM))
    }),
    Field::counter("oom_kills", "How many of its processes the kernel killed.", |_, group| {
        Value::count(facts::kills(group))
    }),
    Field::truth("kills_group", "Whether the kernel kills all of it or one process.", |_, group| {
        Value::truth(group.kills_group)
    }),
    Field::real(
        "pressure_some_avg10_percent",
        "The share of the last 10 seconds in which some task waited.",
        |_, group| Value::percent(pressure(group).some_avg10),
    ),
    Field::real(
        "pressure_full_avg10_percent",
        "The share of the last 10 seconds in which all tasks waited.",
        |_, group| Value::percent(pressure(group).full_avg10),
    ),
    Field::counter("pressure_some_us", "The time that some task has waited.", |_, group| {
        Value::count(pressure(group).some_total)
    }),
    Field::counter("pressure_full_us", "The time that all tasks have waited.", |_, group| {
        Value::count(pressure(group).full_total)
    }),
];

/// Returns a figure of the usage, by the name that its hierarchy has for it.
fn figure(group: &Cgroup, old: Option<&str>, new: &str) -> Value<'static> {
    let key = match group.hierarchy {
        Hierarchy::V1 => old,
        Hierarchy::V2 => Some(new),
    };
    Value::count(key.and_then(|key| kernel::figure(group.stat.as_ref(), key)))
}

fn pressure(group: &Cgroup) -> Pressure {
    group.pressure.unwrap_or_default()
}
