//! Memory that is short, damaged or wrongly counted, short of an OOM.
//!
//! Sources: `mm/swapfile.c`, `mm/page_io.c`, `mm/util.c`, `mm/mmap.c`, `kernel/fork.c`, `kernel/cgroup/pids.c`,
//! `drivers/virtio/virtio_balloon.c`, `drivers/hv/hv_balloon.c`.

use super::{Trouble, between, has, until};
use crate::kernel::fields::{rsplit_once, split_once};
use crate::report::ContextKind as Kind;

pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    match text.first()? {
        b'B' => accounting(text),
        b'R' | b'W' => swap_device(text),
        b'_' | b'g' | b's' => swap_entry(text).or_else(|| overcommit(text)),
        b'v' | b'h' | b'x' => balloon(text),
        b'c' => {
            let path = text.strip_prefix(b"cgroup: fork rejected by pids controller in ")?;
            Some(Trouble::of(Kind::PidsLimit).about(path))
        }
        b'm' => data_limit(text),
        _ => None,
    }
    .or_else(|| rlimit(text))
}

/// `BUG: Bad rss-counter state mm:… type:MM_ANONPAGES val:2`, `BUG: Bad page state in process java  pfn:12345`.
fn accounting(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"BUG: ")?;
    if let Some(rest) = rest.strip_prefix(b"Bad rss-counter state ") {
        let detail = split_once(rest, b" ").map_or(rest, |(_, rest)| rest);
        return Some(Trouble::of(Kind::BadRss).with(detail));
    }
    if rest.starts_with(b"non-zero ") && has(rest, " on freeing mm") {
        return Some(Trouble::of(Kind::BadRss).with(until(rest, &[":"])));
    }
    let rest = rest.strip_prefix(b"Bad page ")?;
    let comm = split_once(rest, b" in process ").map(|(_, comm)| until(comm, &["  ", " pfn:"]));
    let trouble = Trouble::of(Kind::BadPage);
    Some(comm.map_or(trouble.clone(), |comm| trouble.about(comm)))
}

/// `Read-error on swap-device (252:0:128)`.
fn swap_device(text: &[u8]) -> Option<Trouble> {
    let (what, rest) = split_once(text, b"-error on swap-device (")?;
    let device = until(rest, &[")"]);
    let device = rsplit_once(device, b":").map_or(device, |(device, _)| device);
    matches!(what, b"Read" | b"Write").then(|| Trouble::of(Kind::SwapError).about(device).with(what))
}

/// `swap_free: Bad swap file entry 3800000000000123`; the function has had several names.
fn swap_entry(text: &[u8]) -> Option<Trouble> {
    let (function, rest) = split_once(text, b": Bad swap ")?;
    let is_function = function.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
    is_function.then(|| Trouble::of(Kind::SwapError).with(&[b"bad swap ", until(rest, &[" entry"])].concat()))
}

/// `__vm_enough_memory: pid: 7, comm: java, bytes: 4096 not enough memory for the allocation`.
fn overcommit(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"__vm_enough_memory: pid: ")?;
    let (_, rest) = split_once(rest, b", comm: ")?;
    let comm = rsplit_once(rest, b", bytes: ").or_else(|| rsplit_once(rest, b", n"));
    let comm = comm.map_or(rest, |(comm, _)| comm);
    Some(Trouble::of(Kind::Overcommit).about(comm))
}

/// Complaints of balloon drivers; what they say of themselves at boot is none.
fn balloon(text: &[u8]) -> Option<Trouble> {
    let (driver, words) = split_once(text, b": ")?;
    let driver = until(driver, &[" "]);
    let is_balloon = matches!(driver, b"virtio_balloon" | b"hv_balloon" | b"vmw_balloon" | b"xen_balloon")
        || text.starts_with(b"xen:balloon: ");
    let complains = ["Out of puff", "ailed", "annot ", "partially fulfilled", "rror"];
    let complains = is_balloon && complains.iter().any(|part| has(words, part));
    complains.then(|| Trouble::of(Kind::Balloon).about(driver).with(words))
}

/// `mmap: java (77): VmData 4 exceed data ulimit 2. Update limits or use boot option ignore_rlimit_data.`
fn data_limit(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"mmap: ")?;
    let (task, words) = rsplit_once(rest, b": VmData ")?;
    let comm = rsplit_once(task, b" (").map_or(task, |(comm, _)| comm);
    has(words, " exceed data ulimit ").then(|| Trouble::of(Kind::Rlimit).about(comm).with(b"data segment"))
}

/// `sshd/77: reached RLIMIT_SIGPENDING, dropped signal`.
fn rlimit(text: &[u8]) -> Option<Trouble> {
    let (task, limit) = split_once(text.get(..64).unwrap_or(text), b": reached RLIMIT_")?;
    let (comm, pid) = rsplit_once(task, b"/")?;
    let is_pid = !pid.is_empty() && pid.iter().all(u8::is_ascii_digit);
    let limit = [b"RLIMIT_", until(limit, &[",", " "])].concat();
    is_pid.then(|| Trouble::of(Kind::Rlimit).about(comm).with(&limit))
}

/// `java(77) possible memory allocation deadlock size 64 in kmem_alloc (mode:0x250)`, as XFS says it.
pub(super) fn deadlock(words: &[u8]) -> Option<Trouble> {
    let (task, rest) = split_once(words, b"possible memory allocation deadlock")?;
    let comm = rsplit_once(task, b"(").map_or(task, |(comm, _)| comm);
    let function = between(rest, " in ", " ").unwrap_or_default();
    Some(Trouble::of(Kind::AllocationDeadlock).about(comm).with(function))
}
