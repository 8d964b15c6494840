//! The kernel's choice, checked against the recomputed scores.

use oomkit_core::{
    badness::Range,
    ident::Pid,
    units::{Bytes, PageSize, Pages},
};

use super::candidates::Scores;
use crate::draft::Draft;
use crate::kernel::victim::Prefix;
use crate::report::{Choice, TaskTable, Verdict, Victim};

/// Returns whether the scores agree with the choice; `None` where there was none.
pub(super) fn of(
    draft: &Draft,
    victims: &[Victim],
    scores: &Scores,
    page_size: PageSize,
    table: TaskTable,
) -> Option<Choice> {
    if draft.user_kill.is_some() {
        return None;
    }
    let chosen = draft.selection.as_ref().map(|selection| selection.pid);
    let chosen = chosen.or_else(|| draft.summary.as_ref().and_then(|summary| summary.pid));
    let chosen = chosen.or_else(|| victims.first().map(|victim| victim.pid))?;
    let mut choice = Choice {
        verdict: Verdict::Undecided,
        rank: None,
        highest: None,
        total_bytes: None,
        total_range_bytes: None,
        reasons: Vec::new(),
    };
    if let Some(total) = scores.total {
        let bytes = |pages: i64| Pages::new(u64::try_from(pages).unwrap_or_default()).bytes(page_size);
        match total.0.exact() {
            Some(pages) => choice.total_bytes = Some(bytes(pages)),
            None => choice.total_range_bytes = Some([bytes(total.0.low), bytes(total.0.high)] as [Bytes; 2]),
        }
    }
    choice.reasons.extend(explain_score(draft, victims, scores));
    if by_allocating_task(draft) {
        choice.verdict = Verdict::NotByScore;
        choice
            .reasons
            .push("vm.oom_kill_allocating_task is set: the asking task is killed, whatever its score".into());
        return Some(choice);
    }
    rank(draft, chosen, scores, &mut choice);
    if table.lacks_rows() && choice.verdict == Verdict::Confirmed {
        choice.verdict = Verdict::Undecided;
        choice.reasons.push("the task table is cut; a row that is missing may have a higher score".into());
    }
    check_printed(draft, chosen, scores, &mut choice);
    choice.reasons.extend(scores.assumed.clone());
    Some(choice)
}

fn by_allocating_task(draft: &Draft) -> bool {
    let of_selection = draft.selection.as_ref().map(|selection| selection.prefix);
    let of_kills = draft.kills.iter().map(|(kill, _)| kill.prefix);
    of_selection.into_iter().chain(of_kills).any(|prefix| prefix == Prefix::AllocatingTask)
}

/// A printed score is a share of memory, plus the adjustment.
fn explain_score(draft: &Draft, victims: &[Victim], scores: &Scores) -> Option<String> {
    let selection = draft.selection.as_ref()?;
    let row =
        draft.rows.iter().find(|(row, _)| row.pid == selection.pid).and_then(|(row, _)| row.oom_score_adj);
    let of_victim =
        victims.iter().find(|victim| victim.pid == selection.pid).and_then(|victim| victim.oom_score_adj);
    let adj = i64::from(row.or(of_victim)?.get());
    let memory = selection.score - adj;
    let used = victims.iter().find(|victim| victim.pid == selection.pid).and_then(|victim| victim.rss_bytes);
    let of = implied_total(used.filter(|_| scores.total.is_none()), memory).map_or_else(
        || "in thousandths of all memory".to_owned(),
        |total| format!("in thousandths of memory and swap together, which makes about {total} of them"),
    );
    let sign = if adj < 0 { '−' } else { '+' };
    // Clamped scores do not add up.
    (0..=1000)
        .contains(&memory)
        .then(|| format!("score {} = memory {memory} {sign} adjustment {}, {of}", selection.score, adj.abs()))
}

