//! Clean file pages fill a cgroup, and could not be dropped in time.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings};

use super::memcg_dirty_pages;
use crate::case::{Case, CgroupFigures, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 30 % of what the cgroup uses are file pages, and most of them are clean.
    /// Below one half this is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// Clean pages can be dropped at once, so at a kill there should be few.
    /// Where there are many, they were locked, came back as fast as they went (thrashing), or the
    /// request itself could not wait for a file system.
    ///
    /// ## Fires
    ///
    /// ```log
    /// indexer invoked oom-killer: gfp_mask=0xc40(GFP_NOFS), order=0, oom_score_adj=0
    /// memory: usage 262144kB, limit 262144kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /index:
    /// anon 83886080
    /// file 167772160
    /// shmem 0
    /// file_dirty 4096
    /// file_writeback 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/index,task_memcg=/index,task=indexer,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (indexer) total-vm:200000kB, anon-rss:80000kB, file-rss:90000kB, shmem-rss:0kB, UID:0 pgtables:480kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    MEMCG_PAGE_CACHE {
        code: "OKD307",
        name: "memcg-page-cache",
        summary: "clean file pages fill a cgroup",
        severity: Error,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, cache, whole)) = fill::part_of(case, CgroupFigures::page_cache, 30) else { return };
    if memcg_dirty_pages::of_cache(cgroup, cache).is_some() {
        return;
    }
    let locked = case.stat("unevictable").filter(|locked| cache.get() / 2 <= locked.get());
    let why = match locked {
        Some(locked) => format!("{locked} of the group is locked in memory"),
        None => "most of them clean, and yet they could not be dropped in time".into(),
    };
    let said = format!("file pages took {}: {why}", of_whole(cache, whole));
    let finding = findings.at(case.proof_of_stats(&["file", "total_cache", "cache"]), said);
    finding.and([case.proof_of_limit()]).remedy(match locked {
        Some(_) => "see which process locks files (VmLck in /proc/PID/status: mlock, MAP_LOCKED), and lock less",
        None => {
            "see whether the group reads the same files again and again (workingset_refault_file of memory.stat \
             grows fast): then its limit is too small for the files that it works on"
        }
    });
    fill::weigh(finding, cache, whole, Confidence::Low);
}
