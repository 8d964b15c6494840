//! The counters of Mem-Info: the global paragraph, in pages, and the names of all counters.
//!
//! Source: `show_free_areas()` in `mm/page_alloc.c`, since Linux 6.6 in `mm/show_mem.c`.

use std::borrow::Cow;

use super::fields::{Item, Value, after, kib_after, number, pairs};
use oomkit_core::units::{KiB, Pages};

/// The name of a counter as JSON has it, ending in `_bytes`.
pub type Name = Cow<'static, str>;

macro_rules! names {
    ($($key:literal => $name:literal),* $(,)?) => {
        /// Returns the name of a counter that some kernel prints.
        fn known(key: &[u8]) -> Option<&'static str> {
            Some(match key {
                $($key => $name,)*
                _ => return None,
            })
        }
    };
}

names! {
    b"active_anon" => "active_anon_bytes", b"inactive_anon" => "inactive_anon_bytes",
    b"active_file" => "active_file_bytes", b"inactive_file" => "inactive_file_bytes",
    b"unevictable" => "unevictable_bytes", b"isolated_anon" => "isolated_anon_bytes",
    b"isolated_file" => "isolated_file_bytes", b"isolated(anon)" => "isolated_anon_bytes",
    b"isolated(file)" => "isolated_file_bytes", b"dirty" => "dirty_bytes", b"writeback" => "writeback_bytes",
    b"unstable" => "unstable_bytes", b"slab_reclaimable" => "slab_reclaimable_bytes",
    b"slab_unreclaimable" => "slab_unreclaimable_bytes", b"mapped" => "mapped_bytes", b"shmem" => "shmem_bytes",
    b"pagetables" => "pagetables_bytes", b"sec_pagetables" => "sec_pagetables_bytes", b"bounce" => "bounce_bytes",
    b"free" => "free_bytes", b"free_pcp" => "free_pcp_bytes", b"free_cma" => "free_cma_bytes",
    b"kernel_misc_reclaimable" => "kernel_misc_reclaimable_bytes", b"Active" => "active_bytes",
    b"inactive" => "inactive_bytes", b"active" => "active_bytes", b"Active_anon" => "active_anon_bytes",
    b"slab" => "slab_bytes", b"mapped-file" => "mapped_file_bytes", b"mapped-anon" => "mapped_anon_bytes",
    b"boost" => "boost_bytes", b"min" => "min_bytes", b"low" => "low_bytes", b"high" => "high_bytes",
    b"reserved_highatomic" => "reserved_highatomic_bytes", b"free_highatomic" => "free_highatomic_bytes",
    b"writepending" => "writepending_bytes", b"present" => "present_bytes", b"managed" => "managed_bytes",
    b"mlocked" => "mlocked_bytes", b"local_pcp" => "local_pcp_bytes", b"kernel_stack" => "kernel_stack_bytes",
    b"shadow_call_stack" => "shadow_call_stack_bytes", b"shmem_thp" => "shmem_thp_bytes",
    b"shmem_pmdmapped" => "shmem_pmdmapped_bytes", b"anon_thp" => "anon_thp_bytes",
    b"file_thp" => "file_thp_bytes", b"writeback_tmp" => "writeback_tmp_bytes", b"zspages" => "zspages_bytes",
    b"Balloon" => "balloon_bytes", b"gpu_active" => "gpu_active_bytes", b"gpu_reclaim" => "gpu_reclaim_bytes",
    b"cma_watermark" => "cma_watermark_bytes",
}

/// Returns the name of a counter; an unknown one keeps the kernel's word.
#[must_use]
pub fn name(key: &[u8]) -> Name {
    known(key).map_or_else(|| Cow::Owned(unknown_name(key)), Cow::Borrowed)
}

fn unknown_name(key: &[u8]) -> String {
    let mut name = String::with_capacity(key.len() + 6);
    for byte in key {
        match byte {
            b'(' | b'-' => name.push('_'),
            b')' => {}
            byte => name.push(char::from(byte.to_ascii_lowercase())),
        }
    }
    name.push_str("_bytes");
    name
}

/// Counters of the global paragraph, in pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The counters of one line.
    pub pages: Vec<(Name, Pages)>,
    /// What the line holds besides pairs.
    pub damage: bool,
}

/// Reads one line of the global paragraph: pairs of a name and a bare number, nothing else.
#[must_use]
pub fn read(text: &[u8]) -> Option<Counters> {
    let text = text.trim_ascii();
    let key_end = text.iter().position(|byte| *byte == b':')?;
    known(text.get(..key_end)?)?;
    let mut counters = Counters::default();
    for item in pairs(text) {
        match item {
            Item::Pair(key, Value::Bare(pages)) => counters.pages.push((name(key), Pages::new(pages))),
            // A unit means that this is the rest of a node's or zone's line.
            Item::Pair(_, Value::Kib(_)) => return None,
            Item::Word(_) => counters.damage = true,
        }
    }
    (!counters.pages.is_empty()).then_some(counters)
}

/// Reads `Free pages: <n>kB (<n>kB HighMem)` of Linux 2.6.18 and RHEL 5.
#[must_use]
pub fn read_free_pages(text: &[u8]) -> Option<KiB> {
    let text = text.trim_ascii_start();
    let rest = text.strip_prefix(b"Free pages:")?.trim_ascii_start();
    let (_, rest) = number(rest)?;
    after(rest, b"kB").and_then(|_| kib_after(text, b"Free pages:").or_else(|| free_pages_padded(text)))
}

fn free_pages_padded(text: &[u8]) -> Option<KiB> {
    let (value, _) = number(after(text, b"Free pages:")?.trim_ascii_start())?;
    Some(KiB::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, u64)]) {
        let read = read(text.as_bytes()).map(|counters| {
            counters.pages.iter().map(|(name, pages)| (name.to_string(), pages.get())).collect::<Vec<_>>()
        });
        let expected = expected.iter().map(|(name, pages)| ((*name).to_owned(), *pages)).collect::<Vec<_>>();
        assert_eq!(read.unwrap_or_default(), expected, "{text}");
    }

    #[test]
    fn a_paragraph_is_read_line_by_line() {
        check(
            " slab_reclaimable:1205 slab_unreclaimable:3757",
            &[("slab_reclaimable_bytes", 1205), ("slab_unreclaimable_bytes", 3757)],
        );
        check(
            "Active:5 inactive:6 dirty:7",
            &[("active_bytes", 5), ("inactive_bytes", 6), ("dirty_bytes", 7)],
        );
        check(" free:1 future_counter:2", &[("free_bytes", 1), ("future_counter_bytes", 2)]);
        check(" mapped-file:1 mapped-anon:2", &[("mapped_file_bytes", 1), ("mapped_anon_bytes", 2)]);
    }

    #[test]
    fn other_lines_are_not_the_paragraph() {
        for text in
            ["active_anon:1kB inactive_anon:2kB", "memory: usage 1kB", "", ":", "free pages", "hello:1"]
        {
            check(text, &[]);
        }
    }

    #[test]
    fn the_oldest_kernels_print_free_pages_in_kib() {
        assert_eq!(read_free_pages(b"Free pages:        8372kB (0kB HighMem)"), Some(KiB::new(8372)));
    }
}
