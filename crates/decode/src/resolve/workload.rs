//! Who ran in the victim's cgroup: what its path says, and the names that somebody knows.

use std::sync::Arc;

use oomkit_core::{
    finding::Confidence,
    workload::{Directory, Qos, Workload},
};

use crate::report::{Constraint, Memcg, Victim};

/// Returns the workload; those who know names are asked in their order.
pub(super) fn of(
    constraint: Option<&Constraint>,
    memcg: Option<&Memcg>,
    victims: &[Victim],
    host: Option<&str>,
    names: &[Arc<dyn Directory>],
    notes: &mut Vec<String>,
) -> Option<Workload> {
    let of_task = constraint.and_then(|constraint| constraint.task_memcg.as_deref());
    let of_limit = constraint.and_then(|constraint| constraint.oom_memcg.as_deref());
    let path = of_task.or(of_limit).or_else(|| memcg.and_then(|memcg| memcg.path.as_deref()))?;
    let mut workload = Workload::of_path(path)?;
    for directory in names {
        if let Some(known) = directory.look_up(&workload, host, notes) {
            workload.learn(known);
        }
    }
    // A container outside of the pods' cgroups has no class in its path.
    if workload.pod_uid.is_some() && workload.qos.is_none() {
        let adj = victims.first().filter(|victim| !victim.oom_score_adj_inferred);
        let class = adj.and_then(|victim| Qos::of_adjustment(victim.oom_score_adj?));
        if let Some((qos, _)) = class.filter(|(_, confidence)| Confidence::Low < *confidence) {
            workload.qos = Some(qos.name().to_owned());
            notes.push("the class of the pod is concluded from the victim's adjustment".to_owned());
        }
    }
    Some(workload)
}
