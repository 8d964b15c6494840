//! The table of kernel lines: one line in, one [`Fact`] out.
//!
//! Every reader takes the text of one message without its wrapping, knows neither transports nor
//! other lines, and cannot fail: what it does not know is no fact. Readers choose by shape, never
//! by the kernel's release.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use oomkit_core::units::{KiB, Pages};

pub mod buddy;
pub mod constraint;
pub mod context;
pub mod counters;
pub mod fields;
pub mod gfp;
pub mod killers;
pub mod marker;
pub mod memcg;
pub mod slab;
pub mod slub;
pub mod stack;
pub mod task;
pub mod totals;
pub mod trigger;
pub mod victim;
pub(crate) mod words;
pub mod zone;

/// What one line of a report says.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fact {
    /// Nothing that is known.
    #[default]
    Unknown,
    /// The head of a report.
    Trigger(Box<trigger::Trigger>),
    /// The head of a failed or stalled allocation.
    Failure(Box<trigger::Failure>),
    /// The cache whose objects could not be had.
    SlubCache(Box<slub::Cache>),
    /// The slabs of that cache on one node.
    SlubNode(slub::OnNode),
    /// `cpuset=… mems_allowed=…`.
    Cpuset(constraint::Cpuset),
    /// The processor line, the call trace and the registers.
    Stack(stack::StackLine),
    /// `Mem-Info:`.
    MemInfo,
    /// A line of the global paragraph.
    Counters(counters::Counters),
    /// `Free pages: <n>kB` of the oldest kernels.
    FreePages(KiB),
    /// A node's or a zone's counters.
    Zone(Box<zone::Line>),
    /// `lowmem_reserve[]`.
    LowmemReserve(Vec<Pages>),
    /// The free lists of a zone.
    Buddy(Box<buddy::Buddy>),
    /// A pool of huge pages.
    HugePages(totals::HugePages),
    /// A line of the tail.
    Total(totals::Total),
    /// The head of the list of slab caches, or its columns.
    SlabHead,
    /// The head of the list of allocation sites.
    SitesHead,
    /// The banner of the task table.
    TaskBanner,
    /// The header of the task table.
    TaskHeader(task::Columns),
    /// A row of the task table, to be read by the header.
    TaskRow,
    /// A cgroup's counter.
    Usage(memcg::Usage),
    /// Whose limit it was.
    TaskIn(memcg::TaskIn),
    /// The head of a cgroup's statistics.
    StatsFor(memcg::StatsFor),
    /// The protection of a cgroup.
    Protection(memcg::Protection),
    /// The `oom-kill:` line.
    Summary(Box<constraint::Summary>),
    /// A later piece of an `oom-kill:` line that was broken apart.
    SummaryPiece,
    /// Who was chosen.
    Selection(victim::Selection),
    /// Who was killed.
    Kill(Box<victim::Kill>),
    /// A whole group is going to be killed.
    Group(String),
    /// A victim that was dying already.
    Exiting(oomkit_core::ident::Pid, oomkit_core::ident::Comm),
    /// What the reaper says.
    Reaped(victim::Reaped),
    /// A short line that turns a report.
    Marker(marker::Marker),
}

static OOM_WORDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("oom-killer: gfp_mask="));
static FAILURE_WORDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(": page allocation "));
static VMALLOC_WORDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(": vmalloc"));
static CPUSET_WORDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("cpuset="));
static MEMS_WORDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("mems_allowed="));

/// Reads one line.
#[must_use]
pub fn read(text: &[u8]) -> Fact {
    let start = text.trim_ascii_start();
    let Some(first) = start.first() else { return Fact::Unknown };
    if let Some(fact) = by_first_byte(*first, start) {
        return fact;
    }
    // Half of all lines are frames, in which no head of a report can hide without these signs.
    let may_be_head = memchr::memchr2(b'=', b':', text).is_some();
    if may_be_head && let Some(fact) = by_words(text, start) {
        return fact;
    }
    stack::read(text).map(Fact::Stack).unwrap_or_default()
}

fn by_first_byte(first: u8, text: &[u8]) -> Option<Fact> {
    match first {
        b'[' => bracket(text),
        b'0'..=b'9' => totals::read(text).map(Fact::Total),
        b'N' | b'D' | b'H' => {
            node_or_zone(text).or_else(|| killing(text)).or_else(|| marker::read(text).map(Fact::Marker))
        }
        b'M' => mem(text),
        b'K' | b'V' => killing(text).or_else(|| marker::read(text).map(Fact::Marker)),
        b'O' => killing(text).or_else(|| exiting(text)).or_else(|| marker::read(text).map(Fact::Marker)),
        b'o' => small_o(text),
        b'T' => large_t(text),
        b'F' | b'S' => totals::read(text)
            .map(Fact::Total)
            .or_else(|| counters::read_free_pages(text).map(Fact::FreePages))
            .or_else(|| slub::read_head(text).map(|failure| Fact::Failure(Box::new(failure))))
            .or_else(|| marker::read(text).map(Fact::Marker)),
        b'U' => slab::is_head(text).then_some(Fact::SlabHead),
        b'c' => slub::read_cache(text).map(|cache| Fact::SlubCache(Box::new(cache))),
        b'n' => slub::read_node(text).map(Fact::SlubNode),
        b'l' => totals::read_lowmem_reserve(text).map(Fact::LowmemReserve),
        b',' => constraint::is_piece(text).then_some(Fact::SummaryPiece),
        b'a' | b'A' | b'i' | b'u' | b'f' | b'b' => counters::read(text).map(Fact::Counters),
        b'm' | b's' | b'k' => small(text).or_else(|| killing(text)),
        _ => marker::read(text).map(Fact::Marker),
    }
}

