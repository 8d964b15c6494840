//! The candidates: the rows of the task table with their scores, and groups of one name.

use std::collections::HashMap;

use oomkit_core::{
    badness::{self, Claim, Formula, Range, TotalPages},
    ident::{Comm, Uid},
    limit::Limit,
    units::{Bytes, PageSize, Pages},
};

use crate::draft::Draft;
use crate::kernel::task::{Column, Columns, Row};
use crate::report::{Group, Machine, Memcg, Scope, Task};

/// Groups that are kept, largest first.
const GROUPS: usize = 20;

/// What the scores of a report were computed with.
#[derive(Clone, Debug, Default)]
pub(super) struct Scores {
    /// The formula; `None` where the table is too old for one.
    pub(super) formula: Option<Formula>,
    /// All the memory that the scores are a share of; `None` where the log does not tell.
    pub(super) total: Option<TotalPages>,
    /// What was assumed.
    pub(super) assumed: Option<String>,
    /// The points of each row, in the order of the rows.
    pub(super) points: Vec<Option<Range>>,
    /// The score of each row in thousandths, likewise.
    pub(super) scores: Vec<Option<Range>>,
}

/// Recomputes the score of every row.
pub(super) fn scores(
    draft: &Draft,
    scope: Scope,
    machine: Option<&Machine>,
    memcg: Option<&Memcg>,
    page_size: PageSize,
) -> Scores {
    let formula = draft.columns.as_ref().and_then(formula);
    let (total, assumed) = total(draft, scope, machine, memcg, page_size);
    let mut scores = Scores { formula, total, assumed, ..Scores::default() };
    let (Some(formula), Some(total)) = (formula, total) else { return scores };
    for (row, _) in &draft.rows {
        let claim = claim(row, page_size);
        scores.points.push(claim.as_ref().and_then(|claim| badness::points(claim, formula, total)));
        scores.scores.push(claim.as_ref().and_then(|claim| badness::score(claim, formula, total)));
    }
    scores
}

/// The columns give the formula away; see the scoring section of the architecture page.
fn formula(columns: &Columns) -> Option<Formula> {
    if !columns.has(&Column::OomScoreAdj) {
        return None;
    }
    if columns.has(&Column::Cpu) {
        return Some(Formula::PerMille);
    }
    // Two columns of page tables came in 4.0, when the bonus had become 3 %; the bracket became
    // wide in 4.19, when it had gone.
    let tables = columns.columns.iter().filter(|column| **column == Column::PageTablePages).count();
    Some(match tables {
        1 => Formula::PagesWithBonus,
        0 if columns.wide => Formula::Pages,
        _ => Formula::PagesWithThreePercent,
    })
}

fn claim(row: &Row, page_size: PageSize) -> Option<Claim> {
    let tables = row.page_table_bytes.map(|size| badness::page_table_pages(size, page_size));
    Some(Claim {
        total_vm: row.total_vm.unwrap_or_default(),
        rss: row.rss?,
        swap: row.swap,
        page_tables: tables.or(row.page_table_pages),
        adj: row.oom_score_adj?,
        may_be_admin: row.uid.is_none_or(|uid| uid == Uid::new(0)),
    })
}

/// The kernel's `totalpages`, by whose memory ran out (`constrained_alloc()` in `mm/oom_kill.c`).
fn total(
    draft: &Draft,
    scope: Scope,
    machine: Option<&Machine>,
    memcg: Option<&Memcg>,
    page_size: PageSize,
) -> (Option<TotalPages>, Option<String>) {
    let pages = |size: Bytes| i64::try_from(page_size.pages_in(size).get()).unwrap_or(i64::MAX);
    let swap = machine.and_then(|machine| machine.swap_total_bytes);
    match scope {
        Scope::Memcg => total_of_cgroup(draft, memcg, swap, pages),
        Scope::Cpuset | Scope::Mempolicy => {
            let sum = |name: &str| {
                let zones = &machine?.zones;
                zones.iter().map(|zone| zone.counters.get(name).copied()).sum::<Option<Bytes>>()
            };
            let range = sum("managed_bytes").zip(sum("present_bytes")).map(|(low, high)| {
                let swap = pages(swap.unwrap_or_default());
                TotalPages(Range { low: pages(low) + swap, high: pages(high) + swap })
            });
            (range, Some("scores are shares of the nodes that are allowed".into()))
        }
        _ => {
            let managed = machine.and_then(|machine| machine.managed_bytes);
            let total = managed.map(|managed| {
                TotalPages::known(Pages::new(
                    page_size.pages_in(managed.saturating_add(swap.unwrap_or_default())).get(),
                ))
            });
            (total, None)
        }
    }
}

