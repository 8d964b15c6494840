//! The cgroup at its limit: counters, and statistics in one vocabulary of bytes.

use std::collections::BTreeMap;

use oomkit_core::units::KiB;

use crate::draft::{Draft, Stats};
use crate::kernel::memcg::{Counter, Usage, limit};
use crate::report::{Memcg, MemcgStat, Scope};

/// Statistics that stand near the end of every list; one that has none of them was cut.
///
/// The kernel cuts a record at about 1 KiB, and up to Linux 6.4 the list is one record; `dmesg` and
/// consoles cut it sooner, because each of its lines gets a prefix that counts as well.
const LAST: [&str; 3] = ["pglazyfreed", "unevictable", "total_unevictable"];
/// A list that is shorter than this was not cut in the middle of a line by the kernel.
const FULL_RECORD: usize = 900;
/// The length of the stamp that `dmesg` and consoles count into a record.
const PREFIX: usize = 15;

/// Returns what the report says of the cgroup; `None` where it is not about one.
pub(super) fn of(draft: &Draft, scope: Scope) -> Option<Memcg> {
    let summary = draft.summary.as_ref();
    let path = summary
        .and_then(|summary| summary.oom_memcg.clone())
        .or_else(|| draft.task_in.memcg.clone())
        .or_else(|| path_of_stats(draft));
    if scope != Scope::Memcg && path.is_none() && draft.usages.is_empty() {
        return None;
    }
    let usage = |counter: Counter| draft.usages.iter().find(|usage| usage.counter == counter);
    let used = |usage: Option<&Usage>| usage.and_then(|usage| usage.usage).map(KiB::bytes);
    let limited = |usage: Option<&Usage>| usage.and_then(|usage| usage.limit).map(limit);
    let (memory, swap) = (usage(Counter::Memory), usage(Counter::Swap));
    let (memsw, kmem) = (usage(Counter::MemoryAndSwap), usage(Counter::Kmem));
    let (own, children) = split(draft, path.as_deref());
    let cut = own.is_some_and(is_cut);
    Some(Memcg {
        limit_bytes: limited(memory),
        usage_bytes: used(memory),
        failcnt: memory.and_then(|usage| usage.failcnt),
        swap_limit_bytes: limited(swap),
        swap_usage_bytes: used(swap),
        memsw_limit_bytes: limited(memsw),
        memsw_usage_bytes: used(memsw),
        kmem_limit_bytes: limited(kmem),
        kmem_usage_bytes: used(kmem),
        min_bytes: draft.protection.map(|protection| protection.min.bytes()),
        low_bytes: draft.protection.map(|protection| protection.low.bytes()),
        stat: own.map(|stats| stat(stats, cut)).unwrap_or_default(),
        stat_may_be_cut: cut,
        children,
        path,
    })
}

/// The statistics of the limited cgroup stand right behind its counters, those of others behind them.
fn path_of_stats(draft: &Draft) -> Option<String> {
    let whole = draft.usages.iter().any(|usage| usage.counter == Counter::Memory);
    draft.stats.first().filter(|_| whole).and_then(|stats| stats.path.clone())
}

fn split<'a>(draft: &'a Draft, path: Option<&str>) -> (Option<&'a Stats>, Vec<MemcgStat>) {
    // Without the path, the first of several may be a child's.
    let unsure = path.is_none() && draft.stats.first().is_some_and(|stats| stats.path.is_some());
    let first = if draft.stats.is_empty() || unsure { None } else { Some(0) };
    let own = draft.stats.iter().position(|stats| stats.path.as_deref() == path).or(first);
    let children =
        draft.stats.iter().enumerate().filter(|(index, _)| Some(*index) != own).map(|(_, stats)| MemcgStat {
            path: stats.path.clone().unwrap_or_default(),
            stat: stat(stats, false),
        });
    (own.and_then(|index| draft.stats.get(index)), children.collect())
}

fn stat(stats: &Stats, cut: bool) -> BTreeMap<String, u64> {
    // The last line of a record that was cut where it is full may have lost digits.
    let kept = if cut && FULL_RECORD <= length(stats) {
        stats.stat.len().saturating_sub(1)
    } else {
        stats.stat.len()
    };
    stats.stat.iter().take(kept).cloned().collect()
}

/// The length that the statistics have in a record: key, space, figure, line break, prefix.
fn length(stats: &Stats) -> usize {
    let digits = |value: u64| value.checked_ilog10().map_or(1, |digits| digits as usize + 1);
    stats.stat.iter().map(|(key, value)| key.len() + 2 + digits(*value) + PREFIX).sum()
}

fn is_cut(stats: &Stats) -> bool {
    let has = |name: &str| stats.stat.iter().any(|(key, _)| key == name);
    // The words of version 2 have `unevictable` in the middle.
    let last = if has("anon") { LAST.get(..1) } else { LAST.get(1..) };
    !stats.stat.is_empty() && !last.unwrap_or_default().iter().any(|name| has(name))
}
