//! The machine was told to panic when memory runs out.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The panic says that panic_on_oom is enabled.
    ///
    /// ## Why it matters
    ///
    /// It is a setting, not a fault of the kernel: with 1 for the OOM of a machine, with 2 for that of any cgroup, too.
    ///
    /// ## Fires
    ///
    /// - `debian-7.2_amd64_panic_on_oom`
    /// - `ubuntu-4.15_amd64_panic_on_oom2_memcg`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_deadlock`
    PANIC_ON_OOM {
        code: "OKD109",
        name: "panic-on-oom",
        summary: "the machine was told to panic",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(text) = case.event.panic.as_deref().filter(|text| text.contains("panic_on_oom")) else { return };
    let value = if text.contains("compulsory") { 2 } else { 1 };
    let said = format!("the kernel panicked because it was told to: vm.panic_on_oom is {value}");
    findings.at(case.proof(Part::Marker, "panic_on_oom"), said).remedy(
        "set vm.panic_on_oom=0 to have one process killed in place of the whole machine; keep it only where a cluster \
         fails over, and with kdump in working order",
    );
}
