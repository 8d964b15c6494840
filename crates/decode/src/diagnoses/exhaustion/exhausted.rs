//! The memory was really gone: the allocator could not have gone on.

use oomkit_core::{place::Evidence, rule::Findings};

use super::stock;
use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The last try before a kill is made against the high watermarks: in the zones that the request may use, what is free for it has to stay above them, and above what is kept from it.
    /// A single page may come from any of these zones, so their sums are compared; memory that comes back between the decision and the dump is allowed for by a factor of two.
    /// Several pages in one piece are looked for zone by zone.
    ///
    /// ## Why it matters
    ///
    /// It tells a real shortage from a kill in the midst of free memory, which has other causes: fragmentation, a closed zone, a policy, a bug.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.4_i386_highmem`
    /// - `debian-5.10_arm64_global`
    /// - `debian-6.12_ppc64el_global`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_pagealloc`
    /// - `ubuntu-5.15_amd64_numa_cpuset1`
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    EXHAUSTED {
        code: "OKD201",
        name: "exhausted",
        summary: "the memory was really gone",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(stock) = stock(case).filter(|stock| stock.exhausted) else { return };
    // In a single zone the dump is the proof; among several the fullest is named.
    let Some(fullest) = case.zones.open().max_by_key(|gauge| gauge.needed) else { return };
    let marks = if case.is_oom() { "the high watermarks and reserves" } else { "watermarks and reserves" };
    let said = format!(
        "the memory was really gone: {} were free for this request, and {} have to stay free ({marks})",
        stock.spare, stock.needed
    );
    findings.at(case.proof_of_gauge(fullest), said);
}
