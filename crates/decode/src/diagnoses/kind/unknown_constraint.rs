//! The kernel names a constraint that this program does not know.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::ident::visible;

use crate::case::Case;
use crate::kernel::constraint::Kind;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The summary has a name of a constraint other than the four known ones, or names a policy of the OOM killer.
    ///
    /// ## Why it matters
    ///
    /// A program attached to the kernel (BPF) or a newer kernel may have chosen by rules of its own.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// oom-kill:constraint=CONSTRAINT_BPF,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=java,pid=5,uid=0
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.15_amd64_numa_cpuset1`
    UNKNOWN_CONSTRAINT {
        code: "OKD119",
        name: "unknown-constraint",
        summary: "a constraint that this program does not know",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let name = case.event.constraint.as_ref().and_then(|constraint| constraint.name.as_deref());
    let unknown = name.filter(|name| Kind::of(name).is_none());
    let policy = case.event.lines.find(Part::Choice, "oom_policy=");
    if unknown.is_none() && policy.is_none() {
        return;
    }
    let what = unknown.map_or("a policy".into(), |name| visible(name.as_bytes()));
    let said = format!("{what} took part in the choice, whose rules are not known here");
    findings.at(case.proof(Part::Choice, "oom_policy="), said);
}
