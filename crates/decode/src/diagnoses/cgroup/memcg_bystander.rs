//! A cgroup's limit was shared, and the kill took another process than the largest.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, weight};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim is not the largest process below the limit, nor one of the same name.
    ///
    /// ## Why it matters
    ///
    /// Processes that share a limit die for one another: a sidecar for its application, a job for its
    /// neighbor.
    /// The one with the highest adjustment goes first, even if it is small.
    ///
    /// ## Fires
    ///
    /// - `debian-6.1_amd64_memcg2_nested`
    /// - `ubuntu-4.15_amd64_memcg1_nested`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_memcg2_group`
    /// - `debian-6.1_amd64_memcg1_k8s`
    MEMCG_BYSTANDER {
        code: "OKD320",
        name: "memcg-bystander",
        summary: "a cgroup's limit was shared, and another process than the largest was killed",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some((cgroup, _)), Some(victim)) = (case.full_cgroup(), case.victim()) else { return };
    let Some((largest, memory)) = case.largest_owner().filter(|_| !case.event.task_table.lacks_rows()) else {
        return;
    };
    let own = case.task(victim.pid);
    let size = own.map(weight).or(victim.rss_bytes).or(victim.anon_rss_bytes);
    let Some(size) = size.filter(|size| *size < memory && victim.comm != largest.comm) else { return };
    let (its, of_largest) = (case.adjustment(victim.pid), largest.oom_score_adj);
    let why = match (its, of_largest) {
        (Some(its), Some(other)) if other < its => {
            format!(" for its adjustment of {its} (the other has {other})")
        }
        _ => String::new(),
    };
    let said = format!(
        "{} (pid {}, {size}) was killed{why}, but {} (pid {}, {memory}) is the largest below this limit",
        victim.comm, victim.pid, largest.comm, largest.pid
    );
    let finding = findings.at(case.proof_of_kill(victim), said).and([case.proof_of_task(largest)]);
    let kubernetes =
        cgroup.owner.as_ref().is_some_and(|owner| owner.runtime.as_deref() == Some("kubernetes"));
    finding.remedy(if kubernetes {
        "give each container a limit of its own, so that the one that grows dies alone".to_owned()
    } else {
        format!("give {} a cgroup and a limit of its own, so that it dies alone", largest.comm)
    });
}
