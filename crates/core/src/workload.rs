//! Workload: a cgroup path read as runtime, pod, container, unit, and the names that others know for them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{limit::Limit, units::Bytes};

mod names;
mod path;
mod phrase;
mod qos;

pub use names::{Directory, Known, Names, Owner};
pub use qos::Qos;

/// What a cgroup path says about who runs there, and what is known of it besides.
///
/// A path has ids; the fields from `pod` to `source` are `None` unless somebody was asked who knows
/// names. The sandbox container of a pod (`pause`) has a path like any other container's, so only
/// they can tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Workload {
    /// Who manages the cgroup: `kubernetes`, `docker`, `podman`, `systemd`, `nomad`, `ecs`, `lxc`,
    /// `libvirt`, `nspawn`, `cri-o`, `containerd`.
    pub runtime: Option<String>,
    /// What runs the container, where the path tells: `containerd`, `cri-o`, `docker`, `podman`.
    pub engine: Option<String>,
    /// The quality-of-service class of a pod: `guaranteed`, `burstable` or `besteffort`.
    pub qos: Option<String>,
    /// The UID of the pod, with dashes; a hash without dashes for a static pod.
    pub pod_uid: Option<String>,
    /// The id of what holds the container: a Nomad allocation, an ECS task, a Podman pod.
    pub instance: Option<String>,
    /// The id of the container.
    pub container_id: Option<String>,
    /// The systemd unit: the one that runs in the container, or else the service around it.
    pub unit: Option<String>,
    /// The name that the path itself gives: an LXC container, a Nomad task, a machine.
    pub name: Option<String>,
    /// The user whose service manager runs the unit.
    pub user: Option<u32>,
    /// Whether this is the runtime's own watcher (conmon, LXC's monitor) and not the workload.
    pub monitor: bool,
    /// Whether a pod's container lies outside `kubepods`, so that the limits of the pod and of all
    /// pods do not bind it; runtime and kubelet disagree about the cgroup driver.
    pub misplaced: bool,
    /// The name of the pod.
    pub pod: Option<String>,
    /// The namespace of the pod, or of the Nomad job.
    pub namespace: Option<String>,
    /// What made the pod: `Deployment/web`, `StatefulSet/db`, `Job/redis`.
    pub owner: Option<String>,
    /// The name of the container.
    pub container: Option<String>,
    /// The image that the container was made from.
    pub image: Option<String>,
    /// The Compose project.
    pub project: Option<String>,
    /// The Compose service.
    pub service: Option<String>,
    /// The memory limit that was asked for; the cgroup's own may have changed since.
    pub declared_limit_bytes: Option<Limit>,
    /// The memory that was asked for, which the scheduler counts.
    pub declared_request_bytes: Option<Bytes>,
    /// Whether this is the sandbox of a pod, which only holds its namespaces.
    pub sandbox: bool,
    /// Where the names were read.
    pub named_by: Option<String>,
}

impl Workload {
    /// Reads a cgroup path below its mount point; the deepest kind that it shows is the answer.
    ///
    /// Kinds nest, as in a cluster inside a container, or in a container inside a unit.
    /// `None` where no part of the path is of a known kind.
    ///
    /// # Example
    ///
    /// ```
    /// use oomkit_core::workload::Workload;
    ///
    /// let workload = Workload::of_path("/system.slice/nginx.service").expect("a unit");
    /// assert_eq!(workload.describe(), "unit nginx.service");
    /// ```
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        path::read(path)
    }

    /// Takes what somebody knows; what the path itself says stands.
    pub fn learn(&mut self, known: Known) {
        let of = |mine: &mut Option<String>, known: Option<String>| {
            if mine.is_none() {
                *mine = known;
            }
        };
        of(&mut self.pod, known.pod);
        of(&mut self.namespace, known.namespace);
        // A pod of Podman has an id, which its path tells as the instance.
        if self.runtime.as_deref() != Some("podman") {
            of(&mut self.pod_uid, known.pod_uid);
        }
        of(&mut self.qos, known.qos);
        of(&mut self.owner, known.owner.map(|owner| owner.to_string()));
        of(&mut self.container, known.container);
        of(&mut self.image, known.image);
        of(&mut self.project, known.project);
        of(&mut self.service, known.service);
        of(&mut self.named_by, known.source);
        self.declared_limit_bytes = self.declared_limit_bytes.or(known.limit);
        self.declared_request_bytes = self.declared_request_bytes.or(known.request);
        self.sandbox |= known.sandbox;
    }
}
