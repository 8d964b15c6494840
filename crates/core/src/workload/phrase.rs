//! A workload in words: names before ids, and an id beside each name of a container.

use std::fmt::Write as _;

use super::Workload;
use crate::ident::visible;

impl Workload {
    /// Returns the workload in one plain phrase, such as `docker container web (a1b2c3d4e5f6)`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = String::new();
        if self.monitor {
            out.push_str("monitor of ");
        }
        if self.sandbox {
            out.push_str("sandbox of ");
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

    /// Returns the names by which people know the workload, without ids; `None` where only ids are known.
    ///
    /// All pods of one Deployment have the same label, so that kills can be counted by it.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        let mut out = String::new();
        match (&self.pod, &self.owner, &self.service) {
            (None, None, Some(_)) => self.describe_service(&mut out),
            (pod, owner, _) => {
                let name = owner.as_ref().or(pod.as_ref());
                if let Some(name) = name {
                    if let Some(namespace) = &self.namespace {
                        push(&mut out, format_args!("{}/", visible(namespace.as_bytes())));
                    }
                    out.push_str(&visible(name.as_bytes()));
                }
                let container = self.container.as_ref().filter(|_| !self.sandbox);
                if let Some(container) = container {
                    let comma = if out.is_empty() { "" } else { ", " };
                    push(&mut out, format_args!("{comma}container {}", visible(container.as_bytes())));
                }
            }
        }
        (!out.is_empty()).then_some(out)
    }

    /// Returns what a cgroup at or above this workload's own is called, by the names that are known here.
    ///
    /// A limit that was hit may be the pod's and not the container's.
    #[must_use]
    pub fn label_of(&self, path: &str) -> Option<String> {
        let limited = Self::of_path(path)?;
        let is_container = limited.container_id.is_some();
        let is_same = if is_container {
            limited.container_id == self.container_id
        } else {
            limited.pod_uid.is_some() && limited.pod_uid == self.pod_uid
                || limited.instance.is_some() && limited.instance == self.instance
        };
        if !is_same {
            return None;
        }
        if is_container {
            return self.label();
        }
        let whole = if limited.pod_uid.is_some() { ", the whole pod" } else { "" };
        Self { container: None, ..self.clone() }.label().map(|label| label + whole)
    }

    /// Says all but the unit; returns whether there was anything to say.
    fn describe_kind(&self, out: &mut String) -> bool {
        let before = out.len();
        match self.runtime.as_deref() {
            Some("nomad") => {
                push(out, format_args!("Nomad task {}", shown(&self.name)));
                self.describe_owner(out);
                push(out, format_args!(", allocation {}", shown(&self.instance)));
            }
            Some("ecs") => {
                push(out, format_args!("ECS task {}", shown(&self.instance)));
                self.describe_container(out);
            }
            Some("lxc") => push(out, format_args!("LXC container {}", shown(&self.name))),
            Some("libvirt") => push(out, format_args!("virtual machine {}", shown(&self.name))),
            Some("nspawn") => push(out, format_args!("nspawn machine {}", shown(&self.name))),
            // A path outside of `kubepods` may still be a pod's, for whoever knows the id.
            runtime if runtime == Some("kubernetes") || self.pod.is_some() => self.describe_pod(out),
            None | Some("systemd") => self.describe_single("", out),
            Some(runtime) => self.describe_single(&format!("{} ", visible(runtime.as_bytes())), out),
        }
        before < out.len()
    }

    fn describe_pod(&self, out: &mut String) {
        if let Some(qos) = &self.qos {
            let all = if self.pod.is_none() && self.pod_uid.is_none() { "all " } else { "" };
            push(out, format_args!("{all}{} ", visible(qos.as_bytes())));
        }
        match (&self.pod, &self.pod_uid) {
            (Some(pod), _) => {
                out.push_str("pod ");
                if let Some(namespace) = &self.namespace {
                    push(out, format_args!("{}/", visible(namespace.as_bytes())));
                }
                out.push_str(&visible(pod.as_bytes()));
            }
            (None, Some(uid)) => push(out, format_args!("pod {}", visible(uid.as_bytes()))),
            (None, None) => out.push_str(if self.qos.is_some() { "pods" } else { "all pods" }),
        }
        self.describe_owner(out);
        self.describe_container(out);
    }

    fn describe_owner(&self, out: &mut String) {
        if let Some(owner) = &self.owner {
            push(out, format_args!(" of {}", visible(owner.as_bytes())));
        }
    }

    fn describe_container(&self, out: &mut String) {
        match (&self.container, &self.container_id) {
            (Some(name), Some(id)) if !self.sandbox => {
                push(out, format_args!(", container {} ({})", visible(name.as_bytes()), short(id)));
            }
            (_, Some(id)) => {
                push(out, format_args!(", container {}", short(id)));
                if let Some(engine) = &self.engine {
                    push(out, format_args!(" ({})", visible(engine.as_bytes())));
                }
            }
            (_, None) => {}
        }
    }

