//! Workload: a cgroup path read as runtime, pod, container, unit.

use schemars::JsonSchema;
use serde::Serialize;

/// What a cgroup path says about who runs there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Workload {
    /// Who manages the cgroup: `kubernetes`, `docker`, `podman`, `systemd`, `nomad`, `ecs`, `lxc`, `libvirt`, `cri-o`.
    pub runtime: Option<String>,
    /// The quality-of-service class of a pod: `guaranteed`, `burstable` or `besteffort`.
    pub qos: Option<String>,
    /// The UID of the pod, with dashes.
    pub pod_uid: Option<String>,
    /// The id of the container.
    pub container_id: Option<String>,
    /// The systemd unit.
    pub unit: Option<String>,
    /// The name that the path itself gives: an LXC container, a Nomad task, a machine.
    pub name: Option<String>,
    /// The user whose service manager runs the unit.
    pub user: Option<u32>,
}
