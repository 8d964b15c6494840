//! The asking task was shot; by its score, another would have been.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{highest_but, introduced, score, words};
use crate::case::Case;
use crate::report::Verdict;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel was told to kill the asking task, and another candidate has a higher score than the victim.
    ///
    /// ## Why it matters
    ///
    /// The victim says nothing about who holds the memory.
    /// Who does is the one that the score points at.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_alloc_task`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    SCORE_SET_ASIDE {
        code: "OKD402",
        name: "score-set-aside",
        summary: "the score was not asked",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let set_aside = case.event.choice.as_ref().is_some_and(|choice| choice.verdict == Verdict::NotByScore);
    if !set_aside {
        return;
    }
    let Some(victim) = case.victim().and_then(|victim| case.task(victim.pid)) else { return };
    let Some(due) = highest_but(case, victim) else { return };
    let (Some((_, own)), Some((least, _))) = (score(victim), score(due)) else { return };
    if least <= own {
        return;
    }
    let said = format!(
        "by its score {} was due; {} (pid {}), who had {}, was only the one that asked",
        introduced(due),
        victim.comm,
        victim.pid,
        score(victim).map_or_else(String::new, words)
    );
    findings.at(case.proof_of_task(due), said).and([case.proof_of_task(victim)]);
}
