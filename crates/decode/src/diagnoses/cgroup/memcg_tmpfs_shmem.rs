//! Files in tmpfs, or shared memory that no process maps, fill a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, CgroupFigures, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 20 % of what the cgroup uses is shared memory, and its processes map less than half of it.
    /// What they map is in the task table since Linux 6.8; before that, the whole resident memory of the
    /// processes must be too small to hold it.
    ///
    /// ## Why it matters
    ///
    /// Files in tmpfs (`/dev/shm`, `/run`, a volume in memory) are charged to the group that wrote them.
    /// They belong to no process, so no kill frees them, and they survive a restart of the program.
    /// Without swap they cannot leave the memory at all.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.4_amd64_memcg1_tmpfs`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_amd64_memcg2_shm`
    /// - `debian-6.1_amd64_memcg1_docker`
    MEMCG_TMPFS_SHMEM {
        code: "OKD305",
        name: "memcg-tmpfs-shmem",
        summary: "files in tmpfs, or shared memory that no process maps, fill a cgroup",
        severity: Error,
        confidence: High,
    }
}

/// Where the shared memory of a cgroup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shared {
    /// Processes map half of it or more, as far as is known surely or only likely.
    Mapped(Confidence),
    /// Processes map less than half of it.
    Unmapped(Confidence),
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, shared, whole)) = fill::part_of(case, |cgroup| cgroup.shmem, 20) else { return };
    let Some(Shared::Unmapped(confidence)) = where_it_is(case, cgroup) else { return };
    let Some((_, most)) = case.mapped_shared(cgroup) else { return };
    let mapped = match most {
        Bytes::ZERO => "none of it is mapped by the group's processes".to_owned(),
        _ => format!("the group's processes map at most {most} of it"),
    };
    let said = format!(
        "files in tmpfs or shared memory took {}; {mapped}, so no kill gives it back",
        of_whole(shared, whole)
    );
    let finding = findings.at(case.proof_of_stats(&["shmem", "total_shmem", "total_cache", "cache"]), said);
    finding.confidence(confidence).and([case.proof_of_limit()]);
    let (place, size) = places(cgroup);
    finding.remedy(format!("find the files ({place}) and delete them, then give the mount a size ({size})"));
    fill::weigh(finding, shared, whole, confidence);
}

/// Returns where to look, and how to bound it.
fn places(cgroup: &CgroupFigures) -> (&'static str, &'static str) {
    const INSIDE: &str = "`df -ht tmpfs` in the container";
    match cgroup.owner.as_ref().and_then(|owner| owner.runtime.as_deref()) {
        Some("kubernetes") => (INSIDE, "`sizeLimit` of an emptyDir with `medium: Memory`"),
        Some("docker" | "podman") => (INSIDE, "`--shm-size`, `--tmpfs DIR:size=`"),
        _ => ("`df -ht tmpfs`, `ls -l /dev/shm`, `ipcs -m`", "the mount option `size=`"),
    }
}

/// Tells whether processes map the shared memory; `None` where the figures allow either.
pub(super) fn where_it_is(case: &Case, cgroup: &CgroupFigures) -> Option<Shared> {
    let half = cgroup.shmem?.get() / 2;
    let (least, most) = case.mapped_shared(cgroup)?;
    // A figure that is a difference of others may be off by what the swap cache holds.
    let sure = if cgroup.shmem_inferred { Confidence::Medium } else { Confidence::High };
    if half <= least.get() {
        let parted = case.event.tasks.first().is_some_and(|task| task.rss_shmem_bytes.is_some());
        let of_kill =
            case.victim().is_some_and(|victim| victim.shmem_rss_bytes.is_some_and(|it| half <= it.get()));
        return Some(Shared::Mapped(if parted || of_kill { sure } else { Confidence::Medium }));
    }
    if most.get() < half {
        return Some(Shared::Unmapped(sure));
    }
    // Each maps less than half: one segment in many of them, or many segments.
    let parted = case.event.tasks.first().is_some_and(|task| task.rss_shmem_bytes.is_some());
    (parted && !case.event.task_table.lacks_rows()).then_some(Shared::Mapped(Confidence::Medium))
}
