//! The kernel's score of a task, recomputed as a value or a range.
//!
//! Source: `oom_badness()` in `mm/oom_kill.c`. The formula is chosen by what the task table has,
//! never by a release: see [`Formula`].

use crate::{
    ident::OomScoreAdj,
    units::{PageSize, Pages},
};

/// Which of the kernel's formulas a report asks for, read from the columns of its task table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Per mille of memory plus adjustment, from 1 to 1000 (Linux 2.6.36 to 3.4, RHEL 6).
    ///
    /// The table of that era has neither swap nor page tables.
    PerMille,
    /// Pages plus adjustment times a thousandth of all pages, with a bonus for the administrator:
    /// 30 points or 3 % (Linux 3.5 to 3.19, by backports).
    PagesWithBonus,
    /// The same with a bonus of 3 %, if any (Linux 4.0 to 4.18; it went in 4.17).
    PagesWithThreePercent,
    /// Pages plus adjustment times a thousandth of all pages (since Linux 4.17).
    Pages,
}

/// What one row of the task table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The address space, an upper bound for what is unknown.
    pub total_vm: Pages,
    /// The resident pages.
    pub rss: Pages,
    /// The pages in swap; `None` where the table has no such column.
    pub swap: Option<Pages>,
    /// The pages of page tables; `None` where the table has no such column.
    pub page_tables: Option<Pages>,
    /// The adjustment.
    pub adj: OomScoreAdj,
    /// Whether the task may have `CAP_SYS_ADMIN`, for which uid 0 is the only hint.
    pub may_be_admin: bool,
}

/// A number that is only known to lie between two others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The lowest that it can be.
    pub low: i64,
    /// The highest that it can be.
    pub high: i64,
}

impl Range {
    /// A range of one number.
    #[must_use]
    pub const fn exactly(value: i64) -> Self {
        Self { low: value, high: value }
    }

    /// Returns the number where only one is possible.
    #[must_use]
    pub const fn exact(self) -> Option<i64> {
        if self.low == self.high { Some(self.low) } else { None }
    }

    /// Tells whether a number is possible.
    #[must_use]
    pub const fn contains(self, value: i64) -> bool {
        self.low <= value && value <= self.high
    }

