//! Shared memory or tmpfs that no process maps, so that no kill frees it.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::{
    finding::{Confidence, Severity},
    ident::{Comm, Pid},
    units::Bytes,
};

use crate::case::{Case, at_least, less, of_whole, percent, weight};
use crate::report::Victim;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Shared memory makes up at least a fifth of the usable memory, and the processes map less than a fifth of it.
    /// Where the log does not tell what processes map, their resident memory has to fit into what is not shared.
    ///
    /// ## Why it matters
    ///
    /// Files in a tmpfs, in /dev/shm, in a memory-backed volume, memfds and System V segments are in nobody's resident memory.
    /// Killing processes does not free them, so the kernel kills one innocent process after the other.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_tmpfs`
    /// - `debian-6.12_amd64_tmpfs_innocent`
    /// - `ubuntu-4.4_amd64_tmpfs`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    TMPFS_SHMEM {
        code: "OKD003",
        name: "tmpfs-shmem",
        summary: "shared memory or tmpfs that no process maps",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((shared, usable)) = case.holds("shmem_bytes", 20) else { return };
    // Of a table that is cut, the row that maps it may be missing.
    if case.event.task_table.lacks_rows() {
        return;
    }
    let mapped = mapper(case).and_then(|mapper| mapper.mapped);
    let unmapped = match mapped {
        Some(mapped) => !at_least(mapped, 20, shared),
        None => case.tasks.known && fits_beside(case, shared),
    };
    if !unmapped {
        return;
    }
    let of_mapped = mapped.map_or_else(
        || "the processes' resident memory leaves no room for it".to_owned(),
        |mapped| format!("no process maps more than {mapped} of it"),
    );
    let said = format!(
        "{} were shared memory or files in a tmpfs, and {of_mapped}: no kill frees that",
        of_whole(shared, usable)
    );
    let finding = findings.at(case.proof_of("shmem_bytes"), said);
    finding.remedy(format!(
        "look for files with `df -h -t tmpfs` and `ls -l /dev/shm`, for segments with `ipcs -m`, for memory-backed \
         volumes; remove what is not needed, and bound each mount with size= (together well below {})",
        percent(usable, 20)
    ));
    if mapped.is_none() {
        finding.confidence(Confidence::Medium);
    }
    if !at_least(shared, 30, usable) {
        finding.severity(Severity::Warning);
    }
}

/// Who maps most of the shared memory, or is the largest where the log does not part it.
pub(in crate::diagnoses) struct Mapper<'a> {
    pub(in crate::diagnoses) comm: &'a Comm,
    pub(in crate::diagnoses) pid: Pid,
    /// How much it maps; `None` where the log does not tell.
    pub(in crate::diagnoses) mapped: Option<Bytes>,
    pub(in crate::diagnoses) proof: Evidence,
}

/// Returns who maps most of the shared memory; `None` where nobody is known at all.
pub(in crate::diagnoses) fn mapper(case: &Case) -> Option<Mapper<'_>> {
    let most = case.event.tasks.iter().rev().max_by_key(|task| (task.rss_shmem_bytes, weight(task)))?;
    let parted = most.rss_shmem_bytes.is_some();
    let of_kill = case.victim().filter(|victim| victim.shmem_rss_bytes.is_some());
    // What the kill line says of the victim is true of all only where the victim is the largest.
    let is_most = |victim: &Victim| {
        let is_largest = || victim.pid == most.pid || case.largest_by_kill().is_some();
        if parted { most.rss_shmem_bytes < victim.shmem_rss_bytes } else { is_largest() }
    };
    Some(match of_kill.filter(|victim| is_most(victim)) {
        Some(victim) => Mapper {
            comm: &victim.comm,
            pid: victim.pid,
            mapped: victim.shmem_rss_bytes,
            proof: case
                .task(victim.pid)
                .map_or_else(|| case.proof_of_kill(victim), |task| case.proof_of_task(task)),
        },
        None => Mapper {
            comm: &most.comm,
            pid: most.pid,
            mapped: most.rss_shmem_bytes,
            proof: case.proof_of_task(most),
        },
    })
}

/// Tells whether all that is resident fits into what is not shared.
fn fits_beside(case: &Case, shared: Bytes) -> bool {
    let resident: Bytes = case.event.tasks.iter().filter_map(|task| task.rss_bytes).sum();
    let others = case.machine.lru.map(|lru| less(lru, shared));
    others.is_some_and(|others| resident <= percent(others, 110))
}
