//! A cgroup ran into its limit; the machine as a whole may be fine.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The report names a cgroup whose limit was hit.
    ///
    /// ## Why it matters
    ///
    /// More memory for the machine changes nothing: the limit decides.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_memcg2_k8s`
    /// - `ubuntu-4.15_amd64_memcg1_docker`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    CGROUP_OUT_OF_MEMORY {
        code: "OKD102",
        name: "cgroup-out-of-memory",
        summary: "a cgroup ran out, not the machine",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.is_cgroup() {
        return;
    }
    let who =
        case.event.workload.as_ref().map_or_else(|| "a cgroup".to_owned(), |workload| workload.describe());
    let said = format!("the limit of {who} was hit; the machine itself may have memory to spare");
    findings.at(case.proof_of_limit(), said);
}
