//! A cgroup's limit is so low that its unit may be a mistake.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::Case;

/// Hardly any program in a container runs with less.
const TINY: Bytes = Bytes::new(16 << 20);

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The limit is below 16 MiB; that this is too low is a rule of thumb.
    ///
    /// ## Why it matters
    ///
    /// Units are read differently everywhere: `128m` is an eighth of a byte in Kubernetes and 128 MiB in
    /// Docker, a plain `64` is 64 bytes, and what does not parse may become nothing.
    ///
    /// ## Fires
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 4096kB, limit 4096kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=worker,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (worker) total-vm:60000kB, anon-rss:3000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:120kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-5.10_amd64_memcg2_names`
    /// - `debian-6.1_amd64_memcg1_docker`
    MEMCG_TINY_LIMIT {
        code: "OKD322",
        name: "memcg-tiny-limit",
        summary: "a cgroup's limit is so low that its unit may be a mistake",
        severity: Warning,
        confidence: Low,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(cgroup) = case.cgroup.as_ref().filter(|_| case.is_cgroup()) else { return };
    let Some(limit) = cgroup.limit.filter(|limit| *limit < TINY) else { return };
    let said = format!(
        "the limit of {} is only {limit}, which few programs fit into (a rule of thumb); its unit may be a mistake",
        cgroup.name()
    );
    let platform = cgroup.owner.as_ref().and_then(|owner| owner.runtime.as_deref());
    findings.at(case.proof_of_limit(), said).remedy(match platform {
        Some("kubernetes") => {
            "write `128Mi` for 128 MiB: `128m` is a thousandth of that many bytes, and `128` bytes"
        }
        Some("systemd") => "write `MemoryMax=128M`; a plain number is bytes",
        Some("docker" | "podman") => "write `128m`; a plain number is bytes",
        _ => "check the unit that the limit was written with; a plain number is bytes nearly everywhere",
    });
}
