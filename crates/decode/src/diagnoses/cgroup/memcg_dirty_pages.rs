//! File pages that wait for the disk fill a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, CgroupFigures, at_least, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 30 % of what the cgroup uses are file pages, and at least half of these are dirty or on
    /// their way to the disk.
    ///
    /// ## Why it matters
    ///
    /// Dirty pages cannot be dropped before they are written, so a writer that is faster than its disk
    /// fills the group.
    /// Some kernels from about 6.1 to 6.12 with the multi-generational LRU do not wake the flusher in
    /// time, and kill although the disk could have kept up.
    ///
    /// ## Fires
    ///
    /// ```log
    /// dd invoked oom-killer: gfp_mask=0x101c4a(GFP_NOFS|__GFP_HARDWALL|__GFP_MOVABLE), order=0, oom_score_adj=0
    /// memory: usage 262144kB, limit 262144kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /copy:
    /// anon 4194304
    /// file 251658240
    /// shmem 0
    /// file_dirty 167772160
    /// file_writeback 41943040
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/copy,task_memcg=/copy,task=dd,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (dd) total-vm:8000kB, anon-rss:1024kB, file-rss:1024kB, shmem-rss:0kB, UID:0 pgtables:48kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    MEMCG_DIRTY_PAGES {
        code: "OKD306",
        name: "memcg-dirty-pages",
        summary: "file pages that wait for the disk fill a cgroup",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, cache, whole)) = fill::part_of(case, CgroupFigures::page_cache, 30) else { return };
    let Some(dirty) = of_cache(cgroup, cache) else { return };
    let said = format!(
        "file pages took {}, of which {dirty} waited for the disk and could not be dropped",
        of_whole(cache, whole)
    );
    let proof = case.proof_of_stats(&["file_dirty", "total_dirty", "dirty"]);
    let finding = findings.at(proof, said).and([
        case.proof_of_stats(&["file_writeback", "total_writeback", "writeback"]),
        case.proof_of_stats(&["file", "total_cache", "cache"]),
    ]);
    finding.remedy(format!(
        "make the writer slower than its disk or let it bypass the cache (O_DIRECT, `dd oflag=direct`, fsync in \
         between), or start writing earlier: vm.dirty_background_bytes and vm.dirty_bytes well below the limit of \
         {}",
        cgroup.limit.unwrap_or(whole)
    ));
    fill::weigh(finding, cache, whole, Confidence::Medium);
}

/// Returns the dirty part of the cache, where it is most of it.
pub(super) fn of_cache(cgroup: &CgroupFigures, cache: Bytes) -> Option<Bytes> {
    cgroup.dirty.filter(|dirty| at_least(*dirty, 50, cache))
}
