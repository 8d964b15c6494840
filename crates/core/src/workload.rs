//! Workload: a cgroup path read as runtime, pod, container, unit.
//!
//! The path alone is read; names that only an API or a file of the runtime knows are left to others.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::ident::visible;

mod path;

/// What a cgroup path says about who runs there.
///
/// The sandbox container of a pod (`pause`) has a path like any other container's, so it cannot be
/// told from here.
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

    /// Returns the workload in one plain phrase, such as `docker container a1b2c3d4e5f6`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = String::new();
        if self.monitor {
            out.push_str("monitor of ");
        }
        let named = self.describe_kind(&mut out);
        if let Some(unit) = &self.unit {
            out.push_str(if named { ", unit " } else { "unit " });
            out.push_str(&visible(unit.as_bytes()));
        }
        if let Some(user) = self.user {
            push(&mut out, format_args!(" of user {user}"));
        }
        if self.misplaced {
            out.push_str(", outside the pods' cgroup");
        }
        if out.is_empty() { "unknown workload".to_owned() } else { out }
    }

    /// Says all but the unit; returns whether there was anything to say.
    fn describe_kind(&self, out: &mut String) -> bool {
        let before = out.len();
        match self.runtime.as_deref() {
            None | Some("systemd") => {}
            Some("kubernetes") => self.describe_pod(out),
            Some("nomad") => {
                push(out, format_args!("Nomad task {}", shown(&self.name)));
                push(out, format_args!(" of allocation {}", shown(&self.instance)));
            }
            Some("ecs") => {
                push(out, format_args!("ECS task {}", shown(&self.instance)));
                self.describe_container(out);
            }
            Some("lxc") => push(out, format_args!("LXC container {}", shown(&self.name))),
            Some("libvirt") => push(out, format_args!("virtual machine {}", shown(&self.name))),
            Some("nspawn") => push(out, format_args!("nspawn machine {}", shown(&self.name))),
            Some(runtime) => match (&self.container_id, &self.instance) {
                (Some(id), _) => push(out, format_args!("{runtime} container {}", short(id))),
                (None, pod) => push(out, format_args!("{runtime} pod {}", short(&shown(pod)))),
            },
        }
        before < out.len()
    }

    fn describe_pod(&self, out: &mut String) {
        match (&self.pod_uid, &self.qos) {
            (Some(uid), Some(qos)) => push(out, format_args!("{qos} pod {uid}")),
            (Some(uid), None) => push(out, format_args!("pod {uid}")),
            (None, Some(qos)) => push(out, format_args!("all {qos} pods")),
            (None, None) => out.push_str("all pods"),
        }
        self.describe_container(out);
    }

    fn describe_container(&self, out: &mut String) {
        let Some(id) = &self.container_id else { return };
        push(out, format_args!(", container {}", short(id)));
        if let Some(engine) = &self.engine {
            push(out, format_args!(" ({engine})"));
        }
    }
}

/// Returns the first twelve characters of an id, as the container runtimes' own lists show it.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

fn shown(text: &Option<String>) -> String {
    text.as_deref().map_or_else(|| "?".to_owned(), |text| visible(text.as_bytes()).into_owned())
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(text);
}
