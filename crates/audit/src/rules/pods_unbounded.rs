//! All pods together may take the whole machine.

use oomkit_core::rule::Findings;

use super::words::as_written;
use crate::{
    model::{LimitModel, Live, Place},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live node, the cgroup of all pods has no limit, or one as large as the machine: the kubelet keeps
    /// nothing for the system, for itself and for the container runtime.
    ///
    /// ## Why it matters
    ///
    /// When pods take all memory, the kernel looks for whom to kill on the whole machine.
    /// The kubelet itself, the runtime and sshd are then starved with the pods, and the node goes away as a
    /// whole.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/kubepods.slice/memory.max
    /// max
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/kubepods.slice/memory.max
    /// 7516192768
    /// ```
    PODS_UNBOUNDED {
        code: "OKA052",
        name: "pods-unbounded",
        summary: "all pods together may take the whole machine",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let memory = model.machine.as_ref().and_then(|machine| machine.memory);
    for (_, scope, _) in model.live().filter(|(_, _, live)| is_of_all_pods(live)) {
        let Some(limit) = &scope.memory.limit else { continue };
        let is_whole = match (&limit.value, memory) {
            (Amount::Unlimited, _) => true,
            (Amount::Size(size), Some(memory)) => memory <= *size,
            _ => false,
        };
        if !is_whole {
            continue;
        }
        let of =
            memory.map_or_else(|| "the machine".to_owned(), |memory| format!("all {memory} of the machine"));
        let message = format!("all pods together may take {of} ({})", as_written(limit));
        findings.at(limit.place, message).remedy(
            "set systemReserved and kubeReserved (memory) in the kubelet's configuration, so that it limits this cgroup",
        );
    }
}

/// Tells whether a cgroup is the one that holds all pods of all classes.
fn is_of_all_pods(live: &Live) -> bool {
    live.workload.as_ref().is_some_and(|workload| {
        workload.runtime.as_deref() == Some("kubernetes")
            && workload.pod_uid.is_none()
            && workload.qos.is_none()
            && workload.container_id.is_none()
            && workload.unit.as_deref().is_none_or(|unit| unit.ends_with(".slice"))
    })
}