fn bracket(text: &[u8]) -> Option<Fact> {
    if task::is_row(text) {
        return Some(Fact::TaskRow);
    }
    task::read_header(text).map(Fact::TaskHeader)
}

fn node_or_zone(text: &[u8]) -> Option<Fact> {
    if slab::is_columns(text) {
        return Some(Fact::SlabHead);
    }
    let (node, rest) = zone::node_prefix(text);
    zone::read_zone(node, rest)
        .or_else(|| node.and_then(|node| zone::read_node(node, rest)))
        .map(|line| Fact::Zone(Box::new(line)))
        .or_else(|| totals::read_hugepages(node, rest).map(Fact::HugePages))
        .or_else(|| buddy::read(node, rest).map(|buddy| Fact::Buddy(Box::new(buddy))))
        .or_else(|| per_cpu(rest).then_some(Fact::Total(totals::Total::Other)))
        .or_else(|| totals::read(text).map(Fact::Total))
}

/// `DMA per-cpu:` (up to Linux 4.0).
fn per_cpu(rest: &[u8]) -> bool {
    fields::split_once(rest, b" per-cpu:").is_some_and(|(zone, _)| zone::is_zone_name(zone))
}

fn mem(text: &[u8]) -> Option<Fact> {
    if text.starts_with(b"Mem-Info:") || text.starts_with(b"Mem-info:") {
        return Some(Fact::MemInfo);
    }
    if slab::is_sites_head(text) {
        return Some(Fact::SitesHead);
    }
    if let Some(read) = memcg::read_protection(text) {
        return Some(Fact::Protection(read));
    }
    if let Some(read) = memcg::read_stats_for(text) {
        return Some(Fact::StatsFor(read));
    }
    memcg::read_task_in(text)
        .map(Fact::TaskIn)
        .or_else(|| killing(text))
        .or_else(|| exiting(text))
        .or_else(|| node_or_zone(text))
}

fn killing(text: &[u8]) -> Option<Fact> {
    victim::read_kill(text)
        .map(|kill| Fact::Kill(Box::new(kill)))
        .or_else(|| victim::read_selection(text).map(Fact::Selection))
}

fn exiting(text: &[u8]) -> Option<Fact> {
    victim::read_exiting(text).map(|(pid, comm)| Fact::Exiting(pid, comm))
}

fn small_o(text: &[u8]) -> Option<Fact> {
    if let Some(summary) = constraint::read(text) {
        return Some(Fact::Summary(Box::new(summary)));
    }
    victim::read_reaped(text).map(Fact::Reaped).or_else(|| marker::read(text).map(Fact::Marker))
}

fn large_t(text: &[u8]) -> Option<Fact> {
    if task::is_banner(text) {
        return Some(Fact::TaskBanner);
    }
    victim::read_group(text)
        .map(Fact::Group)
        .or_else(|| memcg::read_task_in(text).map(Fact::TaskIn))
        .or_else(|| totals::read(text).map(Fact::Total))
}

fn small(text: &[u8]) -> Option<Fact> {
    memcg::read_usage(text)
        .map(Fact::Usage)
        .or_else(|| counters::read(text).map(Fact::Counters))
        .or_else(|| memcg::read_task_in(text).map(Fact::TaskIn))
        .or_else(|| marker::read(text).map(Fact::Marker))
}

/// Heads begin with the name of a task, which may be anything.
fn by_words(text: &[u8], start: &[u8]) -> Option<Fact> {
    if OOM_WORDS.find(text).is_some()
        && let Some(trigger) = trigger::read(text).or_else(|| trigger::read(start))
    {
        return Some(Fact::Trigger(Box::new(trigger)));
    }
    if (FAILURE_WORDS.find(text).is_some() || VMALLOC_WORDS.find(text).is_some())
        && let Some(failure) = trigger::read_failure(start)
    {
        return Some(Fact::Failure(Box::new(failure)));
    }
    let cpuset = CPUSET_WORDS.find(text).is_some() || MEMS_WORDS.find(text).is_some();
    if cpuset { constraint::read_cpuset(text).map(Fact::Cpuset) } else { None }
}
