//! The tail of Mem-Info: pages of RAM and what is kept apart, swap, huge pages, lowmem reserves.
//!
//! Sources: `show_mem()` in `lib/show_mem.c`, `show_swap_cache_info()` in `mm/swap_state.c`,
//! `hugetlb_show_meminfo()` in `mm/hugetlb.c`.

use oomkit_core::{
    ident::NodeId,
    units::{KiB, Pages},
};

use super::fields::{after, kib_after, number, number_after, unit};

/// One line of the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// `<n> pages RAM`.
    Ram(Pages),
    /// `<n> pages reserved`; some kernels wrap below zero.
    Reserved(Pages),
    /// `<n> pages HighMem/MovableOnly`.
    HighMem(Pages),
    /// `<n> pages cma reserved`.
    CmaReserved(Pages),
    /// `<n> pages hwpoisoned`.
    HwPoisoned(Pages),
    /// `<n> total pagecache pages`.
    PageCache(Pages),
    /// `<n> pages in swap cache`.
    SwapCache(Pages),
    /// `Free swap  = <n>kB`; `None` where the number is negative.
    FreeSwap(Option<KiB>),
    /// `Total swap = <n>kB`.
    TotalSwap(KiB),
    /// A line that says nothing more than others: statistics of the swap cache, shared pages, ….
    Other,
}

/// Reads one line of the tail.
#[must_use]
pub fn read(text: &[u8]) -> Option<Total> {
    let text = text.trim_ascii();
    match text.first()? {
        b'0'..=b'9' => pages(text),
        b'F' | b'T' | b'S' | b'N' => swap(text),
        _ => None,
    }
}

fn pages(text: &[u8]) -> Option<Total> {
    let (count, rest) = number(text)?;
    let pages = Pages::new(count);
    Some(match rest.strip_prefix(b" ")? {
        b"pages RAM" | b"pages of RAM" => Total::Ram(pages),
        b"pages reserved" | b"reserved pages" => Total::Reserved(pages),
        b"pages HighMem" | b"pages of HIGHMEM" | b"pages HighMem/MovableOnly" => Total::HighMem(pages),
        b"pages cma reserved" => Total::CmaReserved(pages),
        b"pages hwpoisoned" => Total::HwPoisoned(pages),
        b"total pagecache pages" | b"pagecache pages" => Total::PageCache(pages),
        b"pages in swap cache" | b"pages swap cached" => Total::SwapCache(pages),
        b"pages shared"
        | b"pages non-shared"
        | b"pages in pagetable cache"
        | b"free pages"
        | b"slab pages"
        | b"pages dirty"
        | b"pages writeback"
        | b"pages mapped"
        | b"pages slab"
        | b"pages pagetables"
        | b"free buffer pages" => Total::Other,
        _ => return None,
    })
}

fn swap(text: &[u8]) -> Option<Total> {
    if let Some(rest) = text.strip_prefix(b"Free swap") {
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":"))?.trim_ascii_start();
        if rest.starts_with(b"-") {
            return Some(Total::FreeSwap(None));
        }
        let (size, rest) = number(rest)?;
        return unit(rest).map(|_| Total::FreeSwap(Some(KiB::new(size))));
    }
    if let Some(rest) = text.strip_prefix(b"Total swap") {
        let (size, rest) = number(rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start())?;
        return unit(rest).map(|_| Total::TotalSwap(KiB::new(size)));
    }
    let other = (text.starts_with(b"Swap cache stats: ") || text.starts_with(b"Swap cache: "))
        || (text.starts_with(b"Total of ") && after(text, b"pages in page table cache").is_some())
        || (text.starts_with(b"Node ") && after(text, b": RAM: ").is_some());
    other.then_some(Total::Other)
}

/// A pool of huge pages on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HugePages {
    /// The node.
    pub node: Option<NodeId>,
    /// Pages in the pool.
    pub total: u64,
    /// Free pages.
    pub free: u64,
    /// Pages above the configured number.
    pub surplus: u64,
    /// The size of one page.
    pub size: KiB,
}

/// Reads what follows an optional `Node <n> `: `hugepages_total=0 hugepages_free=0 …`.
#[must_use]
pub fn read_hugepages(node: Option<NodeId>, rest: &[u8]) -> Option<HugePages> {
    if !rest.starts_with(b"hugepages_total=") {
        return None;
    }
    Some(HugePages {
        node,
        total: number_after(rest, b"hugepages_total=")?,
        free: number_after(rest, b"hugepages_free=")?,
        surplus: number_after(rest, b"hugepages_surp=")?,
        size: kib_after(rest, b"hugepages_size=")?,
    })
}

/// Reads `lowmem_reserve[]: 0 824 1947`, in pages.
#[must_use]
pub fn read_lowmem_reserve(text: &[u8]) -> Option<Vec<Pages>> {
    let rest = text.trim_ascii_start().strip_prefix(b"lowmem_reserve[]:")?;
    let numbers = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    Some(numbers.map_while(|word| number(word).map(|(pages, _)| Pages::new(pages))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_read() {
        for (text, total) in [
            ("393086 pages RAM", Total::Ram(Pages::new(393_086))),
            ("523900 pages of RAM", Total::Ram(Pages::new(523_900))),
            ("18446744073709544361 pages reserved", Total::Reserved(Pages::new(18_446_744_073_709_544_361))),
            ("0 pages HighMem/MovableOnly", Total::HighMem(Pages::new(0))),
            ("943 total pagecache pages", Total::PageCache(Pages::new(943))),
            ("Free swap  = 0kB", Total::FreeSwap(Some(KiB::new(0)))),
            ("Free swap  = -4kB", Total::FreeSwap(None)),
            ("Free swap:       5kB", Total::FreeSwap(Some(KiB::new(5)))),
            ("Total swap = 4038652kB", Total::TotalSwap(KiB::new(4_038_652))),
            ("Swap cache stats: add 1, delete 2, find 3/4", Total::Other),
        ] {
            assert_eq!(read(text.as_bytes()), Some(total), "{text}");
        }
        for text in ["", "5 apples", "Free swapper", "1 pages RAMs", "Total swap = xkB"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn huge_pages_and_reserves_are_read() {
        let pool = read_hugepages(
            None,
            b"hugepages_total=9 hugepages_free=8 hugepages_surp=0 hugepages_size=2048kB",
        );
        assert_eq!(pool.map(|pool| (pool.total, pool.free, pool.size)), Some((9, 8, KiB::new(2048))));
        assert_eq!(
            read_lowmem_reserve(b"lowmem_reserve[]: 0 824 1947"),
            Some([0, 824, 1947].map(Pages::new).into())
        );
    }
}
