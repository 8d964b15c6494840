//! The memory cgroup: who and which limit, its counters, its statistics in three dialects.
//!
//! Source: `mem_cgroup_print_oom_info()` in `mm/memcontrol.c`.

use oomkit_core::{
    limit::Limit,
    units::{Bytes, KiB, PageSize},
};

use super::fields::{
    Item, Pairs, Value, kib_after, number_after, owned, pairs, rsplit_once, split_once, whole_number,
};

/// Which counter a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// `memory:`.
    Memory,
    /// `memory+swap:` (cgroup v1).
    MemoryAndSwap,
    /// `kmem:` (cgroup v1).
    Kmem,
    /// `swap:` (cgroup v2).
    Swap,
}

/// `memory: usage 1kB, limit 2kB, failcnt 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Which counter.
    pub counter: Counter,
    /// What is used.
    pub usage: Option<KiB>,
    /// The limit, as printed.
    pub limit: Option<KiB>,
    /// How often the limit was hit.
    pub failcnt: Option<u64>,
}

/// Reads a counter's line.
#[must_use]
pub fn read_usage(text: &[u8]) -> Option<Usage> {
    let text = text.trim_ascii();
    let (word, rest) = split_once(text, b": usage ")?;
    let counter = match word {
        b"memory" => Counter::Memory,
        b"memory+swap" => Counter::MemoryAndSwap,
        b"kmem" => Counter::Kmem,
        b"swap" => Counter::Swap,
        _ => return None,
    };
    let usage = kib_after(text, b": usage ");
    Some(Usage {
        counter,
        usage,
        limit: kib_after(rest, b"limit "),
        failcnt: number_after(rest, b"failcnt "),
    })
}

/// Reads a printed limit: numbers near the largest one stand for "no limit".
#[must_use]
pub fn limit(printed: KiB) -> Limit {
    match sentinel(printed) {
        Some(_) => Limit::Max,
        None => Limit::At(printed.bytes()),
    }
}

/// What an unlimited limit gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sentinel {
    /// The number of a page counter, a multiple of this page size.
    PageSize(PageSize),
    /// A number that fits every page size.
    Plain,
}

/// Recognises the numbers that stand for "no limit".
///
/// Page counters print the largest long, rounded to pages; older counters print 2^63 − 1 bytes or
/// 2^64 − 1 bytes; on 32-bit machines it is 2^31 − 1 pages.
#[must_use]
pub fn sentinel(printed: KiB) -> Option<Sentinel> {
    let of = |kib| PageSize::from_kib(KiB::new(kib)).map_or(Sentinel::Plain, Sentinel::PageSize);
    match printed.get() {
        9_007_199_254_740_988 | 8_589_934_588 => Some(of(4)),
        9_007_199_254_740_976 => Some(of(16)),
        9_007_199_254_740_928 => Some(of(64)),
        9_007_199_254_740_991 | 18_014_398_509_481_983 | 18_014_398_509_481_980 => Some(Sentinel::Plain),
        // Half of the address space is no limit either, whatever the rounding.
        9_007_199_254_740_000.. => Some(Sentinel::Plain),
        _ => None,
    }
}

/// `Task in <task> killed as a result of limit of <memcg>` (up to Linux 4.20).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskIn {
    /// The cgroup of the task; `None` in the second piece of a broken line.
    pub task: Option<String>,
    /// The cgroup whose limit was hit; `None` in the first piece of a broken line.
    pub memcg: Option<String>,
}

/// Reads the line, or one of the pieces into which Linux 3.15 to 3.17 break it.
#[must_use]
pub fn read_task_in(text: &[u8]) -> Option<TaskIn> {
    const WORDS: &[u8] = b" killed as a result of limit of ";
    let text = text.trim_ascii_end();
    if let Some(memcg) = text.strip_prefix(WORDS).or_else(|| text.strip_prefix(WORDS.trim_ascii_start())) {
        return Some(TaskIn { task: None, memcg: Some(owned(memcg)) });
    }
    if let Some(memcg) = text.trim_ascii_start().strip_prefix(b"Memory limit reached of cgroup ") {
        return Some(TaskIn { task: None, memcg: Some(owned(memcg)) });
    }
    let rest = text.trim_ascii_start().strip_prefix(b"Task in ")?;
    match rsplit_once(rest, WORDS) {
        Some((task, memcg)) => Some(TaskIn { task: Some(owned(task)), memcg: Some(owned(memcg)) }),
        None => rest.starts_with(b"/").then(|| TaskIn { task: Some(owned(rest)), memcg: None }),
    }
}

/// `Memory cgroup stats for <path>: cache:0KB …`, or only the head of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsFor {
    /// The cgroup; Linux 3.9 to 3.14 may leave it out.
    pub path: Option<String>,
    /// The statistics, where they stand in the same line (Linux 3.9 to 5.2).
    pub stat: Vec<(String, Bytes)>,
}

