//! A counter is larger than what it is a part of.

use oomkit_core::{finding::Severity, place::Evidence, rule::Findings};

use crate::case::{Case, at_least, less, percent};
use crate::report::Part;
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The pages on the lists of reclaim come to at least 1 % more than the memory that the kernel manages; or one process has more anonymous memory than the machine, free memory and 2 % aside.
    ///
    /// ## Why it matters
    ///
    /// A part cannot be larger than the whole: digits are damaged, or two reports are mixed.
    /// Of processes there is one exception: pages that KSM has merged count for each place that maps them.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:95000 inactive_anon:100 isolated_anon:0
    ///  active_file:10 inactive_file:10 isolated_file:0
    ///  unevictable:0 dirty:0 writeback:0
    ///  slab_reclaimable:500 slab_unreclaimable:2500
    ///  mapped:10 shmem:0 pagetables:400
    ///  free:1000 free_pcp:0 free_cma:0
    /// Node 0 DMA32 free:4000kB min:2000kB low:2500kB high:3000kB present:393216kB managed:360000kB mlocked:0kB
    /// Node 0 DMA32: 1000*4kB (U) 0*8kB = 4000kB
    /// 98304 pages RAM
    /// 8304 pages reserved
    /// Out of memory: Killed process 501 (worker) total-vm:400000kB, anon-rss:300000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:700kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-5.10-686pae_i386_tmpfs`
    IMPOSSIBLE_COUNTERS {
        code: "OKD909",
        name: "impossible-counters",
        summary: "a counter is larger than what it is a part of",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(lists), Some(managed)) = (case.machine.lru, case.machine.managed) else { return };
    if at_least(lists, 101, managed) {
        let said = format!(
            "the pages on the lists of reclaim come to {lists}, more than the {managed} that there are"
        );
        let proof = case.proof_of("active_anon_bytes");
        findings.at(proof, said).and([case.proof(Part::Total, "pages RAM")]);
        return;
    }
    let locked = case.counter("unevictable_bytes").unwrap_or_default();
    let Some(anon) = case.machine.anon.map(|anon| anon.saturating_add(locked)) else { return };
    let room = case.counter("free_bytes").unwrap_or_default().saturating_add(percent(managed, 2));
    let Some((name, most, proof)) = most(case).filter(|(_, most, _)| room < less(*most, anon)) else {
        return;
    };
    let said = format!("{name} has {most} of anonymous memory, more than the {anon} of the whole machine");
    findings.at(proof, said).and([case.proof_of("active_anon_bytes")]).severity(Severity::Warning);
}

/// Returns the process with the most anonymous memory, where the log parts it from what is shared.
fn most(case: &Case) -> Option<(String, Bytes, Evidence)> {
    let tasks = case.event.tasks.iter().filter_map(|task| Some((task.rss_anon_bytes?, task)));
    let task = tasks.max_by_key(|(anon, _)| *anon);
    let victim = case.victim().and_then(|victim| Some((victim.anon_rss_bytes?, victim)));
    match (task, victim) {
        (Some((anon, task)), of_victim) if of_victim.is_none_or(|(of_kill, _)| of_kill <= anon) => {
            Some((format!("{} (pid {})", task.comm, task.pid), anon, case.proof_of_task(task)))
        }
        (_, Some((anon, victim))) => {
            Some((format!("{} (pid {})", victim.comm, victim.pid), anon, case.proof_of_kill(victim)))
        }
        _ => None,
    }
}
