//! The score: what the kernel compared, and whether its choice agrees with it.

use oomkit_core::{
    document::{Block, Document, Tone},
    ident::Pid,
};

use super::{Case, victims, words::name};
use crate::report::{Choice, Event, EventKind, Task, Verdict};

/// Says the victim's score and what it is made of.
pub(super) fn sentence(event: &Event) -> Option<String> {
    let victim = event.victims.first()?;
    let row = victims::row(event, victim);
    let adj = victim.oom_score_adj.or_else(|| row.and_then(|task| task.oom_score_adj));
    let adj = adj.map(|adj| i64::from(adj.get()));
    let borrowed = if victim.oom_score_adj_inferred { " (inferred)" } else { "" };
    let chosen = event.selected.as_ref().filter(|selected| selected.pid == victim.pid);
    let printed = victim.score.or_else(|| chosen?.score);
    let words = match (printed, row) {
        (Some(score), _) => format!("score {}{borrowed}", made_of(score, adj)),
        (None, Some(Task { badness: Some(score), .. })) => {
            format!("recomputed score {}{borrowed}", made_of(*score, adj))
        }
        (None, Some(Task { badness_range: Some([low, high]), .. })) => {
            format!("recomputed score between {low} and {high}")
        }
        (None, _) if event.kind == EventKind::UserspaceKill => return None,
        (None, _) => match adj {
            Some(adj) => format!("score not in the log, adjustment {adj}{borrowed}"),
            None => "score not in the log".into(),
        },
    };
    Some(words)
}

/// Takes a score apart, where the kernel cannot have cut it at its lowest or highest.
fn made_of(score: i64, adj: Option<i64>) -> String {
    let Some(adj) = adj else { return score.to_string() };
    let memory = score.saturating_sub(adj);
    let may_be_cut = score <= 1 || (score == 1000 && 0 < adj);
    if may_be_cut || memory < 0 {
        return format!("{score} with adjustment {adj}");
    }
    let (sign, size) = if adj < 0 { ('-', adj.unsigned_abs()) } else { ('+', adj.unsigned_abs()) };
    format!("{score} = memory {memory} {sign} adjustment {size}")
}

/// Shows whether the kernel's choice agrees with the scores.
pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let event = case.event;
    let chosen = chosen_instead(event);
    if event.choice.is_none() && chosen.is_none() {
        return;
    }
    document.push(Block::Heading("The choice".into()));
    if let Some(choice) = &event.choice {
        let (tone, words) = verdict(event, choice);
        document.push(Block::Text(tone, words));
        if let Some(shares) = shares(choice) {
            document.push(Block::Text(Tone::Quiet, shares));
        }
    }
    if let Some(chosen) = chosen {
        document.push(Block::Text(Tone::Plain, chosen));
    }
    if let Some(choice) = event.choice.as_ref().filter(|choice| !choice.reasons.is_empty()) {
        document.push(Block::Notes(choice.reasons.iter().map(|reason| name(reason).into_owned()).collect()));
    }
}

fn verdict(event: &Event, choice: &Choice) -> (Tone, String) {
    match choice.verdict {
        Verdict::Confirmed => (Tone::Plain, "Confirmed: the victim has the highest score.".into()),
        Verdict::Undecided => {
            (Tone::Doubtful, "Undecided: the log leaves too much open to check the choice.".into())
        }
        Verdict::NotByScore => (Tone::Doubtful, "The kernel did not choose by score.".into()),
        Verdict::Questioned => {
            let highest = choice.highest.map(|pid| format!("{} has a higher score", task_name(event, pid)));
            let highest = highest.unwrap_or_else(|| "another task has a higher score".into());
            let rank = choice.rank.map_or_else(String::new, |rank| format!("; the victim is number {rank}"));
            (Tone::Doubtful, format!("Questioned: {highest}{rank}."))
        }
    }
}

fn shares(choice: &Choice) -> Option<String> {
    match (choice.total_bytes, choice.total_range_bytes) {
        (Some(total), _) => Some(format!("Scores are thousandths of {total}.")),
        (None, Some([low, high])) => Some(format!("Scores are thousandths of {low} to {high}.")),
        (None, None) => None,
    }
}

/// Says so where the kernel chose one task and killed another.
fn chosen_instead(event: &Event) -> Option<String> {
    let selected = event.selected.as_ref()?;
    let victim = event.victims.first().filter(|victim| victim.pid != selected.pid)?;
    let score = selected.score.map_or_else(String::new, |score| format!(", score {score}"));
    Some(format!(
        "The kernel chose {} (pid {}{score}) and killed {} (pid {}) in its stead.",
        selected.comm, selected.pid, victim.comm, victim.pid
    ))
}

fn task_name(event: &Event, pid: Pid) -> String {
    let task = event.tasks.iter().find(|task| task.pid == pid);
    task.map_or_else(|| format!("pid {pid}"), |task| format!("{} (pid {pid})", task.comm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_taken_apart_only_where_that_is_certain() {
        for (score, adj, words) in [
            (1703, Some(1000), "1703 = memory 703 + adjustment 1000"),
            (300, Some(-200), "300 = memory 500 - adjustment 200"),
            (651, Some(0), "651 = memory 651 + adjustment 0"),
            (651, None, "651"),
            (1, Some(-500), "1 with adjustment -500"),
            (1000, Some(600), "1000 with adjustment 600"),
            (20, Some(500), "20 with adjustment 500"),
        ] {
            assert_eq!(made_of(score, adj), words);
        }
    }
}
