//! `<comm> invoked oom-killer: …`, and the heads of its relatives: failures and stalls.
//!
//! Sources: `dump_header()` in `mm/oom_kill.c`, `warn_alloc()` in `mm/page_alloc.c`.

use oomkit_core::ident::{Comm, OomScoreAdj};
use oomkit_core::units::{Bytes, Order};

use super::fields::{after, number, number_after, owned, rsplit_once, signed_after, split_once, trim};

/// What the head line of a report says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trigger {
    /// The task that asked; `None` up to Linux 2.6.18.
    pub comm: Option<Comm>,
    /// The mask as printed.
    pub gfp_mask: Option<String>,
    /// The names of the flags, as printed (since Linux 4.6).
    pub gfp_flags: Option<String>,
    /// The order of the allocation.
    pub order: Option<Order>,
    /// The adjustment of the asking task (since Linux 2.6.36).
    pub oom_score_adj: Option<OomScoreAdj>,
    /// The adjustment of old (Linux 2.6.19 to 3.6).
    pub oom_adj: Option<i64>,
    /// The allowed nodes (Linux 4.9 to 4.20); `(null)` is none.
    pub nodemask: Option<String>,
    /// The cpuset, where the head of a failure names it (since Linux 5.0).
    pub cpuset: Option<String>,
    /// The nodes that the cpuset allows, likewise.
    pub mems_allowed: Option<String>,
    /// Whether text that does not belong to the line stood before it.
    pub glued: bool,
}

/// Reads `… invoked oom-killer: …`.
#[must_use]
pub fn read(text: &[u8]) -> Option<Trigger> {
    let (comm, rest, glued) = match split_once(text, b" invoked oom-killer: ") {
        Some((comm, rest)) => {
            let (comm, glued) = unglue(comm);
            // A longer name means that something else stands before it.
            if comm.len() > Comm::LONGEST {
                return None;
            }
            (Some(Comm::new(comm)), rest, glued)
        }
        None => (None, text.strip_prefix(b"oom-killer: ")?, false),
    };
    if !rest.starts_with(b"gfp_mask=") {
        return None;
    }
    Some(Trigger { comm, glued, ..allocation(rest, b"gfp_mask=", b"order=") })
}

/// The console glues what a program wrote without a line break before a stamped kernel line.
fn unglue(comm: &[u8]) -> (&[u8], bool) {
    let Some((before, name)) = rsplit_once(comm, b"] ") else { return (comm, false) };
    let Some((_, stamp)) = rsplit_once(before, b"[") else { return (comm, false) };
    let stamped = number(trim(stamp)).is_some_and(|(_, rest)| {
        rest.strip_prefix(b".").and_then(number).is_some_and(|(_, rest)| rest.is_empty())
    });
    if stamped { (name, true) } else { (comm, false) }
}

/// Reads the mask, the order and what else stands in `rest` by its name.
pub(super) fn allocation(rest: &[u8], mask_key: &[u8], order_key: &[u8]) -> Trigger {
    let mask = after(rest, mask_key).unwrap_or_default();
    let mask_len = mask.iter().position(|byte| !byte.is_ascii_hexdigit() && *byte != b'x');
    let (mask, tail) = mask.split_at_checked(mask_len.unwrap_or(mask.len())).unwrap_or_default();
    let flags = tail.strip_prefix(b"(").and_then(|tail| split_once(tail, b")")).map(|(flags, _)| flags);
    Trigger {
        comm: None,
        gfp_mask: (!mask.is_empty()).then(|| owned(mask)),
        gfp_flags: flags.map(owned),
        order: signed_after(rest, order_key).and_then(|order| i32::try_from(order).ok()).map(Order::new),
        oom_score_adj: signed_after(rest, b"oom_score_adj=").and_then(OomScoreAdj::new),
        oom_adj: signed_after(rest, b"oomkilladj=").or_else(|| signed_after(rest, b"oom_adj=")),
        nodemask: value(rest, b"nodemask="),
        cpuset: value(rest, b"cpuset="),
        mems_allowed: value(rest, b"mems_allowed="),
        glued: false,
    }
}

/// Reads a value up to a comma or a space; a node list has commas inside, followed by a digit.
fn value(text: &[u8], key: &[u8]) -> Option<String> {
    let rest = after(text, key)?;
    let mut end = 0;
    while let Some(byte) = rest.get(end) {
        let next_is_digit = rest.get(end + 1).is_some_and(u8::is_ascii_digit);
        if byte.is_ascii_whitespace() || (*byte == b',' && !next_is_digit) {
            break;
        }
        end += 1;
    }
    rest.get(..end).map(owned)
}

/// What the head of a failed or stalled allocation says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// The task, its mask and order.
    pub trigger: Trigger,
    /// How long the allocation had been stalling.
    pub stalled_seconds: Option<f64>,
    /// What failed, in the kernel's words: `page allocation failure`, `vmalloc error`, ….
    pub what: String,
    /// How much was asked for, where the line tells it in bytes (vmalloc).
    pub size: Option<Bytes>,
    /// Whether it was kernel objects that could not be had, and not pages.
    pub of_objects: bool,
}

