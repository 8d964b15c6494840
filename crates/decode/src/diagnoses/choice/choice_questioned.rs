//! The victim is not the one that the scores point at.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{highest_but, introduced, score, words};
use crate::case::Case;
use crate::report::{Task, Verdict};
use oomkit_core::finding::Confidence;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Another candidate has a clearly higher score than the victim, and neither the setting to kill the asking task nor scores below zero explain it; or the kernel killed another process than it chose.
    ///
    /// ## Why it matters
    ///
    /// Kernels up to 5.0 sacrifice a child of the process that they chose.
    /// Else the table may be cut, the larger one may have been dying already or not be eligible, or a policy of the machine's took part.
    ///
    /// ## Fires
    ///
    /// ```log
    /// cron invoked oom-killer: gfp_mask=0x14280ca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), nodemask=(null), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// 262144 pages RAM
    /// 4096 pages reserved
    /// [ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name
    /// [  700]     0   700   200000   150000     300       3        0             0 apache2
    /// [  731]     0   731     9000     1000      20       3        0             0 cgi-bin
    /// Out of memory: Kill process 700 (apache2) score 582 or sacrifice child
    /// Killed process 731 (cgi-bin) total-vm:36000kB, anon-rss:4000kB, file-rss:0kB, shmem-rss:0kB
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_amd64_alloc_task`
    CHOICE_QUESTIONED {
        code: "OKD404",
        name: "choice-questioned",
        summary: "the victim is not the one that the scores point at",
        severity: Note,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(victim) = case.victim().filter(|_| case.is_oom()) else { return };
    if let Some(chosen) = case.event.selected.as_ref().filter(|chosen| chosen.pid != victim.pid) {
        // Without a printed score, the chosen one's memory is with another thread, and no child died.
        if chosen.score.is_none() {
            return;
        }
        let said = format!(
            "the kernel chose {} (pid {}) and killed {} (pid {}) in its stead: kernels of that age sacrifice a child of \
             the chosen one first, so look at {} and all of its children",
            chosen.comm, chosen.pid, victim.comm, victim.pid, chosen.comm
        );
        let finding = findings.at(case.proof_of_choice(), said);
        finding.and([case.proof_of_kill(victim)]).confidence(Confidence::High);
        return;
    }
    let questioned = case.event.choice.as_ref().is_some_and(|choice| choice.verdict == Verdict::Questioned);
    let Some(task) = case.task(victim.pid).filter(|_| questioned) else { return };
    let Some(highest) = highest_but(case, task).filter(|task| !is_clamped(task)) else { return };
    let said = format!(
        "the scores point at {}, not at {} (pid {}) with {}: the former may have been dying already or not be eligible, or \
         the table is cut",
        introduced(highest),
        task.comm,
        task.pid,
        score(task).map_or_else(|| "none".to_owned(), words)
    );
    findings.at(case.proof_of_task(highest), said).and([case.proof_of_task(task)]);
}

/// Scores below zero were taken for equal once, which is another story.
fn is_clamped(task: &Task) -> bool {
    score(task).is_some_and(|(_, high)| high <= 1)
}
