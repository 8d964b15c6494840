//! Much of what was free is kept for requests that can go nowhere else.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, Gauge, at_least};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// A lower zone has more free than its high watermark, but not more than that and what it keeps from requests that may use a higher zone.
    /// Such memory makes up at least half of what is free in all, and 1 % of the machine's memory.
    ///
    /// ## Why it matters
    ///
    /// It looks as if the kernel had killed in the midst of free memory.
    /// But vm.lowmem_reserve_ratio keeps this part for requests that cannot use any other zone.
    ///
    /// ## Fires
    ///
    /// - `debian-5.10-686pae_i386_highmem`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.4_i386_highmem`
    /// - `ubuntu-4.15_i386_lowmem`
    LOWMEM_RESERVE {
        code: "OKD208",
        name: "lowmem-reserve",
        summary: "free memory that is kept for others",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(managed) = case.machine.managed.filter(|_| case.speaks_of_machine()) else { return };
    let is_kept = |gauge: &&Gauge| {
        gauge.high < gauge.free && gauge.free <= gauge.needed && at_least(gauge.free, 1, managed)
    };
    let Some(zone) = case.zones.open().filter(is_kept).max_by_key(|gauge| gauge.free) else { return };
    let Some(free) = case.counter("free_bytes").filter(|free| at_least(zone.free, 50, *free)) else { return };
    let said = format!(
        "of the {free} free, {} stand in {} and are not for this request: {} have to stay free there, most of it for \
         requests that can use no other zone",
        zone.free,
        case.zone_name(zone),
        zone.needed
    );
    findings.at(case.proof_of_gauge(zone), said);
}
