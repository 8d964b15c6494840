//! A pod died because its node ran out of memory, not because of its own limit.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The whole machine ran out, and the victim ran in a pod.
    ///
    /// ## Why it matters
    ///
    /// Kubernetes shows OOMKilled as if the pod had hit its limit, though it may have been well below.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/kubepods/burstable/pod0f6a1c2e-7b3d-4a5f-9c8e-2d1b0a9f8e7d/a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00,task=java,pid=5,uid=0
    /// Out of memory: Killed process 5 (java) total-vm:4000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.18_amd64_memcg2_k8s`
    /// - `debian-6.12_amd64_global`
    NODE_OUT_OF_MEMORY {
        code: "OKD117",
        name: "node-out-of-memory",
        summary: "a pod died because its node ran out",
        severity: Warning,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let workload = case.event.workload.as_ref().filter(|_| case.is_global());
    let Some(workload) = workload.filter(|workload| workload.pod_uid.is_some()) else { return };
    let said = format!(
        "the node ran out of memory, not the pod: {} may have been below its limit, though Kubernetes shows OOMKilled",
        workload.describe()
    );
    findings.at(case.proof_of_choice(), said).remedy(
        "reserve memory for the system (kubeReserved, systemReserved), raise evictionHard memory.available so that the \
         kubelet evicts in time, and give every pod of the node a memory limit",
    );
}
