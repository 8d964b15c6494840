//! An allocation failed, and nothing was killed for it.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::units::Bytes;

use crate::case::Case;
use crate::report::EventKind;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The report begins with a failed allocation, and nobody was killed.
    ///
    /// ## Why it matters
    ///
    /// Requests for more than eight pages in one piece, requests that may not wait and requests that give up by themselves never lead to a kill.
    /// Whoever asked has to cope, or fails.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-4.4_amd64_pagealloc`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    ALLOCATION_FAILURE {
        code: "OKD113",
        name: "allocation-failure",
        summary: "an allocation failed without a kill",
        severity: Warning,
        confidence: High,
    }
}

/// The largest order that the kernel kills for (`PAGE_ALLOC_COSTLY_ORDER`).
const COSTLY: u32 = 3;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if case.event.kind != EventKind::AllocFailure {
        return;
    }
    let order = case.order();
    let why = match (order, case.zones.request) {
        (Some(order), _) if COSTLY < order => "so large a piece is never killed for",
        (_, Some(request)) if !request.may_wait => "the request could not wait for memory to be freed",
        (_, Some(request)) if request.gives_up => "the request gives up rather than have something killed",
        _ => "the kernel did not kill for it",
    };
    let size = order.and_then(|order| case.machine.page.get().checked_shl(order)).map(Bytes::new);
    let size = size.map_or_else(|| "memory".to_owned(), |size| format!("{size} in one piece"));
    let said = format!("an allocation of {size} failed and nothing was killed: {why}");
    findings.at(case.proof_of_head(), said).remedy(
        "if it comes back: raise vm.min_free_kbytes (twice the present value) for requests that cannot wait, and look \
         for a newer driver if one stands in the call trace",
    );
}
