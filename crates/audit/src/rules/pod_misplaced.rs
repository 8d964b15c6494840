//! A pod's container that lies outside of the cgroup of all pods.

use oomkit_core::rule::Findings;

use super::words::subject;
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// On a live node, a container of a pod does not lie in the cgroup that the kubelet has made for all pods.
    ///
    /// ## Why it matters
    ///
    /// Kubelet and runtime disagree about the cgroup driver (`cgroupDriver` against `SystemdCgroup`).
    /// The pod's limit and the node's do not hold for the container, and it is accounted where nobody looks.
    ///
    /// ## Fires
    ///
    /// ```host
    /// //- /proc/meminfo
    /// MemTotal: 8388608 kB
    /// //- /sys/fs/cgroup/cgroup.controllers
    /// memory
    /// //- /sys/fs/cgroup/system.slice/kubepods-burstable-pod0f6a1c2e_3b4d_4e5f_8a9b_0c1d2e3f4a5b.slice:cri-containerd:a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90/memory.max
    /// 536870912
    /// //- /sys/fs/cgroup/system.slice/kubepods-burstable-pod0f6a1c2e_3b4d_4e5f_8a9b_0c1d2e3f4a5b.slice:cri-containerd:a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90/cgroup.procs
    /// 812
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
    /// //- /sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f6a1c2e_3b4d_4e5f_8a9b_0c1d2e3f4a5b.slice/cri-containerd-a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90.scope/memory.max
    /// 536870912
    /// ```
    POD_MISPLACED {
        code: "OKA062",
        name: "pod-misplaced",
        summary: "a pod lies outside of the cgroup of all pods",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope, live) in model.live().filter(|(_, _, live)| live.is_counted) {
        if live.workload.as_ref().is_some_and(|workload| workload.misplaced) {
            let message =
                format!("{}: the limits of its pod and of the node do not hold", subject(model, scope));
            findings.at(scope.place, message).remedy(
                "set SystemdCgroup in the runtime's configuration and cgroupDriver in the kubelet's to the same driver",
            );
        }
    }
}
