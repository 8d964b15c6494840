//! Kernel caches that could be reclaimed on paper still held the memory.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::finding::Severity;

use crate::case::{Case, at_least, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Reclaimable slab makes up at least a fifth of the usable memory at an OOM.
    ///
    /// ## Why it matters
    ///
    /// Caches of inodes and file names are given back under pressure, unless something holds them: files in use, a mount such as a tmpfs, dying cgroups.
    /// At an OOM so much of them is unusual.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.15_i386_lowmem`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_amd64_slab_inodes`
    SLAB_RECLAIMABLE {
        code: "OKD008",
        name: "slab-reclaimable",
        summary: "reclaimable kernel objects that were not reclaimed",
        severity: Error,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((slab, usable)) = case.holds("slab_reclaimable_bytes", 20) else { return };
    let said = format!(
        "caches of kernel objects held {}; they count as reclaimable, but were not reclaimed",
        of_whole(slab, usable)
    );
    let finding = findings.at(case.proof_of("slab_reclaimable_bytes"), said).remedy(
        "see with `slabtop -s c` whether these are inodes and file names; look for who walks or makes very many \
         files, for files in a tmpfs, and for cgroups that do not go away; a higher vm.vfs_cache_pressure (200) \
         reclaims them earlier",
    );
    if !at_least(slab, 30, usable) {
        finding.severity(Severity::Warning);
    }
}
