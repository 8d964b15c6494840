//! The kernel chose by its rule, and who would have been next.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{highest_but, introduced, is_child_sacrificed, score, words};
use crate::case::{Case, weight};
use crate::report::{EventKind, Verdict};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The scores of all candidates, recomputed from the task table, put the victim first.
    ///
    /// ## Why it matters
    ///
    /// The choice is then no riddle: memory and adjustment explain it.
    /// The runner-up is who dies next, if nothing else changes.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.15_amd64_adj`
    ///
    /// ## Stays silent
    ///
    /// - `debian-7.2_amd64_alloc_task`
    /// - `debian-6.18_amd64_nodump`
    CHOSEN_BY_SCORE {
        code: "OKD401",
        name: "chosen-by-score",
        summary: "the victim has the highest score",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let confirmed = case.event.choice.as_ref().is_some_and(|choice| choice.verdict == Verdict::Confirmed);
    if case.event.kind != EventKind::OomKill || !confirmed || is_child_sacrificed(case) {
        return;
    }
    let Some(victim) = case.victim().and_then(|victim| case.task(victim.pid)) else { return };
    let Some(own @ (lowest, _)) = score(victim) else { return };
    let first = format!("{} (pid {}) was killed for its score of {}", victim.comm, victim.pid, words(own));
    let Some(next) = highest_but(case, victim) else {
        let said = format!("{first}: it was the only one that could be killed");
        findings.at(case.proof_of_task(victim), said);
        return;
    };
    let ahead = score(next).map_or(0, |(_, highest)| lowest.saturating_sub(highest));
    let distance = match ahead {
        1.. => format!("{ahead} thousandths behind"),
        _ if weight(victim) == weight(next) => "as large".to_owned(),
        _ => "about as high".to_owned(),
    };
    let said = format!("{first}, the highest; next comes {}, {distance}", introduced(next));
    findings.at(case.proof_of_task(victim), said).and([case.proof_of_task(next)]);
}
