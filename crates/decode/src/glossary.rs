//! The kernel's words: every field that an OOM report prints, with unit, meaning, age and source.
//!
//! `oomkit explain WORD` shows one entry and `oomkit generate glossary` shows them all.
//! What a whole line means is left to the readers of the lines; here stand only the words.

use std::sync::LazyLock;

/// Makes the words of a chapter: name, other spellings, unit, since when, kernel source, meaning.
macro_rules! words {
    ($($name:literal $([$($alias:literal),+])? : $unit:literal, $since:literal, $source:expr; $($meaning:literal)+;)*) => {
        &[$($crate::glossary::Word {
            name: $name,
            aliases: &[$($($alias),+)?],
            unit: $unit,
            meaning: concat!($($meaning),+),
            since: $since,
            source: $source,
        }),*]
    };
}

mod cgroup;
mod concepts;
mod counters;
mod gfp;
mod kill;
mod slab;
mod stat;
mod tasks;
mod trigger;
mod zones;

/// One word of the kernel, explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, as the kernel spells it.
    pub name: &'static str,
    /// Other spellings of the same thing, by older kernels or in other lines.
    pub aliases: &'static [&'static str],
    /// What a number beside the word counts; empty where no number stands there.
    pub unit: &'static str,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// The kernels that print it, such as `4.8`, `2.6.32 to 4.7` or `always`.
    pub since: &'static str,
    /// The file of the kernel's source that prints or defines it.
    pub source: &'static str,
}

/// A part of the report and its words.
struct Chapter {
    title: &'static str,
    words: &'static [Word],
}

/// The chapters, in the order in which a report prints them; ideas come first.
const CHAPTERS: &[Chapter] = &[
    Chapter { title: "Ideas behind a report", words: concepts::WORDS },
    Chapter { title: "The trigger: who asked for memory", words: trigger::WORDS },
    Chapter { title: "The allocation: GFP flags", words: gfp::WORDS },
    Chapter { title: "The memory cgroup: limits and use", words: cgroup::WORDS },
    Chapter { title: "The memory cgroup: statistics", words: stat::WORDS },
    Chapter { title: "Mem-Info: counters of machine, nodes and zones", words: counters::WORDS },
    Chapter { title: "Mem-Info: watermarks, free lists and totals", words: zones::WORDS },
    Chapter { title: "Slab caches and allocation sites", words: slab::WORDS },
    Chapter { title: "The task table", words: tasks::WORDS },
    Chapter { title: "The choice, the kill and what follows", words: kill::WORDS },
];

static WORDS: LazyLock<Vec<Word>> =
    LazyLock::new(|| CHAPTERS.iter().flat_map(|chapter| chapter.words).copied().collect());

/// Returns every word, in the order in which a report prints them.
#[must_use]
pub fn words() -> &'static [Word] {
    &WORDS
}

/// Finds a word by its name or another spelling.
///
/// Case does not matter, `-` and `_` are the same, and a trailing `:` or `=` is ignored.
/// The fields of our own output are found as well: they have the kernel's names with `_bytes`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Word> {
    let wanted = plain(name);
    let ours = wanted.strip_suffix("_bytes");
    by_spelling(&wanted).or_else(|| ours.and_then(by_spelling))
}

fn by_spelling(wanted: &str) -> Option<&'static Word> {
    words().iter().find(|word| spellings(word).any(|spelling| plain(spelling) == wanted))
}

/// Returns the whole glossary as a page of Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "<!-- Written by `oomkit generate glossary`; `cargo xtask codegen` brings it up to date. -->\n\n\
         # Glossary\n\n\
         Every word that an OOM report prints, in the order of the report.\n\
         A \"page\" is the page of the kernel that wrote the report, and `kB` is always 1024 bytes.\n\
         `oomkit explain WORD` shows a single entry.\n",
    );
    for chapter in CHAPTERS {
        page.push_str(&format!("\n## {}\n", chapter.title));
        for word in chapter.words {
            page.push_str(&entry(word));
        }
    }
    page
}

fn entry(word: &Word) -> String {
    let aliases: Vec<String> = word.aliases.iter().map(|alias| format!("`{alias}`")).collect();
    let mut facts = Vec::new();
    if !aliases.is_empty() {
        facts.push(format!("also {}", aliases.join(", ")));
    }
    if !word.unit.is_empty() {
        facts.push(format!("unit: {}", word.unit));
    }
    facts.push(age(word.since));
    facts.push(format!("source: `{}`", word.source));
    let meaning = word.meaning.replace(". ", ".\n");
    format!("\n### `{}`\n\n{meaning}\n\n*{}*\n", word.name, facts.join(" · "))
}

/// Returns the age in words: a lone release is the first one.
fn age(since: &str) -> String {
    let lone = since.starts_with(|c: char| c.is_ascii_digit()) && !since.contains(' ');
    if lone { format!("since Linux {since}") } else { format!("Linux: {since}") }
}

fn spellings(word: &Word) -> impl Iterator<Item = &'static str> {
    std::iter::once(word.name).chain(word.aliases.iter().copied())
}