/// A score says how large the whole is, where the part is known and no small one.
fn implied_total(used: Option<Bytes>, memory: i64) -> Option<Bytes> {
    let thousandths = u64::try_from(memory).ok().filter(|memory| 50 <= *memory)?;
    Some(Bytes::new(used?.get() / thousandths * 1000))
}

fn rank(draft: &Draft, chosen: Pid, scores: &Scores, choice: &mut Choice) {
    if draft.rows.is_empty() {
        choice.reasons.push("the log has no task table to compare with".into());
        return;
    }
    if scores.formula.is_none() {
        choice.reasons.push("this era's scores cannot be recomputed from its task table".into());
        return;
    }
    if scores.total.is_none() {
        choice.reasons.push("the log does not tell all the memory that scores are a share of".into());
        return;
    }
    let position = draft.rows.iter().position(|(row, _)| row.pid == chosen || row.tgid == Some(chosen));
    let Some(of_chosen) = position.and_then(|index| scores.points.get(index).copied().flatten()) else {
        choice.reasons.push(format!("the chosen pid {chosen} has no row with a score in the task table"));
        return;
    };
    let others = || scores.points.iter().enumerate().filter(|(index, _)| Some(*index) != position);
    let above = others().filter(|(_, points)| points.is_some_and(|points| clearly_above(points, of_chosen)));
    let above: Vec<usize> = above.map(|(index, _)| index).collect();
    choice.rank = u32::try_from(above.len() + 1).ok();
    if above.is_empty() {
        let open = others().any(|(_, points)| points.is_some_and(|points| of_chosen.low < points.high));
        let dominates = others().all(|(_, points)| {
            points.is_none_or(|points| points.low <= of_chosen.low && points.high <= of_chosen.high)
        });
        choice.verdict = if !open || dominates { Verdict::Confirmed } else { Verdict::Undecided };
        return;
    }
    choice.verdict = Verdict::Questioned;
    let highest = above
        .iter()
        .max_by_key(|index| scores.points.get(**index).copied().flatten().map(|points| points.low));
    choice.highest = highest.and_then(|index| draft.rows.get(*index)).map(|(row, _)| row.pid);
    choice.reasons.extend(why_not_highest(draft, chosen));
}

/// Counters of resident pages are batched by processor, so near ties say nothing.
fn clearly_above(points: Range, chosen: Range) -> bool {
    let slack = (chosen.high / 100).max(64);
    chosen.high.saturating_add(slack) < points.low
}

fn why_not_highest(draft: &Draft, chosen: Pid) -> Vec<String> {
    let mut reasons = Vec::new();
    let sacrificed = draft.kills.first().is_some_and(|(kill, _)| kill.pid != Some(chosen));
    if sacrificed {
        reasons.push(
            "the kernel killed another process than it chose: a child, or a thread of the same memory".into(),
        );
    }
    let all_negative =
        draft.rows.iter().all(|(row, _)| row.oom_score_adj.is_some_and(|adj| adj.get() <= -900));
    if all_negative {
        reasons
            .push("all candidates are strongly protected; kernels before 5.9 take the first of them".into());
    }
    if reasons.is_empty() {
        reasons.push("another task has a higher recomputed score: it may have been dying already, or not be eligible here".into());
    }
    reasons
}

fn check_printed(draft: &Draft, chosen: Pid, scores: &Scores, choice: &mut Choice) {
    let Some(printed) = draft.selection.as_ref().map(|selection| selection.score) else { return };
    let position = draft.rows.iter().position(|(row, _)| row.pid == chosen);
    let Some(recomputed) = position.and_then(|index| scores.scores.get(index).copied().flatten()) else {
        return;
    };
    // The counters move between the choice and the table.
    let near = Range { low: recomputed.low - 2, high: recomputed.high + 2 };
    if !near.contains(printed) {
        choice.reasons.push(format!(
            "the kernel printed a score of {printed}; recomputed it is {}",
            match recomputed.exact() {
                Some(exact) => exact.to_string(),
                None => format!("{} to {}", recomputed.low, recomputed.high),
            }
        ));
    }
}
