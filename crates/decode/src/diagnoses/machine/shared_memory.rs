//! Shared memory that a process maps, such as the buffers of a database.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::{finding::Confidence, units::Bytes};

use super::tmpfs_shmem::{Mapper, mapper};
use crate::case::{Case, at_least, less, of_whole, percent};
use crate::report::Task;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Shared memory makes up at least a fifth of the usable memory, and one process maps at least half of it.
    /// Where the log does not part resident memory, a process that is larger than all anonymous and file memory must be mapping it.
    ///
    /// ## Why it matters
    ///
    /// A database that keeps its buffers in shared memory counts them in each of its processes.
    /// Its settings decide how much it is, not its number of connections.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_shm`
    /// - `ubuntu-5.4_amd64_shm`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_tmpfs_innocent`
    /// - `debian-6.12_amd64_global`
    SHARED_MEMORY {
        code: "OKD004",
        name: "shared-memory",
        summary: "shared memory that a process maps",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((shared, usable)) = case.holds("shmem_bytes", 20) else { return };
    let Some(Mapper { comm, pid, mapped, proof }) = mapper(case) else { return };
    let maps = match mapped {
        Some(mapped) => at_least(mapped, 50, shared),
        None => case.largest_task().is_some_and(|largest| is_larger_than_the_rest(case, largest, shared)),
    };
    if !maps {
        return;
    }
    let said = format!("{} were shared memory, which {comm} (pid {pid}) maps", of_whole(shared, usable));
    let finding = findings.at(case.proof_of("shmem_bytes"), said).and([proof]);
    finding.remedy(format!(
        "size its shared memory (shared_buffers of PostgreSQL, the SGA of Oracle, ipc or shm settings) for this \
         machine: a quarter of {usable} is {}",
        percent(usable, 25)
    ));
    if mapped.is_none() {
        finding.confidence(Confidence::Medium);
    }
}

fn is_larger_than_the_rest(case: &Case, task: &Task, shared: Bytes) -> bool {
    let rest = case.machine.lru.map(|lru| less(lru, shared));
    task.rss_bytes.zip(rest).is_some_and(|(resident, rest)| rest < resident)
}
