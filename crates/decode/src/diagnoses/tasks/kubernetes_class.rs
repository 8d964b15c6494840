//! What the adjustment says in the words of Kubernetes.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use oomkit_core::finding::{Confidence, Severity};

use super::{adjusted, is_kubernetes, is_place_known, size_of};
use crate::case::{Case, percent};
use crate::report::Victim;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim runs in Kubernetes, or has the adjustment 1000 and the log does not tell its cgroup.
    /// The adjustment tells its class: 1000 is BestEffort, 2 to 999 Burstable, −997 Guaranteed; −998 and −999 belong to sandboxes and to the kubelet.
    ///
    /// ## Why it matters
    ///
    /// Nobody chose that number: the kubelet computes it from the requests.
    /// A BestEffort pod has neither request nor limit: nothing stops it, and it is the first to die.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    ///
    /// ```log
    /// worker invoked oom-killer: gfp_mask=0x14280ca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), nodemask=(null), order=0, oom_score_adj=1000
    /// CPU: 9 PID: 38623 Comm: worker Not tainted 4.15.0-142-generic #146
    /// Mem-Info:
    /// active_anon:100000 inactive_anon:1000 isolated_anon:0
    ///  free:2000 free_pcp:0 free_cma:0
    /// Out of memory: Kill process 38581 (worker) score 1703 or sacrifice child
    /// Killed process 38581 (worker) total-vm:720000kB, anon-rss:460000kB, file-rss:0kB, shmem-rss:0kB
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `ubuntu-5.15_amd64_adj`
    KUBERNETES_CLASS {
        code: "OKD504",
        name: "kubernetes-class",
        summary: "the class of a pod, by its adjustment",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((victim, adj)) = adjusted(case) else { return };
    let certain = is_kubernetes(case);
    let adj = adj.get();
    if !certain && (adj != 1000 || is_place_known(case)) {
        return;
    }
    let who = format!("{} (pid {})", victim.comm, victim.pid);
    let from = if victim.oom_score_adj_inferred { " (taken from its asking thread)" } else { "" };
    if adj == 1000 {
        return best_effort(case, victim, &format!("{who} has the adjustment 1000{from}"), findings);
    }
    let Some(class) = class(case, adj) else { return };
    let said = format!("{who} has the adjustment {adj}{from}: {class}");
    let finding = findings.at(case.proof_of_kill(victim), said);
    if victim.oom_score_adj_inferred {
        finding.confidence(Confidence::Medium);
    }
}

fn best_effort(case: &Case, victim: &Victim, who: &str, findings: &mut Findings<'_, Evidence>) {
    let certain = is_kubernetes(case);
    let is = if certain {
        "its pod is BestEffort in Kubernetes"
    } else {
        "that is what Kubernetes gives to a BestEffort pod"
    };
    let said = format!(
        "{who}: {is}, which has neither request nor limit, so nothing limited it and it is the first to die"
    );
    let size = size_of(case, victim);
    let most = whole(case, victim).map(|whole| percent(whole, 50));
    let figure = match (size, most) {
        (Some(size), Some(most)) if most < size => {
            format!(
                "it had {size} without one; at most {most}, half of the node, would have spared the others"
            )
        }
        (Some(size), _) => {
            format!(
                "it had {size} when it died; if that is what it needs, {} leaves it a quarter more",
                percent(size, 125)
            )
        }
        (None, _) => "what it needs in good times and a quarter more".to_owned(),
    };
    let finding = findings.at(case.proof_of_kill(victim), said);
    finding.and([case.proof_of_head()]).severity(Severity::Warning).remedy(format!(
        "set resources.limits.memory and resources.requests.memory of its container: {figure}"
    ));
    if !certain || victim.oom_score_adj_inferred {
        finding.confidence(Confidence::Medium);
    }
}

/// Returns the memory and swap of the machine: as counted, or by the share that a printed score tells.
fn whole(case: &Case, victim: &Victim) -> Option<Bytes> {
    case.machine.with_swap().filter(|_| case.is_global()).or_else(|| victim.total_by_score())
}

fn class(case: &Case, adj: i16) -> Option<String> {
    Some(match adj {
        2..=999 => {
            let thousandths = 1000 - u64::from(adj.unsigned_abs());
            let node = case.machine.managed.filter(|_| case.is_global());
            let request = node.map_or_else(String::new, |node| {
                format!(", which is about {}", Bytes::new(node.get() / 1000 * thousandths))
            });
            format!(
                "its pod is Burstable in Kubernetes, and its container asks for about {thousandths} thousandths of the \
                 node's memory{request}; the less a container asks for, the sooner it dies"
            )
        }
        -997 => "its pod is Guaranteed in Kubernetes, with limits as high as its requests; it dies at its own limit, or \
                 when nobody else is left"
            .to_owned(),
        -998 => "Kubernetes gives it to the sandbox of a pod and to critical pods".to_owned(),
        -999 => "Kubernetes gives it to its own services, such as the kubelet".to_owned(),
        _ => return None,
    })
}