    fn widened(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// All the memory that the scores are a share of: the kernel's `totalpages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotalPages(pub Range);

impl TotalPages {
    /// The total where it is known.
    #[must_use]
    pub fn known(pages: Pages) -> Self {
        Self(Range::exactly(i64::try_from(pages.get()).unwrap_or(i64::MAX)))
    }
}

/// Returns the points of a task in pages, as the kernel compares them; `None` where it is never chosen.
#[must_use]
pub fn points(claim: &Claim, formula: Formula, total: TotalPages) -> Option<Range> {
    if claim.adj == OomScoreAdj::NEVER {
        return None;
    }
    let memory = memory(claim);
    if memory.exact().is_some() && total.0.exact().is_some() {
        return Some(points_at(claim, formula, memory.low, total.0.low.max(1)));
    }
    let low = points_at(claim, formula, memory.low, total.0.low.max(1));
    let high = points_at(claim, formula, memory.high, total.0.high.max(1));
    // With a negative adjustment, a larger total makes fewer points.
    Some(low.widened(high))
}

/// Returns the score of a task, in thousandths of all memory, as kernels up to 5.0 print it.
#[must_use]
pub fn score(claim: &Claim, formula: Formula, total: TotalPages) -> Option<Range> {
    if claim.adj == OomScoreAdj::NEVER {
        return None;
    }
    let memory = memory(claim);
    let at = |pages: i64, total: i64| {
        let points = points_at(claim, formula, pages, total);
        let per_mille = |points: i64| points.saturating_mul(1000) / total;
        Range { low: per_mille(points.low), high: per_mille(points.high) }
    };
    if memory.exact().is_some() && total.0.exact().is_some() {
        return Some(at(memory.low, total.0.low.max(1)));
    }
    let corners = [
        at(memory.low, total.0.low.max(1)),
        at(memory.high, total.0.low.max(1)),
        at(memory.low, total.0.high.max(1)),
        at(memory.high, total.0.high.max(1)),
    ];
    corners.into_iter().reduce(Range::widened)
}

fn memory(claim: &Claim) -> Range {
    let count = |pages: Pages| i64::try_from(pages.get()).unwrap_or(i64::MAX);
    let known = count(claim.rss)
        .saturating_add(claim.swap.map_or(0, count))
        .saturating_add(claim.page_tables.map_or(0, count));
    let outside = count(claim.total_vm).saturating_sub(count(claim.rss)).max(0);
    let swap_room = if claim.swap.is_none() { outside } else { 0 };
    // One page of page tables maps at least 512 pages, and a few more hold the upper levels.
    let tables_room = if claim.page_tables.is_none() { count(claim.total_vm) / 512 + 4 } else { 0 };
    Range { low: known, high: known.saturating_add(swap_room).saturating_add(tables_room) }
}

fn points_at(claim: &Claim, formula: Formula, pages: i64, total: i64) -> Range {
    let adj = i64::from(claim.adj.get());
    let plain = match formula {
        Formula::PerMille => {
            let per_mille = pages.saturating_mul(1000) / total;
            let points = (per_mille + adj).clamp(1, 1000);
            let lowest = if claim.may_be_admin { (per_mille - 30 + adj).clamp(1, 1000) } else { points };
            let in_pages = |points: i64| points.saturating_mul(total) / 1000;
            return Range { low: in_pages(lowest), high: in_pages(points) };
        }
        Formula::PagesWithBonus | Formula::PagesWithThreePercent | Formula::Pages => {
            pages.saturating_add(adj * (total / 1000))
        }
    };
    // Kernels before 5.9 raise what is not positive to 1; later ones keep it.
    let floor = |points: i64| Range { low: points, high: if points <= 0 { 1 } else { points } };
    let thirty_points = plain - 30 * (total / 1000);
    let three_percent = plain - pages / 100 * 3 - (pages % 100) * 3 / 100;
    match formula {
        Formula::PagesWithBonus if claim.may_be_admin => {
            floor(plain).widened(floor(thirty_points)).widened(floor(three_percent))
        }
        Formula::PagesWithThreePercent if claim.may_be_admin => floor(plain).widened(floor(three_percent)),
        _ => floor(plain),
    }
}

/// Returns the pages that a size of page tables fills, rounded down as the kernel does.
#[must_use]
pub fn page_table_pages(size: crate::units::Bytes, page_size: PageSize) -> Pages {
    page_size.pages_in(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(rss: u64, adj: i64) -> Claim {
        Claim {
            total_vm: Pages::new(rss * 2),
            rss: Pages::new(rss),
            swap: Some(Pages::new(0)),
            page_tables: Some(Pages::new(0)),
            adj: OomScoreAdj::new(adj).unwrap(),
            may_be_admin: false,
        }
    }

    #[test]
    fn an_adjustment_of_1000_adds_about_1000() {
        let total = TotalPages::known(Pages::new(16_444_000));
        let score = score(&claim(11_560_653, 1000), Formula::PagesWithBonus, total).unwrap();
        assert_eq!(score, Range::exactly(1703));
    }

    #[test]
    fn adjusted_to_never_has_no_score() {
        let total = TotalPages::known(Pages::new(1_000_000));
        assert_eq!(points(&claim(5, -1000), Formula::Pages, total), None);
    }

    #[test]
    fn what_the_table_leaves_open_is_a_range() {
        let total = TotalPages::known(Pages::new(100_000));
        let open = Claim { swap: None, page_tables: None, ..claim(10_000, 0) };
        let score = score(&open, Formula::PerMille, total).unwrap();
        assert!(score.low == 100 && 200 <= score.high && score.exact().is_none());
    }

    #[test]
    fn an_administrator_may_have_a_bonus() {
        let total = TotalPages::known(Pages::new(100_000));
        let root = Claim { may_be_admin: true, ..claim(10_000, 0) };
        assert_eq!(points(&root, Formula::Pages, total), Some(Range::exactly(10_000)));
        assert_eq!(points(&root, Formula::PagesWithBonus, total), Some(Range { low: 7_000, high: 10_000 }));
    }
}
