//! The memory nodes that a memory policy allows were full, whatever the others had.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::{finding::Confidence, ident::visible, units::Bytes};

use crate::case::Case;
use crate::report::Scope;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel says that a memory policy limited the allocation.
    /// Where its line is missing, the dump gives it away: more memory is free than the nodes that it shows have.
    ///
    /// ## Why it matters
    ///
    /// Memory of other nodes could not be used, so the machine as a whole need not be short.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.15_amd64_numa_mempolicy`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_amd64_numa_global`
    MEMPOLICY_BOUND {
        code: "OKD105",
        name: "mempolicy-bound",
        summary: "the nodes that a memory policy allows were full",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.is_oom() || case.event.scope != Scope::Mempolicy {
        return;
    }
    let constraint = case.event.constraint.as_ref();
    let nodes = constraint.and_then(|constraint| constraint.nodemask.as_deref());
    let nodes = nodes.map_or_else(String::new, |nodes| format!(" ({})", visible(nodes.as_bytes())));
    let inferred = case.event.scope_inferred;
    let hidden = case.machine.hidden_free.filter(|hidden| *hidden != Bytes::ZERO);
    let elsewhere = hidden.map_or_else(String::new, |hidden| format!("; {hidden} were free on other nodes"));
    let concluded = if inferred { ", as the dump shows" } else { "" };
    let said = format!("the nodes that a memory policy allows{nodes} were full{concluded}{elsewhere}");
    let finding = findings.at(case.proof_of_choice(), said).remedy(
        "use `numactl --preferred` or `--interleave` in place of `--membind`, or move work to other nodes",
    );
    // Kernels of today name the cpuset behind the table only: without its name, it may be a cpuset as well.
    let is_named =
        constraint.is_some_and(|constraint| constraint.cpuset.is_some() || constraint.nodemask.is_some());
    if inferred {
        finding.confidence(if is_named { Confidence::Medium } else { Confidence::Low });
    }
}
