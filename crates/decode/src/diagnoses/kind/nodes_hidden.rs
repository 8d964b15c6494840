//! The dump leaves nodes out, on which the request was not allowed.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, at_least};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// More memory is free than the zones of the dump show, by at least 5 % of the memory, and no line tells whether a cpuset or a policy was the reason.
    ///
    /// ## Why it matters
    ///
    /// Kernels show only the nodes that the request may use, so such a dump is of a confined request even where no line says so.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Mem-Info:
    /// active_anon:1000 inactive_anon:1000 isolated_anon:0
    ///  free:100000 free_pcp:0 free_cma:0
    /// Node 0 Normal free:4000kB min:4100kB low:5000kB high:6000kB present:524288kB managed:500000kB
    /// 262144 pages RAM
    /// 0 pages HighMem/MovableOnly
    /// 4096 pages reserved
    /// Out of memory: Kill process 5 (java) score 100 or sacrifice child
    /// Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-4.15_amd64_numa_global`
    NODES_HIDDEN {
        code: "OKD106",
        name: "nodes-hidden",
        summary: "the dump shows only some of the nodes",
        severity: Note,
        confidence: Medium,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(hidden), Some(managed)) = (case.machine.hidden_free, case.machine.managed) else { return };
    // Where a line names the constraint, this would only repeat it.
    if !case.is_confined() || !case.event.scope_inferred || !at_least(hidden, 5, managed) {
        return;
    }
    let said = format!(
        "{hidden} were free in zones that the dump does not show: the request was confined to some of the nodes, by a \
         cpuset or a memory policy"
    );
    findings.at(case.proof_of("free_bytes"), said);
}
