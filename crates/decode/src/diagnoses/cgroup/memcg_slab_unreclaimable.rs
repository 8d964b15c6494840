//! Kernel objects that cannot be dropped fill a cgroup.

use oomkit_core::{finding::Confidence, place::Evidence, rule::Findings};

use super::memcg_kernel_memory;
use crate::case::{Case, of_whole};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 15 % of what the cgroup uses are kernel objects (slab) that cannot be dropped.
    ///
    /// ## Why it matters
    ///
    /// Each open file, socket, mapping and directory entry in use costs such objects, and they count
    /// against the group that made them.
    /// They stand in no process's size, so the victim looks innocent.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_memcg2_inodes`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_memcg2_pipe`
    /// - `debian-6.1_amd64_memcg1_docker`
    MEMCG_SLAB_UNRECLAIMABLE {
        code: "OKD309",
        name: "memcg-slab-unreclaimable",
        summary: "kernel objects that cannot be dropped fill a cgroup",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((slab, whole)) = fill::stat(case, "slab_unreclaimable", memcg_kernel_memory::SLAB) else {
        return;
    };
    let said = format!("kernel objects (slab) that cannot be dropped took {}", of_whole(slab, whole));
    let finding =
        findings.at(case.proof_of_stats(&["slab_unreclaimable"]), said).and([case.proof_of_limit()]);
    finding.remedy(
        "see with `slabtop -s c` which cache grows with the group: inode caches stand for files and tmpfs, \
         `kmalloc-cg-*` for sockets, pipes and drivers, `vm_area_struct` for mappings",
    );
    fill::weigh(finding, slab, whole, Confidence::Medium);
}
