//! Kernel objects that cannot be reclaimed hold the memory.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::ident::visible;

use crate::case::{Case, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// Unreclaimable slab makes up at least 30 % of the usable memory.
    ///
    /// ## Why it matters
    ///
    /// These are objects that the kernel itself holds: inodes in use, sockets, timers, a driver's buffers.
    /// No process owns them, so killing processes helps only where the objects go with them.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_slab_inodes`
    /// - `ubuntu-5.15_amd64_slab_inodes`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_i386_lowmem`
    SLAB_UNRECLAIMABLE {
        code: "OKD006",
        name: "slab-unreclaimable",
        summary: "unreclaimable kernel objects hold the memory",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((slab, usable)) = case.holds("slab_unreclaimable_bytes", 30) else { return };
    let said = format!("kernel objects that cannot be reclaimed held {}", of_whole(slab, usable));
    let known = case.event.slab.first();
    let largest = known.map_or_else(
        || "see which cache grows with `slabtop -s c`".to_owned(),
        |cache| format!("the largest cache is {} with {}", visible(cache.name.as_bytes()), cache.total_bytes),
    );
    findings.at(case.proof_of("slab_unreclaimable_bytes"), said).remedy(format!(
        "{largest}; find who makes these objects (a leak in a driver, very many files, sockets or timers); a cgroup \
         limit on the workload that makes them also bounds them"
    ));
}
