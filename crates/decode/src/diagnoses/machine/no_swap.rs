//! The machine has no swap.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::units::Bytes;

use crate::case::{Case, at_least};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The machine ran out of memory, it has no swap, and at least half of its memory is anonymous.
    ///
    /// ## Why it matters
    ///
    /// Without swap, anonymous memory cannot be moved out at all, not even what is never used again.
    /// It is a remark, never a cause by itself.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_global`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global_swap`
    /// - `debian-6.12_amd64_slab_inodes`
    NO_SWAP {
        code: "OKD024",
        name: "no-swap",
        summary: "no swap",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(Bytes::ZERO), Some(anon), Some(usable)) =
        (case.machine.swap_total, case.machine.anon, case.machine.usable)
    else {
        return;
    };
    if case.is_global() && at_least(anon, 50, usable) {
        let said = "the machine has no swap, so anonymous memory could not be moved out at all";
        findings.at(case.proof(Part::Total, "Total swap"), said);
    }
}
