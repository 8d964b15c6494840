//! What was free is memory for contiguous allocations, which this request may not use.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least half of what is free in the zones that the request may use is memory for contiguous allocations (CMA), and the request is not for movable pages.
    ///
    /// ## Why it matters
    ///
    /// Only pages that can be moved away again may go there, so that a device gets its contiguous piece when it asks.
    /// The kernel's own objects may not.
    ///
    /// ## Fires
    ///
    /// - `debian-5.10_arm64_global`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12-16k_arm64_global`
    CONTIGUOUS_MEMORY_FREE {
        code: "OKD209",
        name: "contiguous-memory-free",
        summary: "free memory that only movable pages may use",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.speaks_of_machine() || case.zones.request.is_none_or(|request| request.movable) {
        return;
    }
    let contiguous = case.zones.sum(|gauge| case.zone_counter(gauge, "free_cma_bytes").unwrap_or_default());
    let free = case.zones.sum(|gauge| gauge.free);
    let Some(first) = case.zones.open().max_by_key(|gauge| case.zone_counter(gauge, "free_cma_bytes")) else {
        return;
    };
    if contiguous.get() == 0 || contiguous.get() < free.get() / 2 {
        return;
    }
    let said = format!(
        "{} free memory is set aside for contiguous allocations (CMA), which this request may not use",
        of_whole(contiguous, free)
    );
    findings
        .at(case.proof_of_gauge(first), said)
        .remedy("make the area smaller with cma= on the kernel's command line, if no device needs all of it");
}
