//! The request was not allowed to free memory through the file system.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The mask of the request allows waiting, but no calls into file systems, or no I/O.
    ///
    /// ## Why it matters
    ///
    /// Such a request cannot write dirty pages out or drop inodes, so it may fail while memory could still be had.
    /// For the whole machine the kernel does not kill for it; in a cgroup it does.
    ///
    /// ## Fires
    ///
    /// ```log
    /// kworker/u8:1 invoked oom-killer: gfp_mask=0xc40(GFP_NOFS), order=0, oom_score_adj=0
    /// memory: usage 4096kB, limit 4096kB, failcnt 10
    /// Memory cgroup out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    NO_FILE_SYSTEM_RECLAIM {
        code: "OKD216",
        name: "no-file-system-reclaim",
        summary: "a request that could not free memory through file systems",
        severity: Note,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let named = case.event.trigger.as_ref().is_some_and(|trigger| !trigger.gfp_flags.is_empty());
    let Some(request) = case.zones.request.filter(|_| named && (case.is_oom() || case.speaks_of_machine()))
    else {
        return;
    };
    if request.may_enter_fs || !request.may_wait {
        return;
    }
    let what = if request.may_do_io { "write pages out through file systems" } else { "start I/O" };
    let so = if case.is_global() {
        "; the kernel does not kill for such a request alone, so a cgroup may stand behind this kill"
    } else {
        ", so memory that could have been freed stayed"
    };
    findings
        .at(case.proof_of_head(), format!("the asking task was not allowed to {what} while it waited{so}"));
}
