//! All processes of a cgroup were killed together, on purpose.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::ident::visible;

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The kernel says that a cgroup is killed because of memory.oom.group.
    ///
    /// ## Why it matters
    ///
    /// It is one event, however many processes died.
    ///
    /// ## Fires
    ///
    /// - `debian-7.2_amd64_memcg2_group`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.18_amd64_memcg2_k8s`
    GROUP_KILL {
        code: "OKD111",
        name: "group-kill",
        summary: "a whole group died on purpose",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(path) = case.event.oom_group.as_deref() else { return };
    let said = format!(
        "{} processes of {} were killed together, because memory.oom.group is set",
        case.event.victims.len(),
        visible(path.as_bytes())
    );
    findings.at(case.proof(Part::Kill, "memory.oom.group"), said);
}
