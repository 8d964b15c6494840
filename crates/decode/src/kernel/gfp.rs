//! Gfp masks: what an allocation asked for, by the names of its flags.
//!
//! Since Linux 4.6 the kernel prints the names, and they are believed. Older kernels print bits
//! alone, whose meaning has changed four times; the layout that explains a mask in the fewest words
//! is the one that made it.

use oomkit_core::ident::text as lossless;

mod layout;
mod request;

pub use layout::{Decoded, EraHints, decode};
pub use request::{Request, request};

/// A gfp mask as a line prints it, with the names of its flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gfp {
    /// The mask as printed, such as `0x24280ca`.
    pub mask: String,
    /// The names of the flags, as printed or else decoded from the bits.
    pub names: Vec<String>,
    /// The bits without a name, in hexadecimal.
    pub leftover: Option<String>,
    /// What a reader should know about the names: how sure they are, and what was mended.
    pub notes: Vec<String>,
}

impl Gfp {
    /// Returns the bits of the mask.
    #[must_use]
    pub fn bits(&self) -> u64 {
        hex(self.mask.as_bytes()).unwrap_or_default()
    }
}

/// The flags of a mask, by the names that a line gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The names, in the order of the line; names that are unknown are kept.
    pub names: Vec<String>,
    /// The bits that the kernel had no name for, in hexadecimal.
    pub leftover: Option<String>,
    /// The names that were damaged on their way, and mended.
    pub notes: Vec<String>,
}

/// Reads a mask: `0x24280ca`, or `0xcc0(GFP_KERNEL)` where the kernel prints names.
///
/// `None` where the text does not begin with a hexadecimal number.
#[must_use]
pub fn read(text: &[u8], hints: EraHints<'_>) -> Option<Gfp> {
    let text = text.trim_ascii();
    let (mask, flags) = match text.iter().position(|b| *b == b'(') {
        Some(at) => (text.get(..at)?, text.get(at + 1..)),
        None => (text, None),
    };
    let bits = hex(mask)?;
    let mask = lossless(mask).into_owned();
    let Some(flags) = flags else {
        let Decoded { names, leftover, note } = decode(bits, hints);
        return Some(Gfp { mask, names, leftover, notes: note.into_iter().collect() });
    };
    let (flags, is_cut) = match flags.iter().position(|b| *b == b')') {
        Some(end) => (flags.get(..end)?, false),
        None => (flags, true),
    };
    let Named { names, leftover, mut notes } = named(flags);
    if is_cut {
        notes.push("the list of flags is cut".to_owned());
    }
    Some(Gfp { mask, names, leftover, notes })
}

/// Reads the names of flags, as in `GFP_KERNEL|__GFP_COMP|0x8000000`.
#[must_use]
pub fn named(flags: &[u8]) -> Named {
    let mut read = Named::default();
    for token in flags.split(|b| *b == b'|').map(<[u8]>::trim_ascii) {
        if matches!(token, b"" | b"none" | b"0x0") {
            continue;
        }
        if hex(token).is_some() {
            read.leftover = Some(lossless(token).into_owned());
            continue;
        }
        let name = lossless(token);
        match mended(&name) {
            Some(whole) => {
                read.notes.push(format!("{name} stands for {whole}, which lost a part on its way"));
                read.names.push(whole);
            }
            None => read.names.push(name.into_owned()),
        }
    }
    read
}

/// Returns the name that lost underscores to a formatter of text, as in `_GFP_ZERO`.
fn mended(name: &str) -> Option<String> {
    if layout::is_name(name) {
        return None;
    }
    let core = name.trim_start_matches('_');
    let whole = format!("__{core}");
    match (layout::is_name(&whole), layout::is_name(core)) {
        (true, _) => Some(whole),
        (false, true) => Some(core.to_owned()),
        (false, false) => None,
    }
}

/// Returns in plain words what an allocation with these flags was for.
///
/// `order` is the order as printed: −1 stands for a kill that was asked for by hand. The flags tell
/// a use only in part; where several share them, the words name them all.
#[must_use]
pub fn purpose(names: &[String], order: i32) -> &'static str {
    if order < 0 {
        return "nothing: the kill was asked for by hand";
    }
    if names.is_empty() {
        return "a page fault";
    }
    let has = |name: &str| names.iter().any(|have| have == name);
    for_users(&has).unwrap_or_else(|| for_the_kernel(&has, order))
}

/// Explains pages that processes map or files are cached in.
fn for_users(has: &impl Fn(&str) -> bool) -> Option<&'static str> {
    if has("GFP_TRANSHUGE") || has("GFP_TRANSHUGE_LIGHT") {
        return Some("a huge page for a process");
    }
    if has("__GFP_WRITE") {
        return Some("a page of the page cache, to be written");
    }
    if !has("GFP_HIGHUSER_MOVABLE") && !has("__GFP_MOVABLE") {
        return None;
    }
    Some(match (has("__GFP_ZERO"), has("__GFP_COLD") || has("GFP_NOFS")) {
        (true, _) => "a page for a process",
        (false, true) => "a page of the page cache",
        (false, false) => "a page for a process or of the page cache",
    })
}

