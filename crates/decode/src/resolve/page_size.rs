//! The page size, from the log itself wherever it tells.

use oomkit_core::units::{Bytes, KiB, PageSize};

use crate::draft::Draft;
use crate::kernel::memcg::{Sentinel, sentinel};
use crate::report::PageSizeSource;

/// Returns the page size and where it was taken from.
pub(super) fn of(
    draft: &Draft,
    option: Option<PageSize>,
    notes: &mut Vec<String>,
) -> (PageSize, PageSizeSource) {
    let read = read(draft);
    if let Some(asked) = option {
        if let Some((size, _)) = read.filter(|(size, _)| *size != asked) {
            notes.push(format!(
                "a page size of {} was asked for; the log itself says {}",
                asked.bytes(),
                size.bytes()
            ));
        }
        return (asked, PageSizeSource::Option);
    }
    read.unwrap_or_else(|| {
        if needs_one(draft) {
            notes.push("the log does not tell the page size; 4 KiB was assumed (see --page-size)".into());
        }
        (PageSize::USUAL, PageSizeSource::Assumed)
    })
}

fn needs_one(draft: &Draft) -> bool {
    !draft.rows.is_empty() || !draft.counters.is_empty() || draft.totals.ram.is_some()
}

fn read(draft: &Draft) -> Option<(PageSize, PageSizeSource)> {
    buddy_list(draft)
        .map(|size| (size, PageSizeSource::BuddyList))
        .or_else(|| counters(draft).map(|size| (size, PageSizeSource::Counters)))
        .or_else(|| victim(draft).map(|size| (size, PageSizeSource::Victim)))
        .or_else(|| unlimited(draft).map(|size| (size, PageSizeSource::UnlimitedSentinel)))
        .or_else(|| release(draft).map(|size| (size, PageSizeSource::Release)))
}

/// The first size of the free lists is one page.
fn buddy_list(draft: &Draft) -> Option<PageSize> {
    draft.buddies.iter().find_map(|buddy| PageSize::from_kib(buddy.lists.first()?.block))
}

/// A counter that one node prints in kB and the whole machine in pages.
fn counters(draft: &Draft) -> Option<PageSize> {
    let mut nodes = draft.zones.iter().filter(|(line, _, _)| line.zone.is_none());
    let (node, _, _) = nodes.next()?;
    if nodes.next().is_some() {
        return None;
    }
    let quotient = |name: &str, pages: u64| {
        let (_, size) = node.counters.iter().find(|(other, _)| other == name)?;
        divide(size.get(), pages)
    };
    let mut largest: Vec<_> = draft.counters.iter().filter(|(_, pages)| 16 < pages.get()).collect();
    largest.sort_by_key(|(_, pages)| std::cmp::Reverse(pages.get()));
    largest.iter().find_map(|(name, pages)| quotient(name, pages.get()))
}

/// The victim's address space stands in the table in pages and on the kill line in kB, both exact.
fn victim(draft: &Draft) -> Option<PageSize> {
    // Of a group, some will do: each is looked for in the whole table.
    draft.kills.iter().take(8).find_map(|(kill, _)| {
        let row = draft.rows.iter().find(|(row, _)| Some(row.pid) == kill.pid)?;
        divide(kill.total_vm?.get(), row.0.total_vm?.get())
    })
}

/// "No limit" is the largest number that fits, rounded to pages.
fn unlimited(draft: &Draft) -> Option<PageSize> {
    draft.usages.iter().filter_map(|usage| usage.limit).find_map(|limit| match sentinel(limit)? {
        Sentinel::PageSize(size) => Some(size),
        Sentinel::Plain => None,
    })
}

/// Some kernels carry their page size in their name.
fn release(draft: &Draft) -> Option<PageSize> {
    let release = draft.identification.as_ref()?.release.as_deref()?;
    let kib = if release.contains("64k") || release.contains("ppc64le") || release.contains("powerpc64le") {
        64
    } else if release.contains("16k") {
        16
    } else {
        return None;
    };
    PageSize::from_kib(KiB::new(kib))
}

fn divide(kib: u64, pages: u64) -> Option<PageSize> {
    let bytes = kib.checked_mul(1024)?;
    let exact = pages != 0 && bytes.is_multiple_of(pages);
    exact.then(|| PageSize::new(Bytes::new(bytes / pages))).flatten()
}
