//! Hardware that reports errors of its own: machine checks, memory controllers, broken pages, heat.
//!
//! Sources: `arch/x86/kernel/cpu/mce/`, `drivers/acpi/apei/ghes.c`, `drivers/edac/edac_mc.c`, `mm/memory-failure.c`,
//! `arch/x86/kernel/nmi.c`, `drivers/thermal/intel/therm_throt.c`.

use super::{Trouble, between, has, until};
use crate::kernel::fields::{rsplit_once, split_once};
use crate::report::ContextKind as Kind;

pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    match text.first()? {
        b'm' | b'[' | b'{' => machine_check(text).or_else(|| heat(text)),
        b'E' => edac(text),
        b'M' => broken_page(text).or_else(|| machine_check(text)),
        b's' | b'S' => offlined(text),
        b'C' => corrupted(text).or_else(|| old_machine_check(text)).or_else(|| heat(text)),
        b'U' => {
            let cpu = rsplit_once(text, b" on CPU ").map(|(_, cpu)| until(cpu, &["."]));
            let known = text.starts_with(b"Uhhuh. NMI received for unknown reason");
            let trouble = Trouble::of(Kind::MachineCheck).with(b"interrupt of unknown reason");
            known.then(|| cpu.map_or(trouble.clone(), |cpu| trouble.about(&[b"CPU ", cpu].concat())))
        }
        _ => None,
    }
}

/// `mce: [Hardware Error]: CPU 3: Machine Check: 0 Bank 7: 8c00004000010091`, `{1}[Hardware Error]: …`.
fn machine_check(text: &[u8]) -> Option<Trouble> {
    let of = Trouble::of(Kind::MachineCheck);
    if text.starts_with(b"mce: Uncorrected hardware memory error") {
        return Some(of.with(text.get(5..)?));
    }
    if text.starts_with(b"Machine check events logged") {
        return Some(of.with(text));
    }
    let (source, words) = split_once(text, b"[Hardware Error]: ")?;
    let is_apei = source.starts_with(b"{") && source.ends_with(b"}");
    if is_apei && words.starts_with(b"Hardware error from ") {
        return Some(of.with(words));
    }
    if is_apei {
        let severity = words.strip_prefix(b"event severity: ");
        return severity.map(|severity| of.with(severity).going_on());
    }
    if !matches!(source, b"" | b"mce: ") {
        return None;
    }
    if let Some((cpu, rest)) = split_once(words, b": Machine Check") {
        let bank = between(rest, " Bank ", ":").map(|bank| [b"bank ", bank].concat());
        return Some(of.about(cpu).with(&bank.unwrap_or_default()));
    }
    has(words, "achine check").then(|| of.with(words).going_on())
}

/// `CPU 0: Machine Check Exception:                4 Bank 4: b2…`.
fn old_machine_check(text: &[u8]) -> Option<Trouble> {
    let (cpu, rest) = split_once(text, b": Machine Check Exception: ")?;
    let bank = between(rest, "Bank ", ":").map(|bank| [b"bank ", bank].concat());
    cpu.starts_with(b"CPU ")
        .then(|| Trouble::of(Kind::MachineCheck).about(cpu).with(&bank.unwrap_or_default()))
}

/// `EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 (channel:1 …`.
fn edac(text: &[u8]) -> Option<Trouble> {
    let (controller, rest) = split_once(text.strip_prefix(b"EDAC ")?, b": ")?;
    let (count, rest) = split_once(rest, b" ")?;
    let what = match rest.get(..3)? {
        b"CE " => &b" corrected"[..],
        b"UE " => b" uncorrected",
        _ => return None,
    };
    if !controller.starts_with(b"MC") || !count.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let place = split_once(rest, b" on ").map(|(_, place)| until(place, &[" ("]));
    let subject = [controller, b" ", place.unwrap_or_default()].concat();
    Some(Trouble::of(Kind::Edac).about(&subject).with(&[count, what].concat()))
}

/// `Memory failure: 0x12345: recovery action for …: Recovered`, `MCE 0x12345: …` up to Linux 4.5.
fn broken_page(text: &[u8]) -> Option<Trouble> {
    if let Some(rest) = text.strip_prefix(b"MCE: Killing ") {
        let (task, _) = split_once(rest, b" due to hardware memory corruption")?;
        let comm = rsplit_once(task, b":").map_or(task, |(comm, _)| comm);
        return Some(Trouble::of(Kind::Hwpoison).about(comm).with(b"killed, its memory is broken"));
    }
    let rest = text.strip_prefix(b"Memory failure: ").or_else(|| text.strip_prefix(b"MCE "))?;
    let (page, words) = split_once(rest, b": ")?;
    page.starts_with(b"0x").then(|| Trouble::of(Kind::Hwpoison).about(&[b"page ", page].concat()).with(words))
}

/// `soft offline: 0x12345: …`, `Soft offlining page 0x12345 at 0x7f00`.
fn offlined(text: &[u8]) -> Option<Trouble> {
    let rest = text.get(1..)?;
    let (page, words) = match rest.strip_prefix(b"oft offline: ") {
        Some(rest) => split_once(rest, b": ")?,
        None => (until(rest.strip_prefix(b"oft offlining ")?.strip_prefix(b"page ")?, &[" "]), &b""[..]),
    };
    page.starts_with(b"0x").then(|| Trouble::of(Kind::Hwpoison).about(&[b"page ", page].concat()).with(words))
}

/// `Corrupted low memory at ffff880000001000 (1000 phys) = 1`.
fn corrupted(text: &[u8]) -> Option<Trouble> {
    let place = text.strip_prefix(b"Corrupted low memory at ")?;
    Some(Trouble::of(Kind::Hwpoison).about(b"low memory").with(until(place, &[" = "])))
}

/// `mce: CPU3: Core temperature above threshold, cpu clock throttled (total events = 12)`.
fn heat(text: &[u8]) -> Option<Trouble> {
    let (cpu, words) = split_once(text.strip_prefix(b"mce: ").unwrap_or(text), b": ")?;
    let hot = words.starts_with(b"Core temperature above threshold")
        || words.starts_with(b"Package temperature above threshold");
    (hot && cpu.starts_with(b"CPU"))
        .then(|| Trouble::of(Kind::Overheated).about(cpu).with(until(words, &[" ("])))
}
