//! The choice of the victim: by the kernel's rule, or not.

use crate::case::Case;
use crate::report::Task;

oomkit_core::rules! {
    Case;
    /// The diagnoses of this family, by code.
    CHOICE = [
        chosen_by_score::CHOSEN_BY_SCORE,
        score_set_aside::SCORE_SET_ASIDE,
        clamped_scores::CLAMPED_SCORES,
        choice_questioned::CHOICE_QUESTIONED,
    ]
}

/// Returns the recomputed score of a candidate, as the lowest and the highest that it can be; `None`
/// where it is never chosen or nothing is known.
fn score(task: &Task) -> Option<(i64, i64)> {
    match (task.badness, task.badness_range) {
        (Some(score), _) => Some((score, score)),
        (None, Some([low, high])) => Some((low, high)),
        (None, None) => None,
    }
}

/// Says a score or its range.
fn words((low, high): (i64, i64)) -> String {
    if low == high { low.to_string() } else { format!("{low} to {high}") }
}

/// Returns the candidate whose score is the highest by its lowest possible value, other than one.
fn highest_but<'a>(case: &'a Case, one: &Task) -> Option<&'a Task> {
    let others = case.event.tasks.iter().filter(|task| task.line != one.line);
    let scored = others.filter_map(|task| Some((score(task)?.0, task)));
    // Of equals, the first.
    let highest = scored.reduce(|best, next| if best.0 < next.0 { next } else { best });
    highest.map(|(_, task)| task)
}

/// Names a candidate with its score and memory.
fn introduced(task: &Task) -> String {
    let scored = score(task).map_or_else(String::new, |found| format!(" with a score of {}", words(found)));
    format!("{} (pid {}){scored} and {}", task.comm, task.pid, crate::case::weight(task))
}

/// Returns whether the kernel killed another process than it chose: a child, as kernels up to 5.0 do.
fn is_child_sacrificed(case: &Case) -> bool {
    let (chosen, victim) = (case.event.selected.as_ref(), case.victim());
    chosen.zip(victim).is_some_and(|(chosen, victim)| chosen.pid != victim.pid)
}
