//! Swap is full, and about as much memory as it would take compressed is in no counter: zram.

use oomkit_core::{place::Evidence, rule::Findings};

use super::unaccounted::residue;
use crate::case::{Case, at_least};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least a tenth of the memory is in no counter, swap is full, and the residue is between 15 % and 130 % of the swap in use.
    ///
    /// ## Why it matters
    ///
    /// A zram device keeps swapped pages compressed in memory itself, and no counter of the report holds that memory.
    /// Its size is not extra memory.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_zram`
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-4.15_amd64_pipes`
    /// - `debian-6.12_amd64_global_swap`
    ZRAM {
        code: "OKD015",
        name: "zram",
        summary: "swap in memory itself (zram)",
        severity: Warning,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some((residue, _)), Some(total), Some(used)) =
        (residue(case), case.machine.swap_total, case.machine.swap_used)
    else {
        return;
    };
    let full = at_least(used, 98, total);
    let compressed = at_least(residue, 15, used) && !at_least(residue, 130, used);
    if !full || !compressed {
        return;
    }
    let said = format!(
        "swap of {total} is full and {residue} of memory are in no counter: this fits a zram device, which keeps \
         swap in memory itself (a rule of thumb; `zramctl` tells)"
    );
    findings.at(case.proof(Part::Total, "Total swap"), said).and([case.proof_of("free_bytes")]).remedy(
        "do not count zram as extra memory: what does not compress costs its full size; make it smaller, or add swap \
         on a disk",
    );
}