/// Reads the head of the statistics.
#[must_use]
pub fn read_stats_for(text: &[u8]) -> Option<StatsFor> {
    let rest = text.trim_ascii().strip_prefix(b"Memory cgroup stats")?;
    // The path may hold colons; the first statistic is what ends it.
    let cut =
        [&b": cache:"[..], b": anon:", b": rss:"].iter().find_map(|mark| memchr::memmem::rfind(rest, mark));
    let (path, stat) = match cut {
        Some(at) => rest.split_at_checked(at)?,
        None => (rest.strip_suffix(b":").unwrap_or(rest), &b""[..]),
    };
    let path = path.strip_prefix(b" for ").map(owned).filter(|path| !path.is_empty());
    Some(StatsFor { path, stat: inline(pairs(stat.strip_prefix(b":").unwrap_or(stat))) })
}

/// Reads a further piece of a broken line of statistics: ` rss:5KB inactive_anon:3KB`.
#[must_use]
pub fn read_inline(text: &[u8]) -> Option<Vec<(String, Bytes)>> {
    let stat = inline(pairs(text));
    (!stat.is_empty()).then_some(stat)
}

fn inline(pairs: Pairs<'_>) -> Vec<(String, Bytes)> {
    pairs
        .filter_map(|item| match item {
            Item::Pair(key, Value::Kib(size)) => Some((owned(key), size.bytes())),
            _ => None,
        })
        .collect()
}

/// Reads one statistic of the lists since Linux 5.3: `anon 66637824`, sizes in bytes.
#[must_use]
pub fn read_stat(text: &[u8]) -> Option<(&[u8], u64)> {
    let text = text.trim_ascii();
    let space = text.iter().position(|byte| *byte == b' ')?;
    let (key, value) = text.split_at_checked(space)?;
    let (first, others) = key.split_first()?;
    let named = first.is_ascii_lowercase()
        && others.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_');
    let value = whole_number(value.trim_ascii_start())?;
    named.then_some((key, value))
}

/// `Memory cgroup min protection 0kB -- low protection 0kB` (since Linux 6.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// `memory.min`.
    pub min: KiB,
    /// `memory.low`.
    pub low: KiB,
}

/// Reads the protection; the record has no line break of its own, so other text may follow.
#[must_use]
pub fn read_protection(text: &[u8]) -> Option<Protection> {
    let rest = text.trim_ascii_start().strip_prefix(b"Memory cgroup min protection")?;
    Some(Protection { min: kib_after(text, b"min protection ")?, low: kib_after(rest, b"low protection ")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read() {
        let usage = read_usage(b"memory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0").unwrap();
        assert_eq!(usage.counter, Counter::MemoryAndSwap);
        assert_eq!(limit(usage.limit.unwrap()), Limit::Max);
        let usage = read_usage(b"memory: usage 65536kB, limit 65536kB, failcnt 19").unwrap();
        assert_eq!(limit(usage.limit.unwrap()), Limit::At(Bytes::new(1 << 26)));
        assert_eq!((usage.usage, usage.failcnt), (Some(KiB::new(65536)), Some(19)));
        assert_eq!(read_usage(b"disk: usage 1kB, limit 2kB"), None);
    }

    #[test]
    fn whose_limit_it_was_is_read_whole_and_in_pieces() {
        let whole = read_task_in(b"Task in /a/b killed as a result of limit of /a").unwrap();
        assert_eq!((whole.task.as_deref(), whole.memcg.as_deref()), (Some("/a/b"), Some("/a")));
        assert_eq!(read_task_in(b"Task in /a/b").unwrap().task.as_deref(), Some("/a/b"));
        let piece = read_task_in(b" killed as a result of limit of /a").unwrap();
        assert_eq!((piece.task, piece.memcg.as_deref()), (None, Some("/a")));
        assert_eq!(read_task_in(b"Task in a dream"), None);
    }

    #[test]
    fn statistics_have_three_dialects() {
        let line =
            read_stats_for(b"Memory cgroup stats for /a: cache:0KB rss:64KB inactive_anon:8KB").unwrap();
        assert_eq!(line.path.as_deref(), Some("/a"));
        assert_eq!(line.stat[1], ("rss".to_owned(), Bytes::new(65536)));
        let head = read_stats_for(b"Memory cgroup stats for /a:b:").unwrap();
        assert_eq!((head.path.as_deref(), head.stat.len()), (Some("/a:b"), 0));
        assert_eq!(read_stat(b"anon 66637824"), Some((&b"anon"[..], 66_637_824)));
        for text in ["anon", "Anon 5", "a b 5", "anon 5kB", ""] {
            assert_eq!(read_stat(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn protection_may_have_text_behind_it() {
        let read =
            read_protection(b"Memory cgroup min protection 4kB -- low protection 8kBTasks state").unwrap();
        assert_eq!((read.min, read.low), (KiB::new(4), KiB::new(8)));
    }
}