    /// Says a container that stands by itself, or a pod of containers.
    fn describe_single(&self, runtime: &str, out: &mut String) {
        match (&self.container_id, &self.container, &self.instance) {
            (Some(id), Some(name), _) => {
                push(out, format_args!("{runtime}container {} ({})", visible(name.as_bytes()), short(id)));
            }
            (Some(id), None, _) => push(out, format_args!("{runtime}container {}", short(id))),
            (None, _, Some(pod)) => push(out, format_args!("{runtime}pod {}", short(pod))),
            (None, _, None) => {}
        }
        if self.service.is_some() && self.container_id.is_some() {
            out.push_str(", ");
            self.describe_service(out);
        }
    }

    fn describe_service(&self, out: &mut String) {
        out.push_str("Compose service ");
        if let Some(project) = &self.project {
            push(out, format_args!("{}/", visible(project.as_bytes())));
        }
        out.push_str(&shown(&self.service));
    }
}

/// Returns the first twelve characters of an id, as the container runtimes' own lists show it; a
/// pseudonym stays whole.
fn short(id: &str) -> &str {
    id.get(..12).filter(|short| short.chars().all(|c| c.is_ascii_hexdigit())).unwrap_or(id)
}

fn shown(text: &Option<String>) -> String {
    text.as_deref().map_or_else(|| "?".to_owned(), |text| visible(text.as_bytes()).into_owned())
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Known, Owner},
        *,
    };

    const CID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
    const UID: &str = "0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b";

    fn known(fields: &str) -> Known {
        let mut known = Known::default();
        for field in fields.split(' ').filter(|field| !field.is_empty()) {
            let (key, value) = field.split_once('=').unwrap();
            let value = Some(value.replace("ESC", "\u{1b}"));
            match key {
                "pod" => known.pod = value,
                "namespace" => known.namespace = value,
                "container" => known.container = value,
                "project" => known.project = value,
                "service" => known.service = value,
                "sandbox" => known.sandbox = true,
                "owner" => {
                    let (kind, name) = field.split_once('=').unwrap().1.split_once('/').unwrap();
                    known.owner = Some(Owner { kind: kind.into(), name: name.into(), uid: None });
                }
                _ => panic!("{key}"),
            }
        }
        known
    }

    #[test]
    fn names_stand_before_ids() {
        let pod = format!("/kubepods/burstable/pod{UID}/{CID}");
        let docker = format!("/system.slice/docker-{CID}.scope");
        let nomad = format!("/nomad/{UID}.redis");
        for (path, fields, phrase, label) in [
            (
                pod.as_str(),
                "pod=web-7d-x namespace=shop owner=Deployment/web container=php",
                "burstable pod shop/web-7d-x of Deployment/web, container php (a1b2c3d4e5f6)",
                Some("shop/Deployment/web, container php"),
            ),
            (
                &pod,
                "pod=web-7d-x namespace=shop sandbox=1",
                "sandbox of burstable pod shop/web-7d-x, container a1b2c3d4e5f6",
                Some("shop/web-7d-x"),
            ),
            (
                &docker,
                "container=shop-web-1 project=shop service=web",
                "docker container shop-web-1 (a1b2c3d4e5f6), Compose service shop/web",
                Some("Compose service shop/web"),
            ),
            (
                &docker,
                "container=evilESC[2J",
                "docker container evil\\x1b[2J (a1b2c3d4e5f6)",
                Some("container evil\\x1b[2J"),
            ),
            (&docker, "pod=p container=c", "pod p, container c (a1b2c3d4e5f6)", Some("p, container c")),
            (
                &nomad,
                "owner=Job/cache namespace=default",
                "Nomad task redis of Job/cache, allocation 0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b",
                Some("default/Job/cache"),
            ),
            ("/system.slice/nginx.service", "", "unit nginx.service", None),
        ] {
            let mut workload = Workload::of_path(path).unwrap();
            workload.learn(known(fields));
            assert_eq!(workload.describe(), phrase);
            assert_eq!(workload.label().as_deref(), label, "{phrase}");
        }
    }

    #[test]
    fn a_limit_above_the_container_is_called_by_the_pod() {
        let mut workload = Workload::of_path(&format!("/kubepods/burstable/pod{UID}/{CID}")).unwrap();
        workload.learn(known("pod=web-7d-x namespace=shop container=php"));
        for (path, label) in [
            (format!("/kubepods/burstable/pod{UID}/{CID}"), Some("shop/web-7d-x, container php")),
            (format!("/kubepods/burstable/pod{UID}"), Some("shop/web-7d-x, the whole pod")),
            ("/kubepods/burstable".to_owned(), None),
            (format!("/docker/{CID}"), Some("shop/web-7d-x, container php")),
            ("/".to_owned(), None),
        ] {
            assert_eq!(workload.label_of(&path).as_deref(), label, "{path}");
        }
    }
}
