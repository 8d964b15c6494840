//! What one pasted kernel line says, read by the same readers as a whole log.

use oomkit_core::{
    document::{Block, Document, Tone},
    ident::visible,
    units::{KiB, PageSize, Pages},
};

use crate::kernel::{
    self, Fact,
    memcg::{Counter, limit},
    stack::{self, StackLine},
    task,
    totals::Total,
    victim::{Kill, Prefix},
};
use crate::record::{Record, Writer};
use crate::transports::{DocKind, strip};

type Facts = Vec<(String, String)>;

/// Explains one line of a kernel log, in whatever wrapping; `None` where it is none of a report.
#[must_use]
pub fn line(text: &str) -> Option<Document> {
    let record = strip(text.as_bytes(), &DocKind::of(b""));
    let (what, facts) = say(&record)?;
    let mut document = Document::new();
    document.push(Block::Answer(Tone::Plain, what));
    let mut all = wrapping(&record);
    all.extend(facts);
    document.push(Block::Facts(all));
    Some(document)
}

fn wrapping(record: &Record<'_>) -> Facts {
    let mut facts = Facts::new();
    if record.stamped {
        facts.push(fact("wrapping", record.transport.name()));
    }
    if let Some(since_boot) = record.since_boot {
        facts.push(fact("kernel clock", format!("{since_boot} s after boot")));
    }
    if let Some(host) = &record.host {
        facts.push(fact("host", visible(host)));
    }
    let writer = match &record.writer {
        Writer::Unknown => return facts,
        Writer::Kernel => "the kernel".to_owned(),
        Writer::KernelLogFromUser => "user space, through /dev/kmsg: not the kernel's words".to_owned(),
        Writer::Program(name) => format!("the program {}: not the kernel's words", visible(name)),
    };
    facts.push(fact("written by", writer));
    facts
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn say(record: &Record<'_>) -> Option<(String, Facts)> {
    let text: &[u8] = &record.text;
    let what = |words: &str| Some((words.to_owned(), Facts::new()));
    match kernel::read(text) {
        Fact::Unknown => None,
        Fact::Trigger(head) => {
            Some(trigger("The head of an OOM report: a task asked for memory that was not there.", &head))
        }
        Fact::Failure(failure) => Some(trigger(
            "The head of a failed or stalled allocation; nothing is killed for it.",
            &failure.trigger,
        )),
        Fact::SlubCache(_) => what("The slab cache whose objects could not be had."),
        Fact::SlubNode(_) => what("The slabs of that cache on one node."),
        Fact::Cpuset(_) => {
            what("The cpuset of the task that asked, and the nodes that it allows (up to Linux 4.20).")
        }
        Fact::Stack(line) => Some(stack_line(&line, text)),
        Fact::MemInfo => what("The head of the machine's memory counters."),
        Fact::Counters(_) | Fact::FreePages(_) => {
            what("Counters of the whole machine, in pages: where the memory was.")
        }
        Fact::Zone(zone) if zone.zone.is_none() => what("Counters of one NUMA node, in KiB."),
        Fact::Zone(zone) => Some((
            "One zone: its free memory, its watermarks and its counters, in KiB.".into(),
            watermarks(&zone),
        )),
        Fact::LowmemReserve(_) => {
            what("What the zone above keeps free from requests that could go to higher zones, in pages.")
        }
        Fact::Buddy(_) => {
            what("The free blocks of one zone by size, and the types of page blocks they lie in.")
        }
        Fact::HugePages(_) => what("A pool of huge pages on one node; they are set aside, used or not."),
        Fact::Total(total) => Some((total_line(&total), Facts::new())),
        Fact::SlabHead => {
            what("The list of unreclaimable slab caches, printed only when they exceed all user memory.")
        }
        Fact::SitesHead => {
            what("The places in the kernel that allocate most (since Linux 6.10, with profiling).")
        }
        Fact::TaskBanner | Fact::TaskHeader(_) => {
            what("The head of the task table: every process that could have been killed follows.")
        }
        Fact::TaskRow => Some((
            "One candidate of the OOM killer; its columns are named by the table's header.".into(),
            row(text),
        )),
        Fact::Usage(usage) => Some((counter_line(usage.counter), limits(&usage))),
        Fact::TaskIn(_) => {
            what("The victim's cgroup, and the cgroup whose limit was hit (up to Linux 4.20).")
        }
        Fact::StatsFor(_) => what("The head of the statistics of the cgroup whose limit was hit."),
        Fact::Protection(_) => what("Memory that the cgroup is guaranteed, and up to which it is protected."),
        Fact::Summary(_) | Fact::SummaryPiece => what(
            "The summary (since Linux 5.0): what limited the allocation, whose limit it was, who was chosen.",
        ),
        Fact::Selection(chosen) => Some((
            "Who was chosen, with the score; the next line says who really dies (up to Linux 5.0).".into(),
            vec![
                fact("chosen", format!("{} (pid {})", chosen.comm, chosen.pid)),
                fact("score", chosen.score.to_string()),
            ],
        )),
        Fact::Kill(kill) => Some(("The kill: this process was sent SIGKILL.".into(), killed(&kill))),
        Fact::Group(path) => Some((
            "The whole group dies: memory.oom.group is set.".into(),
            vec![fact("cgroup", visible(path.as_bytes()))],
        )),
        Fact::Exiting(..) => what("The chosen process was dying already, so nobody was killed."),
        Fact::Reaped(reaped) if reaped.done => {
            what("The reaper took the victim's memory back; what is left is in the line.")
        }
        Fact::Reaped(_) => what("The reaper could not take the victim's memory back."),
        Fact::Marker(marker) => {
            Some((format!("A short line that turns a report: {marker:?}."), Facts::new()))
        }
    }
}

fn trigger(what: &str, head: &kernel::trigger::Trigger) -> (String, Facts) {
    let mut facts = Facts::new();
    let names = head.gfp_flags.as_ref().map(|flags| kernel::gfp::named(flags.as_bytes()).names);
    let names = names.unwrap_or_else(|| {
        let bits =
            head.gfp_mask.as_deref().and_then(|mask| u64::from_str_radix(mask.strip_prefix("0x")?, 16).ok());
        bits.map(|bits| kernel::gfp::decode(bits, kernel::gfp::EraHints { release: None }).names)
            .unwrap_or_default()
    });
    if let Some(comm) = &head.comm {
        facts.push(fact("asking task", format!("{comm}, which is not necessarily to blame")));
    }
    let order = head.order.map_or(0, oomkit_core::units::Order::get);
    facts.push(fact("asked for", kernel::gfp::purpose(&names, order)));
    if !names.is_empty() {
        facts.push(fact("flags", names.join(" | ")));
    }
    if let Some(order) = head.order {
        facts.push(fact("order", order_in_words(order.get())));
    }
    if let Some(adj) = head.oom_score_adj {
        facts.push(fact("adjustment", format!("{adj}, of the asking task and not of the victim")));
    }
    (what.into(), facts)
}

fn order_in_words(order: i32) -> String {
    match u32::try_from(order) {
        Err(_) => "-1: asked for by hand, through SysRq-f".into(),
        Ok(0) => "0: one page".into(),
        Ok(order) => format!("{order}: {} pages in one piece", 1u64.checked_shl(order).unwrap_or(u64::MAX)),
    }
}

fn stack_line(line: &StackLine, text: &[u8]) -> (String, Facts) {
    match line {
        StackLine::Identification(who) => {
            let mut facts = vec![fact("task", format!("{} (thread {})", who.comm, who.pid))];
            facts.extend(who.release.as_ref().map(|release| fact("kernel", visible(release.as_bytes()))));
            facts.extend(who.taint.as_ref().map(|taint| fact("taint", visible(taint.as_bytes()))));
            ("The task that asked for memory, and the kernel's release.".into(), facts)
        }
        StackLine::Frame => {
            let function = stack::frame(text).map(|frame| fact("function", visible(frame.function)));
            (
                "A frame of the call trace: by which path the kernel was asked.".into(),
                function.into_iter().collect(),
            )
        }
        _ => ("A part of the stack dump of the task that asked.".into(), Facts::new()),
    }
}

fn watermarks(zone: &kernel::zone::Line) -> Facts {
    let of = |name: &str| zone.counters.iter().find(|(known, _)| known == name).map(|(_, size)| *size);
    let named = [("free", "free_bytes"), ("min", "min_bytes"), ("low", "low_bytes"), ("high", "high_bytes")];
    let mut facts: Facts =
        named.iter().filter_map(|(name, key)| Some(fact(name, of(key)?.bytes().to_string()))).collect();
    if let Some((free, min)) = of("free_bytes").zip(of("min_bytes")) {
        let state = if free < min { "below min: ordinary allocations fail here" } else { "above min" };
        facts.push(fact("state", state));
    }
    facts
}

fn total_line(total: &Total) -> String {
    let pages =
        |pages: &Pages| format!("{} pages, {} if a page is 4 KiB", pages.get(), pages.bytes(PageSize::USUAL));
    match total {
        Total::Ram(count) => format!("All memory that the kernel knows of: {}.", pages(count)),
        Total::Reserved(count) => {
            format!("Memory that the page allocator does not manage: {}.", pages(count))
        }
        Total::HighMem(count) => {
            format!("Memory above what a 32-bit kernel maps, or movable only: {}.", pages(count))
        }
        Total::CmaReserved(count) => format!("Memory kept for contiguous allocations: {}.", pages(count)),
        Total::HwPoisoned(count) => format!("Memory set aside as faulty: {}.", pages(count)),
        Total::PageCache(count) => format!("The page cache, with shared memory: {}.", pages(count)),
        Total::SwapCache(count) => format!("Pages both in memory and in swap: {}.", pages(count)),
        Total::FreeSwap(Some(size)) => format!("Free swap: {}.", size.bytes()),
        Total::FreeSwap(None) => "Free swap, printed below zero by a kernel with a fault.".into(),
        Total::TotalSwap(size) => format!("All swap: {}.", size.bytes()),
        Total::Other => "A line of the memory counters that adds nothing to the others.".into(),
    }
}

fn row(text: &[u8]) -> Facts {
    let Some(row) = task::Columns::guess(text).and_then(|columns| task::read_row(text, &columns)) else {
        return Facts::new();
    };
    let pages =
        |pages: Pages| format!("{} pages, {} if a page is 4 KiB", pages.get(), pages.bytes(PageSize::USUAL));
    let mut facts = vec![fact("task", format!("{} (pid {})", row.comm, row.pid))];
    facts.extend(row.rss.map(|rss| fact("resident", pages(rss))));
    facts.extend(row.total_vm.map(|total_vm| fact("address space", pages(total_vm))));
    facts.extend(row.swap.map(|swap| fact("in swap", pages(swap))));
    facts.extend(row.oom_score_adj.map(|adj| fact("adjustment", adj.to_string())));
    facts.push(fact("note", "the columns were concluded from this row; the header decides"));
    facts
}

fn counter_line(counter: Counter) -> String {
    match counter {
        Counter::Memory => "The cgroup's memory: use, limit, and how often the limit was hit.",
        Counter::MemoryAndSwap => "The cgroup's memory and swap together (cgroup v1).",
        Counter::Kmem => "The cgroup's kernel memory (cgroup v1).",
        Counter::Swap => "The cgroup's swap (cgroup v2).",
    }
    .into()
}

fn limits(usage: &kernel::memcg::Usage) -> Facts {
    let mut facts = Facts::new();
    facts.extend(usage.usage.map(|size| fact("used", size.bytes().to_string())));
    facts.extend(usage.limit.map(|size| fact("limit", limit(size).to_string())));
    facts.extend(usage.failcnt.map(|count| fact("limit hit", format!("{count} times"))));
    facts
}

fn killed(kill: &Kill) -> Facts {
    let whose = match kill.prefix {
        Prefix::None => "the line does not say",
        Prefix::Global => "the machine",
        Prefix::Memcg => "a cgroup at its limit",
        Prefix::AllocatingTask => "the machine; the asking task is killed, whatever its score",
        Prefix::MemoryPolicy => "the nodes of a memory policy",
        Prefix::Cpuset => "the nodes of a cpuset",
    };
    let mut facts = Facts::new();
    facts.push(match kill.pid {
        Some(pid) => fact("victim", format!("{} (pid {pid})", kill.comm)),
        None => fact("victim", kill.comm.to_string()),
    });
    facts.push(fact("out of memory", whose));
    let sizes = [
        ("anonymous", kill.anon_rss),
        ("file", kill.file_rss),
        ("shared", kill.shmem_rss),
        ("page tables", kill.pgtables),
        ("address space", kill.total_vm),
    ];
    let size = |size: KiB| size.bytes().to_string();
    facts.extend(sizes.into_iter().filter_map(|(name, kib)| Some(fact(name, size(kib?)))));
    facts.extend(kill.uid.map(|uid| fact("user id", uid.to_string())));
    facts.extend(kill.oom_score_adj.map(|adj| fact("adjustment", adj.to_string())));
    if kill.damaged {
        facts.push(fact("note", "the line is damaged or cut"));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, answer: &str, named: &[(&str, &str)]) {
        let document = line(text).unwrap_or_else(|| panic!("not explained: {text}"));
        let [Block::Answer(_, said), Block::Facts(facts)] = document.blocks() else { panic!("{document:?}") };
        assert_eq!(said, answer);
        for (name, value) in named {
            let found = facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            assert_eq!(found, Some(*value), "{name} of {text}");
        }
    }

    #[test]
    fn a_kill_line_is_told_in_words() {
        check(
            "[ 1.500000] Out of memory: Killed process 991, UID 48, (httpd) total-vm:209368kB, anon-rss:3000kB, file-rss:1084kB",
            "The kill: this process was sent SIGKILL.",
            &[
                ("victim", "httpd (pid 991)"),
                ("anonymous", "2.9 MiB"),
                ("user id", "48"),
                ("out of memory", "the machine"),
            ],
        );
    }

    #[test]
    fn a_wrapping_is_told_as_well() {
        check(
            "May 10 15:45:51 iota kernel: [13930750.441874] DMA free:4kB min:8kB low:16kB high:24kB",
            "One zone: its free memory, its watermarks and its counters, in KiB.",
            &[
                ("host", "iota"),
                ("state", "below min: ordinary allocations fail here"),
                ("written by", "the kernel"),
            ],
        );
    }

    #[test]
    fn other_lines_are_not_explained() {
        for text in ["", "hello", "usb 1-1: new device", "total_vm"] {
            assert!(line(text).is_none(), "{text}");
        }
    }

    #[test]
    fn no_cut_of_a_line_does_harm() {
        let text = "java invoked oom-killer: gfp_mask=0x24280ca(GFP_KERNEL), order=31, oom_score_adj=-1000";
        for end in 0..text.len() {
            let _ = line(text.get(..end).unwrap());
        }
    }
}
