//! The victim died for its adjustment; another is much larger.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{adjusted, whole};
use crate::case::{Case, at_least, weight};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim holds less than half of what the largest candidate holds, and its adjustment is higher.
    /// The largest holds at least a tenth of the memory, as far as that is known.
    ///
    /// ## Why it matters
    ///
    /// An adjustment adds thousandths of all memory to a score, so a small process can stand above a large one.
    /// The victim is not where the memory is.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.15_amd64_adj`
    /// - `debian-7.2_amd64_adj`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.18_amd64_nodump`
    /// - `ubuntu-4.4_amd64_tmpfs`
    SHOT_FOR_ADJUSTMENT {
        code: "OKD501",
        name: "shot-for-adjustment",
        summary: "a small victim with a higher adjustment than the largest",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some((victim, own)), Some(largest)) = (adjusted(case), case.largest_task()) else { return };
    let (Some(task), Some(other)) = (case.task(victim.pid), largest.oom_score_adj) else { return };
    // Where all processes are small, none of them is the story.
    if whole(case).is_some_and(|whole| !at_least(weight(largest), 10, whole)) {
        return;
    }
    if task.line == largest.line || own <= other || weight(largest).get() / 2 <= weight(task).get() {
        return;
    }
    let (small, large) = (weight(task), weight(largest));
    let own_words = format!("{} (pid {})", victim.comm, victim.pid);
    let its_words = format!("{} (pid {})", largest.comm, largest.pid);
    // An adjustment that raises no score is no reason; the other one's is.
    let said = if own.get() <= 0 {
        format!(
            "{own_words} died with {small} because {its_words} has the adjustment {other}: that one holds {large}"
        )
    } else {
        format!(
            "{own_words} died for its adjustment of {own}, not for its {small}: {its_words} holds {large}, and its \
             adjustment is {other}"
        )
    };
    let finding = findings.at(case.proof_of_task(task), said);
    finding.and([case.proof_of_task(largest)]).remedy(format!(
        "look at {} first; limit its memory, or raise its adjustment (OOMScoreAdjust= of its unit) if it may die before \
         {}",
        largest.comm, victim.comm
    ));
}