/// Reads the heads of `warn_alloc()`: `<comm>: page allocation failure: order:…`.
#[must_use]
pub fn read_failure(text: &[u8]) -> Option<Failure> {
    const WORDS: [&[u8]; 4] =
        [b": page allocation failure", b": page allocation stall", b": vmalloc error", b": vmalloc: allocat"];
    let (at, word) = WORDS.iter().find_map(|word| memchr::memmem::find(text, word).map(|at| (at, word)))?;
    let (comm, rest) = text.split_at_checked(at)?;
    let (comm, glued) = unglue(comm);
    if comm.len() > Comm::LONGEST + 9 {
        return None;
    }
    let mode: &[u8] = if after(rest, b"mode:").is_some() { b"mode:" } else { b"gfp_mask=" };
    let trigger = Trigger { comm: Some(Comm::new(comm)), glued, ..allocation(rest, mode, b"order:") };
    let stall = word.ends_with(b"stall");
    let known = trigger.order.is_some() || !word.starts_with(b": page") || trigger.gfp_mask.is_some();
    known.then(|| Failure {
        trigger,
        stalled_seconds: stall.then(|| stalled(rest)).flatten(),
        what: owned(word.strip_prefix(b": ").unwrap_or(word)),
        size: vmalloc_size(rest),
        of_objects: false,
    })
}

/// `vmalloc error: size <n>, …`, `vmalloc: allocation failure: <n> bytes`, `… allocated <n> of <n> bytes`.
fn vmalloc_size(rest: &[u8]) -> Option<Bytes> {
    let size = number_after(rest, b"vmalloc error: size ")
        .or_else(|| number_after(rest, b"vmalloc: allocation failure: "))
        .or_else(|| number_after(rest, b" of "));
    size.filter(|_| after(rest, b"vmalloc").is_some()).map(Bytes::new)
}

/// `stalls for <n>ms` (Linux 4.9 to 4.14) or `stall for <n> secs` (Linux 7).
fn stalled(rest: &[u8]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a stall of some seconds")]
    if let Some(millis) = number_after(rest, b"stalls for ") {
        return Some(millis as f64 / 1000.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "a stall of some seconds")]
    number_after(rest, b"stall for ").map(|seconds| seconds as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, comm: Option<&str>, mask: &str, order: i32, adj: Option<i64>) {
        let trigger = read(text.as_bytes()).unwrap_or_else(|| panic!("not read: {text}"));
        assert_eq!(trigger.comm, comm.map(|comm| Comm::new(comm.as_bytes())), "{text}");
        assert_eq!(trigger.gfp_mask.as_deref(), Some(mask), "{text}");
        assert_eq!(trigger.order, Some(Order::new(order)), "{text}");
        assert_eq!(trigger.oom_score_adj, adj.and_then(OomScoreAdj::new), "{text}");
    }

    #[test]
    fn every_era_is_read() {
        check("oom-killer: gfp_mask=0x201d2, order=0", None, "0x201d2", 0, None);
        check(
            "httpd invoked oom-killer: gfp_mask=0x201d2, order=0, oomkilladj=0",
            Some("httpd"),
            "0x201d2",
            0,
            None,
        );
        check(
            "java invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0, oom_score_adj=0",
            Some("java"),
            "0x201da",
            0,
            Some(0),
        );
        check(
            "Web Content invoked oom-killer: gfp_mask=0x14200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null),  order=0, oom_score_adj=300",
            Some("Web Content"),
            "0x14200ca",
            0,
            Some(300),
        );
        check(
            "runc:[2:INIT] invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=-998",
            Some("runc:[2:INIT]"),
            "0xcc0",
            -1,
            Some(-998),
        );
    }

    #[test]
    fn a_node_list_keeps_its_commas() {
        let text = b"a invoked oom-killer: gfp_mask=0x0(), nodemask=0-1,4, order=0, oom_score_adj=0";
        assert_eq!(read(text).unwrap().nodemask.as_deref(), Some("0-1,4"));
    }

    #[test]
    fn console_output_before_the_name_is_cut_off() {
        let text = b"Creating journal: [   35.419377] mkfs.ext4 invoked oom-killer: gfp_mask=0x1, order=0";
        let trigger = read(text).unwrap();
        assert_eq!((trigger.comm, trigger.glued), (Some(Comm::new(b"mkfs.ext4")), true));
    }

    #[test]
    fn words_alone_are_no_trigger() {
        for text in ["abrtd: invoked oom-killer", "invoked oom-killer: gfp_mask", "oom-killer: hello"] {
            assert_eq!(read(text.as_bytes()), None);
        }
    }

    #[test]
    fn failures_and_stalls_have_heads_of_their_own() {
        let failure = read_failure(
            b"kworker/7:1: page allocation failure: order:0, mode:0xa20(GFP_ATOMIC), nodemask=(null),cpuset=/,mems_allowed=0-1",
        )
        .unwrap();
        assert_eq!(failure.trigger.comm, Some(Comm::new(b"kworker/7:1")));
        assert_eq!(failure.trigger.mems_allowed.as_deref(), Some("0-1"));
        let stall = read_failure(b"cc1: page allocation stalls for 10050ms, order:0, mode:0x1").unwrap();
        assert_eq!(stall.stalled_seconds, Some(10.05));
        let old = read_failure(b"swapper: page allocation failure. order:1, mode:0x20").unwrap();
        assert_eq!(old.trigger.order, Some(Order::new(1)));
    }
}
