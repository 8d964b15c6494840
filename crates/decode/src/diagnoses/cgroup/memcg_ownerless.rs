//! The processes of a cgroup hold little of its memory.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, at_least, of_whole, weight};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// All processes in the task table together hold at most half of the cgroup's anonymous and shared
    /// memory, swap included, and the table is whole.
    ///
    /// ## Why it matters
    ///
    /// What belongs to no process stays when processes die: files in tmpfs, shared memory that was left
    /// behind, memory of processes that are just leaving.
    /// To kill or restart the program does not free it.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.4_amd64_memcg1_tmpfs`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_amd64_memcg2_shm`
    /// - `debian-6.12_amd64_memcg2_pipe`
    /// - `debian-6.1_amd64_memcg2_nested`
    MEMCG_OWNERLESS {
        code: "OKD323",
        name: "memcg-ownerless",
        summary: "the processes of a cgroup hold little of its memory",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, whole)) = case.full_cgroup() else { return };
    let (Some(anon), true) = (cgroup.anon_and_swap(), case.table_is_whole()) else { return };
    let both = anon.saturating_add(cgroup.shmem.unwrap_or_default());
    let held: Bytes = case.event.tasks.iter().map(weight).sum();
    // Small change is no finding: the kernel's own memory may be what filled the group.
    if !at_least(both, 20, whole) || both.get() / 2 < held.get() {
        return;
    }
    let said = format!(
        "the processes of the group hold {} of its anonymous and shared memory, so to kill them does not free the rest",
        of_whole(held, both)
    );
    let word = if cgroup.shmem.is_some_and(|shared| anon < shared) { "shmem" } else { "anon" };
    let proof = case.proof_of_stats(&[word, "total_rss", "rss"]);
    let rows = case.largest_task().map(|task| case.proof_of_task(task));
    findings.at(proof, said).and(rows).remedy(
        "look for files in tmpfs and for shared memory that outlived its processes (`df -t tmpfs`, `ipcs -m`), in \
         every mount namespace of the group; deleting them frees the memory, a restart of the program does not",
    );
}
