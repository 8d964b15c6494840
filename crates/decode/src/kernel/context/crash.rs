//! The kernel's own crashes: panics, oopses, states that must not be, warnings.
//!
//! Sources: `kernel/panic.c`, `arch/*/mm/fault.c`, `arch/*/kernel/traps.c`, `lib/bug.c`.

use super::{Trouble, between, has, until};
use crate::kernel::{
    fields::split_once,
    marker::{self, Marker},
};
use crate::report::ContextKind as Kind;

pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    match text.first()? {
        b'K' | b'k' => panic(text).or_else(|| bug_at(text)),
        b'-' => panic(text.strip_prefix(b"---[ end ")?).map(Trouble::going_on),
        b'A' => text
            .starts_with(b"Attempted to kill init!")
            .then(|| Trouble::of(Kind::Panic).about(b"Attempted to kill init!")),
        b'R' => {
            let rest = text.strip_prefix(b"Rebooting in ")?;
            has(rest, " seconds").then(|| Trouble::of(Kind::Reboot).with(until(rest, &["."])))
        }
        b'B' => fault(text).or_else(|| other_bug(text)),
        b'U' | b'g' | b'O' | b'I' | b'd' | b'i' | b's' | b't' => fault(text),
        b'W' => warning(text),
        _ => None,
    }
}

/// `Kernel panic - not syncing: Fatal exception`; a panic because of an OOM is an event by itself.
fn panic(text: &[u8]) -> Option<Trouble> {
    let reason = text.strip_prefix(b"Kernel panic - not syncing: ")?;
    if matches!(marker::read(text), Some(Marker::OomPanic(_))) {
        return None;
    }
    Some(Trouble::of(Kind::Panic).about(until(reason, &[" ]---", "]---"])))
}

/// `kernel BUG at fs/inode.c:512!`.
fn bug_at(text: &[u8]) -> Option<Trouble> {
    let place = text.get(1..)?.strip_prefix(b"ernel BUG at ")?;
    Some(Trouble::of(Kind::Oops).about(&[b"BUG at ", until(place, &["!"])].concat()))
}

/// Faults of the kernel in the words of several architectures.
fn fault(text: &[u8]) -> Option<Trouble> {
    let oops = |subject: &[u8]| Some(Trouble::of(Kind::Oops).about(subject));
    let lower = text.strip_prefix(b"BUG: ").unwrap_or(text);
    if lower.starts_with(b"unable to handle ")
        || lower.starts_with(b"Unable to handle ")
        || lower.starts_with(b"kernel NULL pointer dereference")
    {
        return oops(until(lower, &[" at ", ", address", " for address", " in virtual ", " address:"]));
    }
    if text.starts_with(b"general protection fault") {
        return oops(b"general protection fault");
    }
    if text.starts_with(b"traps: PANIC: ") {
        return oops(until(text.get(14..)?, &[","]));
    }
    // The words that follow a fault, or a fault whose first line is missing.
    let dies = has(text, "[#");
    let starts = ["Oops", "Internal error: ", "divide error: ", "invalid opcode: ", "double fault: "];
    let starts_so = starts.iter().any(|start| text.starts_with(start.as_bytes()));
    let stack = text.starts_with(b"stack segment: ");
    if dies && (starts_so || stack) || text.starts_with(b"Internal error: ") {
        return Some(Trouble::of(Kind::Oops).about(until(text, &[" [#", ": 0000", ", sig:"])).going_on());
    }
    None
}

/// `BUG: KASAN: use-after-free in f+0x1/0x2`, `BUG: scheduling while atomic: java/77/0x2`.
fn other_bug(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"BUG: ")?;
    let subject = until(rest, &[" in ", " at ", ", ", "/"]);
    // Tools of the kernel name themselves first, and then what they found.
    let subject = match split_once(subject, b": ") {
        Some((tool, found)) if tool.iter().all(u8::is_ascii_uppercase) => &[tool, b": ", found].concat(),
        Some((what, _)) => what,
        None => subject,
    };
    let kernels = ["scheduling while atomic", "sleeping function called", "KASAN: ", "KFENCE: ", "KCSAN: "];
    let trouble = Trouble::of(Kind::KernelBug).about(subject);
    let known = kernels.iter().any(|start| rest.starts_with(start.as_bytes()));
    Some(if known { trouble } else { trouble.in_plain_words() })
}

/// `WARNING: CPU: 1 PID: 13 at mm/a.c:7 f+0x1/0x2`, older `WARNING: at mm/a.c:7 f+0x1/0x2()`.
fn warning(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"WARNING: ")?;
    let place = if rest.starts_with(b"CPU: ") { between(rest, " at ", " ")? } else { rest };
    let place = until(place.strip_prefix(b"at ").unwrap_or(place), &[" "]);
    let (file, line) = split_once(place, b":")?;
    let is_source = [&b".c"[..], b".h", b".S", b".rs"].iter().any(|end| file.ends_with(end));
    let is_line = line.first().is_some_and(u8::is_ascii_digit);
    (is_source && is_line).then(|| Trouble::of(Kind::KernelWarning).about(place).in_plain_words())
}
