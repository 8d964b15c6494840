//! Programs that crashed, and where: a line begins with the name of a task, which may be anything.
//!
//! Sources: `arch/x86/mm/fault.c`, `arch/x86/kernel/traps.c`, `arch/*/kernel/traps.c`, `mm/memory.c`.

use super::{Trouble, between, has, until};
use crate::kernel::fields::{rsplit_once, split_once};
use crate::report::ContextKind as Kind;

/// A name has at most 15 bytes and a pid at most 10, so a kernel's words begin before long.
const HEAD: usize = 64;

pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    if text.starts_with(b"potentially unexpected fatal signal ") {
        return Some(Trouble::of(Kind::Segfault).with(until(text, &["."])));
    }
    let (kind, text) = match text.strip_prefix(b"traps: ") {
        Some(rest) => (Kind::Trap, rest),
        None => (Kind::Segfault, text),
    };
    let head = text.get(..HEAD).unwrap_or(text);
    let at = memchr::memmem::find_iter(head, b"]").find_map(|at| {
        let (task, words) = (head.get(..at)?, text.get(at + 1..)?);
        let (comm, pid) = rsplit_once(task, b"[")?;
        let is_pid = !pid.is_empty() && pid.iter().all(u8::is_ascii_digit);
        (is_pid && tells_of_crash(kind, words)).then_some((comm, words))
    });
    let (comm, words) = at?;
    let what = if kind == Kind::Trap { trap_name(words) } else { None };
    let detail = match (what, place(words)) {
        (Some(what), Some(place)) => Some([what, b", ", place.as_slice()].concat()),
        (Some(what), None) => Some(what.to_vec()),
        (None, place) => place,
    };
    let trouble = Trouble::of(kind).about(comm);
    Some(detail.map_or(trouble.clone(), |detail| trouble.with(&detail)))
}

/// The words behind `<comm>[<pid>]`.
fn tells_of_crash(kind: Kind, words: &[u8]) -> bool {
    match kind {
        Kind::Trap => has(words, " ip:") && has(words, " sp:"),
        _ => [": segfault at ", ": segfault (", ": unhandled "]
            .iter()
            .any(|say| words.starts_with(say.as_bytes())),
    }
}

/// ` general protection fault ip:…`, ` trap divide error ip:…`.
fn trap_name(words: &[u8]) -> Option<&[u8]> {
    let (what, _) = split_once(words, b" ip:")?;
    let what = what.trim_ascii();
    Some(what.strip_prefix(b"trap ").unwrap_or(what)).filter(|what| !what.is_empty())
}

/// Returns where in its file the program crashed, such as `libc-2.17.so+0x7f8bc`.
fn place(words: &[u8]) -> Option<Vec<u8>> {
    let (before, rest) = rsplit_once(words, b" in ")?;
    let (object, rest) = split_once(rest, b"[")?;
    let range = until(rest, &["]"]);
    let named = |offset: u64| [object, format!("+{offset:#x}").as_bytes()].concat();
    // Newer kernels compute the place in the file themselves, and print it first.
    if let Some((offset, _)) = split_once(range, b",") {
        return hexadecimal(offset).map(named);
    }
    let (base, size) = split_once(range, b"+")?;
    let (base, size) = (hexadecimal(base)?, hexadecimal(size)?);
    let ip = ["ip ", "ip:", "pc ", "nip "].iter().find_map(|key| between(before, key, " "));
    match ip.and_then(hexadecimal).and_then(|ip| ip.checked_sub(base)) {
        Some(offset) if offset < size => Some(named(offset)),
        // Nothing to compute from: the name of the file says something all the same.
        _ => Some(object.to_vec()),
    }
}

fn hexadecimal(text: &[u8]) -> Option<u64> {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit);
    if is_number { u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok() } else { None }
}
