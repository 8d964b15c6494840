//! Kernel objects that could be dropped, but were not, fill a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings};

use super::memcg_kernel_memory;
use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 15 % of what the cgroup uses are kernel objects (slab) that count as droppable: directory
    /// entries and inodes.
    ///
    /// ## Why it matters
    ///
    /// At a kill they should be gone.
    /// That they are not means that something holds them: files in tmpfs, open files, mounts.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_memcg2_inodes`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_memcg2_pipe`
    /// - `debian-6.1_amd64_memcg1_docker`
    MEMCG_SLAB_RECLAIMABLE {
        code: "OKD329",
        name: "memcg-slab-reclaimable",
        summary: "kernel objects that could be dropped, but were not, fill a cgroup",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((slab, whole)) = fill::stat(case, "slab_reclaimable", memcg_kernel_memory::SLAB) else { return };
    let said = format!(
        "directory entries and inodes (reclaimable slab) took {}, and something held them",
        of_whole(slab, whole)
    );
    let finding = findings.at(case.proof_of_stats(&["slab_reclaimable"]), said).and([case.proof_of_limit()]);
    finding.remedy(
        "count the files that the group makes or walks through: many small files in tmpfs, millions of files in one \
         walk, or files that stay open (`ls /proc/PID/fd | wc -l`)",
    );
    fill::weigh(finding, slab, whole, Confidence::Medium);
}
