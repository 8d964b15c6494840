//! Shared memory that processes map fills a cgroup.

use oomkit_core::{place::Evidence, rule::Findings};

use super::memcg_tmpfs_shmem::{Shared, where_it_is};
use crate::case::{Case, of_whole};
use crate::diagnoses::{fill, machine::mapper};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 20 % of what the cgroup uses is shared memory, and a process maps half of it or more.
    /// The task table tells since Linux 6.8, and the kill line since 4.5; with older ones, what a process
    /// has resident must be more than the group has in anonymous memory and cache.
    ///
    /// ## Why it matters
    ///
    /// Databases keep their buffers there, and each process that maps them shows them as its own size.
    /// They count once, so the sizes of the processes must not be added up.
    /// Memory in `/dev/shm` and System V segments stay when the process dies.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.15_amd64_memcg2_shm`
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    /// - `debian-6.1_amd64_memcg1_docker`
    MEMCG_SHARED_MEMORY {
        code: "OKD328",
        name: "memcg-shared-memory",
        summary: "shared memory that processes map fills a cgroup",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, shared, whole)) = fill::part_of(case, |cgroup| cgroup.shmem, 20) else { return };
    let Some(Shared::Mapped(confidence)) = where_it_is(case, cgroup) else { return };
    let most = mapper(case);
    let by = most
        .as_ref()
        .map_or_else(String::new, |most| format!(", mapped by {} (pid {}) for one", most.comm, most.pid));
    let said = format!("shared memory took {}{by}", of_whole(shared, whole));
    let finding = findings.at(case.proof_of_stats(&["shmem", "total_shmem", "total_cache", "cache"]), said);
    finding.confidence(confidence).and([case.proof_of_limit()]).and(most.map(|most| most.proof));
    finding.remedy(
        "make its shared buffers smaller (PostgreSQL: shared_buffers; Oracle: SGA; others: their shm size), or give \
         the group a limit that holds them and the rest",
    );
    fill::weigh(finding, shared, whole, confidence);
}