/// Returns a spelling without what does not matter when words are compared.
fn plain(name: &str) -> String {
    name.trim().trim_end_matches([':', '=']).to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Every key of `memory.stat` that a report can hold, in both vocabularies, without `total_`.
    const STAT_KEYS: &str = "anon file kernel_stack slab sock shmem file_mapped file_dirty file_writeback \
        inactive_anon active_anon inactive_file active_file unevictable slab_reclaimable slab_unreclaimable \
        pgfault pgmajfault workingset_refault workingset_activate workingset_nodereclaim pgrefill pgscan \
        pgsteal pgactivate pgdeactivate pglazyfree pglazyfreed anon_thp thp_fault_alloc thp_collapse_alloc \
        workingset_restore percpu workingset_refault_anon workingset_refault_file workingset_activate_anon \
        workingset_activate_file workingset_restore_anon workingset_restore_file pagetables file_thp shmem_thp \
        swapcached kernel vmalloc zswap zswapped zswpin zswpout pgscan_kswapd pgscan_direct pgsteal_kswapd \
        pgsteal_direct sec_pagetables pgscan_khugepaged pgsteal_khugepaged zswpwb thp_swpout \
        thp_swpout_fallback pgdemote_kswapd pgdemote_direct pgdemote_khugepaged pgpromote_success swpin_zero \
        swpout_zero numa_pages_migrated numa_pte_updates numa_hint_faults hugetlb pgdemote_proactive \
        pgscan_proactive pgsteal_proactive pswpin pswpout zswap_incomp \
        cache rss rss_huge mapped_file dirty writeback swap pgpgin pgpgout hierarchical_memory_limit \
        hierarchical_memsw_limit anon_cost file_cost";

    /// The fields of the other parts of a report, as the kernel prints them.
    const FIELDS: &str = "gfp_mask nodemask order oomkilladj oom_adj oom_score_adj cpuset mems_allowed \
        CPU: UID: PID: Comm: Tainted: Kdump: Workqueue: \
        active_anon inactive_anon isolated_anon active_file inactive_file isolated_file unevictable dirty \
        writeback unstable slab_reclaimable slab_unreclaimable mapped shmem pagetables sec_pagetables bounce \
        kernel_misc_reclaimable free free_pcp free_cma isolated(anon) isolated(file) shmem_thp \
        shmem_pmdmapped anon_thp writeback_tmp kernel_stack shadow_call_stack pages_scanned \
        all_unreclaimable? Balloon gpu_active gpu_reclaim active inactive mlocked writepending present \
        managed local_pcp reserved_highatomic free_highatomic zspages boost min low high lowmem_reserve[]: \
        hugepages_total hugepages_free hugepages_surp hugepages_size \
        pid uid tgid total_vm rss rss_anon rss_file rss_shmem nr_ptes nr_pmds nr_puds pgtables_bytes \
        swapents cpu name memory: memory+swap: kmem: swap: usage limit failcnt \
        constraint global_oom oom_memcg task_memcg task CONSTRAINT_NONE CONSTRAINT_CPUSET \
        CONSTRAINT_MEMORY_POLICY CONSTRAINT_MEMCG score total-vm vsz anon-rss file-rss shmem-rss pgtables \
        badness totalpages watermark zone node trigger victim culprit";

    #[test]
    fn spellings_are_unique() {
        let mut seen = BTreeMap::new();
        for word in words() {
            for spelling in spellings(word) {
                let before = seen.insert(plain(spelling), word.name);
                assert_eq!(before, None, "{spelling:?} stands for {:?} too", word.name);
            }
        }
    }

    #[test]
    fn entries_are_whole() {
        for word in words() {
            assert!(word.meaning.ends_with('.'), "{}: the meaning has no full stop", word.name);
            assert!(!word.since.is_empty() && !word.source.is_empty(), "{}: no age or source", word.name);
            assert!(
                word.source.contains(".c") || word.source.contains(".h"),
                "{}: {}",
                word.name,
                word.source
            );
        }
    }

    #[test]
    fn fields_of_a_report_are_found() {
        for name in STAT_KEYS.split_whitespace().chain(FIELDS.split_whitespace()) {
            assert!(find(name).is_some(), "{name} is not explained");
        }
    }

    #[test]
    fn spelling_is_forgiven() {
        for (asked, found) in [
            ("ANON-RSS:", Some("anon-rss")),
            ("total-vm", Some("total_vm")),
            ("gfp_mask=", Some("gfp_mask")),
            ("anon_rss_bytes", Some("anon-rss")),
            ("pgtables_bytes", Some("pgtables_bytes")),
            (" __gfp_io ", Some("__GFP_IO")),
            ("no such word", None),
            ("", None),
        ] {
            assert_eq!(find(asked).map(|word| word.name), found, "{asked:?}");
        }
    }

    #[test]
    fn the_page_holds_every_word() {
        let page = markdown();
        for word in words() {
            assert!(page.contains(&format!("\n### `{}`\n", word.name)), "{} is missing", word.name);
        }
    }
}
