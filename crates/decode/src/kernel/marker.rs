//! Short lines that turn a report: nobody to kill, panics, suppressed reports, SysRq, lost messages.
//!
//! Sources: `mm/oom_kill.c`, `drivers/tty/sysrq.c`, `lib/ratelimit.c`, `kernel/printk/printk.c`.

use super::fields::{number, owned, split_once};

/// What a short line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// `COMPACTION is disabled!!!`.
    CompactionDisabled,
    /// `Out of memory and no killable processes...`.
    NobodyToKill,
    /// A panic because of an OOM, with its text.
    OomPanic(String),
    /// Another panic, with its text.
    OtherPanic(String),
    /// `oom_kill_process: <n> callbacks suppressed` and its kin: reports are missing.
    ReportsSuppressed(u64),
    /// `warn_alloc: <n> callbacks suppressed`: failures are missing.
    FailuresSuppressed(u64),
    /// Kernel messages were lost.
    MessagesLost(u64),
    /// `sysrq: Show Memory`.
    SysRqMemory,
    /// `sysrq: Manual OOM execution`.
    SysRqKill,
    /// `OOM request ignored…`.
    SysRqIgnored,
    /// `Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF` (since Linux 5.16).
    FaultLeaked,
    /// `Linux version …`: a boot begins.
    Boot,
    /// A line that belongs to a report and says nothing more.
    Noise,
}

/// Reads a short line.
#[must_use]
pub fn read(text: &[u8]) -> Option<Marker> {
    let text = text.trim_ascii();
    match text.first()? {
        b'C' if text.starts_with(b"COMPACTION is disabled") => Some(Marker::CompactionDisabled),
        b'O' => starts_with_o(text),
        b'K' => text.strip_prefix(b"Kernel panic - not syncing: ").map(panic),
        b's' | b'S' => sysrq(text),
        b'H' => {
            text.starts_with(b"Huh VM_FAULT_OOM leaked out to the #PF handler").then_some(Marker::FaultLeaked)
        }
        b'L' => text.starts_with(b"Linux version ").then_some(Marker::Boot),
        b'*' => lost(text),
        b'e' => {
            text.starts_with(b"excessive unreclaimable slab but cannot dump stats").then_some(Marker::Noise)
        }
        b't' => text.starts_with(b"tried to kill init!").then_some(Marker::Noise),
        b'm' => {
            text.starts_with(b"memory_stat_format: Warning, stat buffer overflow").then_some(Marker::Noise)
        }
        _ => None,
    }
    .or_else(|| suppressed(text))
}

fn starts_with_o(text: &[u8]) -> Option<Marker> {
    if text.starts_with(b"Out of memory and no killable processes") {
        return Some(Marker::NobodyToKill);
    }
    if text.starts_with(b"OOM request ignored") {
        return Some(Marker::SysRqIgnored);
    }
    None
}

fn panic(text: &[u8]) -> Marker {
    let oom = text.starts_with(b"Out of memory")
        || text.starts_with(b"System is deadlocked on memory")
        || text.starts_with(b"out of memory. ")
        || text.starts_with(b"out of memory from page fault")
        || text.starts_with(b"out of memory(memcg)");
    if oom { Marker::OomPanic(owned(text)) } else { Marker::OtherPanic(owned(text)) }
}

fn sysrq(text: &[u8]) -> Option<Marker> {
    let rest = text.strip_prefix(b"sysrq: ").unwrap_or(text);
    let rest = rest.strip_prefix(b"SysRq : ").unwrap_or(rest);
    if rest.len() == text.len() {
        return None;
    }
    match rest {
        b"Show Memory" => Some(Marker::SysRqMemory),
        b"Manual OOM execution" => Some(Marker::SysRqKill),
        _ if rest.starts_with(b"OOM request ignored") => Some(Marker::SysRqIgnored),
        _ => None,
    }
}

fn suppressed(text: &[u8]) -> Option<Marker> {
    if !text.ends_with(b"suppressed") && !text.ends_with(b"suppressed.") {
        return None;
    }
    let (who, rest) = split_once(text, b": ")?;
    let (count, rest) = number(rest)?;
    match (who, rest) {
        (b"oom_kill_process" | b"dump_header" | b"out_of_memory", b" callbacks suppressed") => {
            Some(Marker::ReportsSuppressed(count))
        }
        (b"pagefault_out_of_memory", b" callbacks suppressed") => Some(Marker::FaultLeaked),
        (who, b" callbacks suppressed") if who.starts_with(b"warn_alloc") => {
            Some(Marker::FailuresSuppressed(count))
        }
        (b"printk", b" messages suppressed.") => Some(Marker::MessagesLost(count)),
        _ => None,
    }
}

/// `** <n> printk messages dropped **`, and journald's `Missed <n> kernel messages`.
fn lost(text: &[u8]) -> Option<Marker> {
    let (count, rest) = number(text.strip_prefix(b"** ")?)?;
    rest.starts_with(b" printk messages dropped").then_some(Marker::MessagesLost(count))
}

/// Reads what a log daemon says of kernel messages that it lost.
#[must_use]
pub fn read_daemon(text: &[u8]) -> Option<u64> {
    let (count, rest) = number(text.trim_ascii().strip_prefix(b"Missed ")?)?;
    rest.starts_with(b" kernel messages").then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_read() {
        for (text, marker) in [
            ("Out of memory and no killable processes...", Marker::NobodyToKill),
            (
                "Kernel panic - not syncing: System is deadlocked on memory",
                Marker::OomPanic("System is deadlocked on memory".into()),
            ),
            (
                "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
                Marker::OtherPanic("Attempted to kill init! exitcode=0x0000000b".into()),
            ),
            ("oom_kill_process: 4 callbacks suppressed", Marker::ReportsSuppressed(4)),
            ("warn_alloc_show_mem: 1 callbacks suppressed", Marker::FailuresSuppressed(1)),
            ("** 12 printk messages dropped **", Marker::MessagesLost(12)),
            ("SysRq : Show Memory", Marker::SysRqMemory),
            ("sysrq: SysRq : Manual OOM execution", Marker::SysRqKill),
            ("sysrq: Show Memory", Marker::SysRqMemory),
        ] {
            assert_eq!(read(text.as_bytes()), Some(marker), "{text}");
        }
    }

    #[test]
    fn tempting_lines_are_not() {
        for text in [
            "OOM killer enabled.",
            "OOM killer disabled.",
            "Show Memory",
            "sysrq: Kill All Tasks",
            "rcu: Unless rcu_sched kthread gets sufficient CPU time, OOM is now expected behavior.",
            "net_ratelimit: 5 callbacks suppressed",
            "",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
