//! An adjustment that was handed down from a service to all that it started.

use oomkit_core::{place::Evidence, rule::Findings};

use super::is_kubernetes;
use crate::case::{Case, is_protected, own_memory};
use crate::report::Task;
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// A shell, which sets no adjustment of its own, is protected by −900 or less, and so are others beside it.
    /// That these belong together is a rule of thumb: the log does not tell who is whose parent.
    ///
    /// ## Why it matters
    ///
    /// Adjustments are inherited.
    /// A service that protects itself, such as an agent or a badly configured sshd, protects with it all that it starts, and a job started from there cannot be killed.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [    600]     0   600     4000     1000    65536        0         -1000 sshd
    /// [    640]     0   640     2000      500    65536        0         -1000 bash
    /// [    700]     0   700   200000   150000  1228800        0         -1000 import-job
    /// [    710]     0   710    20000    15000   128800        0             0 nginx
    /// Out of memory: Killed process 710 (nginx) total-vm:4000kB, anon-rss:60000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.15_amd64_adj`
    INHERITED_ADJUSTMENT {
        code: "OKD506",
        name: "inherited-adjustment",
        summary: "a protection handed down to all that a service starts",
        severity: Warning,
        confidence: Low,
    }
}

/// Programs that set no adjustment of their own, and start others.
const SHELLS: [&[u8]; 8] = [b"bash", b"sh", b"zsh", b"dash", b"fish", b"ksh", b"sudo", b"su"];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if !case.is_oom() || is_kubernetes(case) {
        return;
    }
    let is_shell = |task: &&Task| SHELLS.contains(&task.comm.as_bytes());
    let protected = || case.event.tasks.iter().filter(|task| is_protected(task));
    let Some(shell) = protected().find(is_shell) else { return };
    let same = || protected().filter(|task| task.oom_score_adj == shell.oom_score_adj && !is_shell(task));
    let Some(largest) = same().max_by_key(|task| own_memory(task)) else { return };
    let held: Bytes = same().map(own_memory).sum();
    let adj = shell.oom_score_adj.map_or_else(String::new, |adj| adj.to_string());
    let said = format!(
        "{} (pid {}) has the adjustment {adj}, which a shell only inherits; by this rule of thumb the service that it came \
         from hands its protection down to all that it starts ({held} in {} others, the largest {})",
        shell.comm,
        shell.pid,
        same().count(),
        largest.comm
    );
    findings.at(case.proof_of_task(shell), said).and([case.proof_of_task(largest)]).remedy(
        "start such jobs with `choom -n 0 --` or systemd-run, and set OOMScoreAdjust=0 for what the service starts",
    );
}
