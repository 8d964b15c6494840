//! Several pages in one piece were wanted, but there was no memory in the first place.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{in_one_piece, stock};
use crate::case::Case;
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The request is for several pages in one piece, and no zone that it may use has more free than has to stay free.
    ///
    /// ## Why it matters
    ///
    /// It looks like fragmentation and is not: a single page would have failed as well.
    ///
    /// ## Fires
    ///
    /// - `debian-7.2_amd64_swarm`
    /// - `ubuntu-5.4_amd64_swarm`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_amd64_pagealloc`
    NOT_FRAGMENTATION {
        code: "OKD205",
        name: "not-fragmentation",
        summary: "a large piece was wanted, but nothing was free",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(order @ 1..) = case.order() else { return };
    let Some(stock) = stock(case).filter(|stock| stock.exhausted) else { return };
    let Some(size) = case.machine.page.get().checked_shl(order).map(Bytes::new) else { return };
    let said = format!(
        "this is no fragmentation: {} was asked for, but with {} free a single page would have failed too",
        in_one_piece(size, order),
        stock.spare
    );
    findings.at(case.proof_of_head(), said);
}