fn total_of_cgroup(
    draft: &Draft,
    memcg: Option<&Memcg>,
    swap: Option<Bytes>,
    pages: impl Fn(Bytes) -> i64,
) -> (Option<TotalPages>, Option<String>) {
    let Some(limit) = memcg.and_then(|memcg| memcg.limit_bytes).and_then(Limit::size) else {
        return (None, None);
    };
    let with = |more: Bytes| TotalPages(Range { low: pages(limit), high: pages(limit.saturating_add(more)) });
    let memsw = memcg.and_then(|memcg| memcg.memsw_limit_bytes).and_then(Limit::size);
    let swap_limit = memcg.and_then(|memcg| memcg.swap_limit_bytes).and_then(Limit::size);
    let more = match (swap, memsw, swap_limit) {
        (_, Some(memsw), _) => Bytes::new(memsw.get().saturating_sub(limit.get())),
        (Some(swap), None, Some(swap_limit)) => swap.min(swap_limit),
        (None, None, Some(swap_limit)) => swap_limit,
        (Some(swap), None, None) => swap,
        (None, None, None) => return total_without_swap(draft, limit, with),
    };
    let known = swap.is_some() || more == Bytes::ZERO;
    let total =
        if known { TotalPages(Range::exactly(pages(limit.saturating_add(more)))) } else { with(more) };
    (Some(total), (!known).then(|| "the report does not print the machine's swap; scores are ranges".into()))
}

/// Reports of a cgroup have not printed the machine's swap since Linux 3.9.
fn total_without_swap(
    draft: &Draft,
    limit: Bytes,
    with: impl Fn(Bytes) -> TotalPages,
) -> (Option<TotalPages>, Option<String>) {
    let swapped = draft.rows.iter().any(|(row, _)| row.swap.is_some_and(|swap| swap != Pages::default()));
    if swapped {
        let note = "the report does not print the machine's swap, which is in use; scores are ranges";
        return (Some(with(limit)), Some(note.into()));
    }
    let note = "the report does not print the machine's swap; scores assume that there is none";
    (Some(with(Bytes::ZERO)), Some(note.into()))
}

/// Returns the rows with their scores.
pub(super) fn tasks(draft: &Draft, scores: &Scores, page_size: PageSize) -> Vec<Task> {
    let bytes = |pages: Option<Pages>| pages.map(|pages| pages.bytes(page_size));
    let task = |index: usize, row: &Row, line| {
        let range = scores.scores.get(index).copied().flatten();
        Task {
            pid: row.pid,
            tgid: row.tgid,
            uid: row.uid,
            comm: row.comm.clone(),
            total_vm_bytes: bytes(row.total_vm),
            rss_bytes: bytes(row.rss),
            rss_anon_bytes: bytes(row.rss_anon),
            rss_file_bytes: bytes(row.rss_file),
            rss_shmem_bytes: bytes(row.rss_shmem),
            swap_bytes: bytes(row.swap),
            pgtables_bytes: row.page_table_bytes.or_else(|| bytes(row.page_table_pages)),
            oom_score_adj: row.oom_score_adj,
            oom_adj: row.oom_adj,
            cpu: row.cpu,
            badness: range.and_then(Range::exact),
            badness_range: range.filter(|range| range.exact().is_none()).map(|range| [range.low, range.high]),
            line,
        }
    };
    draft.rows.iter().enumerate().map(|(index, (row, line))| task(index, row, *line)).collect()
}

/// Returns the largest groups of tasks that share a name.
pub(super) fn groups(draft: &Draft, page_size: PageSize) -> Vec<Group> {
    struct Sum {
        tasks: u64,
        rss: u64,
        swap: Option<u64>,
    }
    let mut sums: HashMap<&Comm, Sum> = HashMap::new();
    for (row, _) in &draft.rows {
        let sum = sums.entry(&row.comm).or_insert(Sum { tasks: 0, rss: 0, swap: None });
        sum.tasks += 1;
        sum.rss = sum.rss.saturating_add(row.rss.unwrap_or_default().get());
        if let Some(swap) = row.swap {
            sum.swap = Some(sum.swap.unwrap_or_default().saturating_add(swap.get()));
        }
    }
    let mut sorted: Vec<(&Comm, Sum)> = sums.into_iter().collect();
    sorted.sort_by(|(a_name, a), (b_name, b)| b.rss.cmp(&a.rss).then_with(|| a_name.cmp(b_name)));
    sorted.truncate(GROUPS);
    let group = |(name, sum): (&Comm, Sum)| Group {
        by: "comm".into(),
        name: name.clone(),
        tasks: sum.tasks,
        rss_bytes: Pages::new(sum.rss).bytes(page_size),
        swap_bytes: sum.swap.map(|swap| Pages::new(swap).bytes(page_size)),
    };
    sorted.into_iter().map(group).collect()
}
