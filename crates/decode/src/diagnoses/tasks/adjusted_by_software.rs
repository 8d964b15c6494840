//! An adjustment that programs set for themselves.

use oomkit_core::{place::Evidence, rule::Findings};

use super::{adjusted, is_kubernetes};
use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim does not run in Kubernetes, and its adjustment is one that software is known to set: 100 and 200 for a user's services under systemd, and 100 to 900 for a process that has the name of a browser or of an Electron program.
    /// These values are known by experience only, so this is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// No administrator set it.
    /// A browser offers its tabs before itself, and systemd a user's services before the session.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [    700]  1000   700   200000   150000  1228800        0           300 chrome
    /// Out of memory: Killed process 700 (chrome) total-vm:4000kB, anon-rss:600000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:300
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.15_amd64_sockets`
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    ADJUSTED_BY_SOFTWARE {
        code: "OKD505",
        name: "adjusted-by-software",
        summary: "an adjustment that software sets by itself",
        severity: Note,
        confidence: Low,
    }
}

/// Names of programs that run a browser's engine begin like this.
const BROWSERS: [&[u8]; 14] = [
    b"chrome",
    b"chromium",
    b"electron",
    b"code",
    b"slack",
    b"teams",
    b"discord",
    b"brave",
    b"msedge",
    b"firefox",
    b"Web Content",
    b"Isolated",
    b"WebKit",
    b"steamwebhelper",
];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((victim, adj)) = adjusted(case).filter(|_| !is_kubernetes(case)) else { return };
    let name = victim.comm.as_bytes();
    let of_user = case.event.workload.as_ref().is_some_and(|workload| workload.user.is_some());
    let by = match adj.get() {
        100 | 200 if of_user || name == b"(sd-pam)" => "systemd sets for the services of a user",
        100..=900 if BROWSERS.iter().any(|start| name.starts_with(start)) => {
            "browsers and Electron set for tabs and helpers, the higher the less they are seen"
        }
        _ => return,
    };
    let said = format!(
        "{} (pid {}) has the adjustment {adj}, as {by}; by this rule of thumb no administrator chose it",
        victim.comm, victim.pid
    );
    findings.at(case.proof_of_kill(victim), said);
}