fn for_the_kernel(has: &impl Fn(&str) -> bool, order: i32) -> &'static str {
    let is_single_zeroed = has("__GFP_ZERO") && order == 0;
    if has("GFP_KERNEL_ACCOUNT") || has("__GFP_ACCOUNT") {
        return if is_single_zeroed {
            "page tables or other kernel memory that is charged to the cgroup"
        } else {
            "kernel memory that is charged to the cgroup"
        };
    }
    if is_single_zeroed && has("__GFP_REPEAT") && has("GFP_KERNEL") {
        return "page tables";
    }
    for (names, words) in [
        (["GFP_ATOMIC", "GFP_NOWAIT"], "kernel memory that cannot be waited for"),
        (["GFP_DMA", "GFP_DMA32"], "kernel memory that a device can reach"),
        (["GFP_HIGHUSER", "GFP_USER"], "memory on behalf of a process"),
        (["__GFP_RECLAIMABLE", ""], "a kernel cache, such as inodes and directory entries"),
        (["GFP_NOFS", ""], "kernel memory within a file system"),
        (["GFP_NOIO", ""], "kernel memory on the way to a disk"),
    ] {
        if names.into_iter().any(has) {
            return words;
        }
    }
    if 0 < order { "kernel memory in one piece" } else { "kernel memory" }
}

fn hex(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"0x").filter(|digits| !digits.starts_with(b"+"))?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cases: &[(&str, &str, i32, &str)]) {
        for (mask, names, order, words) in cases {
            let gfp = read(mask.as_bytes(), EraHints::default()).expect("a mask");
            let mut shown = gfp.names.join("|");
            for note in gfp.leftover.iter().chain(&gfp.notes) {
                shown = format!("{shown} [{note}]");
            }
            assert_eq!((shown.as_str(), purpose(&gfp.names, *order)), (*names, *words), "{mask}");
        }
    }

    #[test]
    fn masks_are_read_and_explained() {
        let user = "a page for a process";
        let either = "a page for a process or of the page cache";
        check(&[
            ("0xcc0(GFP_KERNEL)", "GFP_KERNEL", -1, "nothing: the kill was asked for by hand"),
            ("0x0()", "", 0, "a page fault"),
            ("0x0", "", 0, "a page fault"),
            (
                "0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP)",
                "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP",
                0,
                user,
            ),
            ("0x280da", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", 0, user),
            ("0x100cca", "GFP_HIGHUSER_MOVABLE", 0, either),
            ("0x201da", "GFP_HIGHUSER_MOVABLE|__GFP_COLD", 0, "a page of the page cache"),
            ("0xcc0", "GFP_KERNEL", 2, "kernel memory in one piece"),
            ("0xd0", "GFP_KERNEL", 0, "kernel memory"),
            ("0x84d0", "GFP_KERNEL|__GFP_ZERO|__GFP_REPEAT", 0, "page tables"),
            (
                "0x400dc0(GFP_KERNEL_ACCOUNT|__GFP_ZERO)",
                "GFP_KERNEL_ACCOUNT|__GFP_ZERO",
                0,
                "page tables or other kernel memory that is charged to the cgroup",
            ),
            (
                "0x500cc2(GFP_HIGHUSER|__GFP_ACCOUNT)",
                "GFP_HIGHUSER|__GFP_ACCOUNT",
                0,
                "kernel memory that is charged to the cgroup",
            ),
            (
                "0xcd0(GFP_KERNEL|__GFP_RECLAIMABLE)",
                "GFP_KERNEL|__GFP_RECLAIMABLE",
                0,
                "a kernel cache, such as inodes and directory entries",
            ),
            (
                "0x101c4a(GFP_NOFS|__GFP_HIGHMEM|__GFP_HARDWALL|__GFP_MOVABLE|__GFP_WRITE)",
                "GFP_NOFS|__GFP_HIGHMEM|__GFP_HARDWALL|__GFP_MOVABLE|__GFP_WRITE",
                0,
                "a page of the page cache, to be written",
            ),
            ("0x20", "GFP_ATOMIC", 0, "kernel memory that cannot be waited for"),
        ]);
    }

    #[test]
    fn names_survive_their_way_here() {
        check(&[
            (
                "0x14280ca(GFP_HIGHUSER_MOVABLE|_GFP_ZERO)",
                "GFP_HIGHUSER_MOVABLE|__GFP_ZERO [_GFP_ZERO stands for __GFP_ZERO, which lost a part on its way]",
                0,
                "a page for a process",
            ),
            (
                "0x40cc0(GFP_KERNEL|GFP_COMP)",
                "GFP_KERNEL|__GFP_COMP [GFP_COMP stands for __GFP_COMP, which lost a part on its way]",
                3,
                "kernel memory in one piece",
            ),
            ("0x8000cc0(GFP_KERNEL|0x8000000)", "GFP_KERNEL [0x8000000]", 0, "kernel memory"),
            ("0xcc0(GFP_KERNEL|__GFP_FANCY)", "GFP_KERNEL|__GFP_FANCY", 0, "kernel memory"),
            (
                "0xcc0(GFP_KERNEL|__GFP_CO",
                "GFP_KERNEL|__GFP_CO [the list of flags is cut]",
                0,
                "kernel memory",
            ),
        ]);
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        for text in ["", "0x", "cc0", "0xzz", "(GFP_KERNEL)", "0x+1", "0x11111111111111111"] {
            assert_eq!(read(text.as_bytes(), EraHints::default()), None, "{text}");
        }
        assert_eq!(read(b"0x24280ca", EraHints::default()).map(|gfp| gfp.bits()), Some(0x24280ca));
    }
}
