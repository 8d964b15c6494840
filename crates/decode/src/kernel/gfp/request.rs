//! What a mask allows: which zones it may take from, and what it may do to get there.
//!
//! Source: `gfp_zone()` in `include/linux/gfp.h`, and the conditions under which
//! `__alloc_pages_may_oom()` in `mm/page_alloc.c` does not kill.

use super::super::zone::ZoneKind;

/// What an allocation may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The highest zone that it may take from; lower ones are open to it as well.
    pub highest: ZoneKind,
    /// Whether its pages can be moved later, so that it may use memory for contiguous allocations.
    pub movable: bool,
    /// Whether it may call into file systems to free memory.
    pub may_enter_fs: bool,
    /// Whether it may start I/O to free memory.
    pub may_do_io: bool,
    /// Whether it may wait for memory at all.
    pub may_wait: bool,
    /// Whether it gives up before anything is killed.
    pub gives_up: bool,
}

/// Reads the names of a mask.
#[must_use]
pub fn request(names: &[String]) -> Request {
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    let starts = |start: &str| names.iter().any(|name| name.starts_with(start));
    // Words for many flags at once imply the single ones.
    let high_user = starts("GFP_HIGHUSER") || starts("GFP_TRANSHUGE");
    let movable = has(&["__GFP_MOVABLE", "GFP_HIGHUSER_MOVABLE"]) || starts("GFP_TRANSHUGE");
    let high = high_user || has(&["__GFP_HIGHMEM"]);
    let whole = starts("GFP_KERNEL") || has(&["GFP_USER", "GFP_TEMPORARY"]) || high_user;
    let atomic = has(&["GFP_ATOMIC", "GFP_NOWAIT", "__GFP_ATOMIC"]);
    let may_do_io = whole || has(&["GFP_NOFS", "__GFP_IO"]);
    Request {
        highest: if has(&["GFP_DMA", "__GFP_DMA"]) {
            ZoneKind::Dma
        } else if has(&["GFP_DMA32", "__GFP_DMA32"]) {
            ZoneKind::Dma32
        } else if high && movable {
            ZoneKind::Movable
        } else if high {
            ZoneKind::HighMem
        } else {
            ZoneKind::Normal
        },
        movable,
        may_enter_fs: whole || has(&["__GFP_FS"]),
        may_do_io,
        may_wait: may_do_io || has(&["GFP_NOIO", "__GFP_RECLAIM", "__GFP_DIRECT_RECLAIM", "__GFP_WAIT"]),
        gives_up: atomic || has(&["__GFP_NORETRY", "__GFP_RETRY_MAYFAIL", "__GFP_THISNODE"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_open_zones() {
        for (names, highest, movable, fs, io, wait, gives_up) in [
            ("GFP_HIGHUSER_MOVABLE|__GFP_ZERO", ZoneKind::Movable, true, true, true, true, false),
            ("GFP_KERNEL", ZoneKind::Normal, false, true, true, true, false),
            ("GFP_NOFS", ZoneKind::Normal, false, false, true, true, false),
            ("GFP_NOIO", ZoneKind::Normal, false, false, false, true, false),
            ("GFP_KERNEL|__GFP_DMA32", ZoneKind::Dma32, false, true, true, true, false),
            ("GFP_KERNEL|GFP_DMA", ZoneKind::Dma, false, true, true, true, false),
            ("GFP_HIGHUSER", ZoneKind::HighMem, false, true, true, true, false),
            ("GFP_ATOMIC|__GFP_COMP", ZoneKind::Normal, false, false, false, false, true),
            ("GFP_KERNEL|__GFP_NORETRY", ZoneKind::Normal, false, true, true, true, true),
            ("", ZoneKind::Normal, false, false, false, false, false),
        ] {
            let names: Vec<String> = names.split('|').map(str::to_owned).collect();
            let expected =
                Request { highest, movable, may_enter_fs: fs, may_do_io: io, may_wait: wait, gives_up };
            assert_eq!(request(&names), expected, "{names:?}");
        }
    }
}
