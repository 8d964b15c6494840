//! Groups: the processes of a snapshot, taken together by what they have in common.

use std::collections::BTreeMap;

use oomkit_core::{
    ident::{Comm, Uid},
    workload::Workload,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    held::Held,
    name::Name,
    snapshot::{Hierarchy, Process, ProcessId, Snapshot},
};

/// What processes are taken together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Each process for itself.
    Process,
    /// All processes of a name.
    #[default]
    Name,
    /// All processes of a user.
    User,
    /// What a control group is charged for, the groups below it included.
    Cgroup,
    /// All processes that are in a control group itself, those of the groups below it left out.
    Members,
    /// All processes of a systemd unit.
    Unit,
    /// All processes of a pod.
    Pod,
}

/// Who holds memory: a process, or a group of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Holder {
    /// One process, which may have changed its name.
    Process {
        /// Who it is.
        #[serde(flatten)]
        id: ProcessId,
        /// Its names, sorted.
        comms: Vec<Comm>,
    },
    /// All processes of a name.
    Name {
        /// The name.
        comm: Comm,
    },
    /// All processes of a user; `None` for those whose user is not known.
    User {
        /// The user id.
        uid: Option<Uid>,
    },
    /// A control group.
    Cgroup {
        /// Its path.
        path: Name,
        /// Its hierarchy.
        hierarchy: Hierarchy,
    },
    /// All processes that are in a control group itself; `None` for those whose group is not known.
    Members {
        /// The path of the group.
        path: Option<Name>,
    },
    /// All processes of a systemd unit; `None` for those that are in none.
    Unit {
        /// The unit.
        unit: Option<String>,
    },
    /// All processes of a pod, by the UID that its path has; `None` for those that are in none.
    Pod {
        /// The UID of the pod.
        uid: Option<String>,
    },
}

/// Returns what everybody holds; `None` where the snapshot could not read it.
#[must_use]
pub fn held(snapshot: &Snapshot, by: By) -> Option<BTreeMap<Holder, Held>> {
    if by == By::Cgroup {
        let places = snapshot.cgroups.as_ref()?.iter().map(|cgroup| {
            (Holder::Cgroup { path: cgroup.path.clone(), hierarchy: cgroup.hierarchy }, cgroup.into())
        });
        return Some(places.collect());
    }
    let mut groups: BTreeMap<Holder, Held> = BTreeMap::new();
    for process in snapshot.processes.as_ref()? {
        groups.entry(holder(snapshot, process, by)).or_default().add(&process.into());
    }
    Some(groups)
}

fn holder(snapshot: &Snapshot, process: &Process, by: By) -> Holder {
    match by {
        By::Process => Holder::Process { id: snapshot.identity(process), comms: vec![process.comm.clone()] },
        By::User => Holder::User { uid: process.uid },
        By::Members => Holder::Members { path: process.cgroup.clone() },
        By::Unit => Holder::Unit { unit: workload(process).and_then(|workload| workload.unit) },
        By::Pod => Holder::Pod { uid: workload(process).and_then(|workload| workload.pod_uid) },
        // Control groups are no groups of processes, and are answered for above.
        By::Name | By::Cgroup => Holder::Name { comm: process.comm.clone() },
    }
}

fn workload(process: &Process) -> Option<Workload> {
    Workload::of_path(std::str::from_utf8(process.cgroup.as_ref()?.as_bytes()).ok()?)
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};
    use oomkit_core::{ident::Pid, units::Bytes};

    use super::*;
    use crate::snapshot::{BootClock, BootId, Moment, StartTicks};

    #[test]
    fn processes_are_taken_together_by_what_their_path_says() {
        let moment = Moment::new(
            BootId::new(b"a"),
            BootClock::from_micros(1),
            None,
            Timestamp::UNIX_EPOCH,
            Offset::UTC,
        );
        let mut snapshot = Snapshot::at(moment);
        let process = |pid: i64, cgroup: Option<&str>| {
            let mut process = Process::new(Pid::new(pid), StartTicks::new(1), Comm::new(b"worker"));
            process.rss_anon_bytes = Some(Bytes::new(pid.unsigned_abs()));
            process.cgroup = cgroup.map(Name::from);
            process
        };
        let pod = "/kubepods.slice/kubepods-pod0c3a6c5e_0000_4000_8000_000000000001.slice";
        snapshot.processes = Some(vec![
            process(1, Some("/system.slice/nginx.service")),
            process(10, Some("/system.slice/nginx.service")),
            process(100, Some(pod)),
            process(1000, None),
        ]);
        let sums = |by| -> Vec<u64> {
            held(&snapshot, by).unwrap().values().filter_map(Held::own).map(Bytes::get).collect()
        };
        assert_eq!(sums(By::Members), [1000, 100, 11]);
        assert_eq!(sums(By::Unit), [1100, 11]);
        assert_eq!(sums(By::Pod), [1011, 100]);
        assert_eq!(sums(By::Name), [1111]);
        assert_eq!(sums(By::Process), [1, 10, 100, 1000]);
        assert_eq!(held(&snapshot, By::Cgroup), None);
    }
}
