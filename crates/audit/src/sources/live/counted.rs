//! Which cgroups are counted: containers, units, and whatever else runs processes by itself.

use oomkit_core::{reading::Reading, workload::Workload};
use oomkit_host::kernel::cgroup_tree::{Cgroup, Forest};

/// Which cgroups are counted, and how many processes each has.
pub(super) struct Counted {
    is: Vec<bool>,
    processes: Vec<Option<u64>>,
}

/// Reads a path; what the runtime watches with is no workload.
pub(super) fn workload(path: &str) -> Option<Workload> {
    Workload::of_path(path)
}

/// What a cgroup is by itself, whatever lies around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Container,
    Unit,
    /// The sandbox of a pod, or a monitor: it belongs to something that is counted.
    Helper,
    Other,
}

impl Counted {
    /// Decides for all cgroups of a host.
    pub(super) fn of(forest: &Forest, workloads: &[Option<Workload>]) -> Self {
        let ranks: Vec<Rank> =
            forest.cgroups.iter().zip(workloads).map(|(cgroup, of)| rank(cgroup, of.as_ref())).collect();
        let processes = processes(forest);
        let runs = |place: usize| processes.get(place).copied().flatten() != Some(0);
        // Whether a container or a unit that runs something lies below.
        let mut holds = vec![false; ranks.len()];
        for (place, cgroup) in forest.cgroups.iter().enumerate().rev() {
            let named = matches!(ranks.get(place), Some(Rank::Container | Rank::Unit)) && runs(place);
            if let Some(parent) = cgroup.parent
                && (named || holds.get(place) == Some(&true))
                && let Some(above) = holds.get_mut(parent)
            {
                *above = true;
            }
        }
        let mut inside = vec![false; ranks.len()];
        let mut is = vec![false; ranks.len()];
        for (place, cgroup) in forest.cgroups.iter().enumerate() {
            let within = cgroup.parent.is_some_and(|parent| {
                let at = |of: &[bool]| of.get(parent) == Some(&true);
                at(&inside) || at(&is)
            });
            let is_root = cgroup.parent.is_none() && forest.is_whole;
            let own = cgroup.members.as_ref().known().is_some_and(|members| !members.is_empty());
            let counts = match ranks.get(place) {
                Some(Rank::Container) => runs(place),
                Some(Rank::Unit) => runs(place) && holds.get(place) == Some(&false),
                Some(Rank::Helper) | None => false,
                Some(Rank::Other) => own,
            };
            if let (Some(is), Some(inside)) = (is.get_mut(place), inside.get_mut(place)) {
                *is = counts && !within && !is_root;
                *inside = within;
            }
        }
        Self { is, processes }
    }

    /// Tells whether a cgroup is counted.
    pub(super) fn is(&self, place: usize) -> bool {
        self.is.get(place) == Some(&true)
    }

    /// Returns how many processes a cgroup has, those below it included.
    pub(super) fn processes(&self, place: usize) -> Option<u64> {
        self.processes.get(place).copied().flatten()
    }
}

fn rank(cgroup: &Cgroup, workload: Option<&Workload>) -> Rank {
    let Some(workload) = workload else { return Rank::Other };
    let last = cgroup.path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let is_unit = last.ends_with(b".service") || last.ends_with(b".scope");
    if workload.monitor || workload.sandbox {
        return Rank::Helper;
    }
    // A Nomad task, an LXC container and a virtual machine have a name where others have an id.
    let is_container = workload.container_id.is_some()
        || workload.name.is_some() && workload.runtime.as_deref() != Some("systemd");
    match (is_container, is_unit) {
        (true, _) => Rank::Container,
        (false, true) => Rank::Unit,
        (false, false) => Rank::Other,
    }
}

/// Counts processes upwards; a cgroup whose members cannot be read makes all above it unknown.
fn processes(forest: &Forest) -> Vec<Option<u64>> {
    let own = |cgroup: &Cgroup| match &cgroup.members {
        Reading::Known(members) => Some(members.len() as u64),
        Reading::Absent | Reading::Denied | Reading::Vanished | Reading::Malformed(_) => None,
    };
    let mut counts: Vec<Option<u64>> = forest.cgroups.iter().map(own).collect();
    for (place, cgroup) in forest.cgroups.iter().enumerate().rev() {
        let below = counts.get(place).copied().flatten();
        if let Some(above) = cgroup.parent.and_then(|parent| counts.get_mut(parent)) {
            *above = above.zip(below).map(|(above, below)| above + below);
        }
    }
    counts
}
