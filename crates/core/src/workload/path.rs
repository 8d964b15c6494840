//! The shapes of cgroup paths, by component, each with the runtime that makes it.

use super::Workload;

/// Reads a path; see [`Workload::of_path`].
pub(super) fn read(path: &str) -> Option<Workload> {
    let components: Vec<&str> = path.split('/').filter(|component| !component.is_empty()).collect();
    let mut rest = components.as_slice();
    let mut found: Option<Workload> = None;
    // What systemd says on the way to the next container; a container starts a world of its own.
    let mut unit: Option<&str> = None;
    let mut user: Option<u32> = None;
    while let [component, after @ ..] = rest {
        if let Some((mut kind, taken)) = kind_at(rest) {
            kind.unit = kind.unit.or_else(|| around(unit));
            kind.user = user;
            found = Some(kind);
            unit = None;
            rest = rest.get(taken..).unwrap_or_default();
            continue;
        }
        // systemd puts an underscore before names that the kernel uses itself.
        let component = component.strip_prefix('_').unwrap_or(component);
        if is_unit(component) {
            if let Some(uid) = unit.and_then(user_manager) {
                user = Some(uid);
            }
            unit = Some(component);
        }
        rest = after;
    }
    match (found.or_else(|| unnamed(&components)), unit) {
        (Some(kind), None) => Some(kind),
        (Some(kind), unit) if kind.runtime.is_none() => Some(Workload { unit: around(unit), user, ..kind }),
        (Some(kind), Some(inner))
            if kind.runtime.as_deref() == Some("kubernetes") && kind.pod_uid.is_none() =>
        {
            Some(Workload { unit: around(Some(inner)), ..kind })
        }
        (Some(kind), Some(inner)) => Some(Workload { unit: Some(inner.to_owned()), ..kind }),
        (None, Some(unit)) => Some(Workload { unit: Some(unit.to_owned()), user, ..runtime("systemd") }),
        (None, None) => None,
    }
}

type Kind = Option<(Workload, usize)>;

/// Reads the kind that starts at the first component, and how many components it takes.
fn kind_at(rest: &[&str]) -> Kind {
    kubernetes(rest)
        .or_else(|| ecs(rest))
        .or_else(|| nomad(rest))
        .or_else(|| podman(rest))
        .or_else(|| container(rest))
        .or_else(|| machine(rest))
}

/// Returns a container that only its id tells: a parent was chosen by hand, as with `--cgroup-parent`.
fn unnamed(components: &[&str]) -> Option<Workload> {
    let id = components.iter().rfind(|component| is_container_id(component))?;
    // The namespace in which containerd keeps a cluster's containers.
    let of_cluster = components.contains(&"k8s.io");
    let engine = of_cluster.then(|| "containerd".to_owned());
    Some(Workload { engine, container_id: Some((*id).to_owned()), ..Workload::default() })
}

/// Returns the unit around a container: a slice only groups, and a user's manager owns.
fn around(unit: Option<&str>) -> Option<String> {
    unit.filter(|unit| !unit.ends_with(".slice") && user_manager(unit).is_none()).map(str::to_owned)
}

fn runtime(name: &str) -> Workload {
    Workload { runtime: Some(name.to_owned()), ..Workload::default() }
}

fn kubernetes(rest: &[&str]) -> Kind {
    match rest {
        ["kubepods", qos @ ("burstable" | "besteffort" | "guaranteed"), after @ ..] => {
            Some(match pod_with_dashes(after) {
                Some((pod, taken)) => (Workload { qos: Some((*qos).to_owned()), ..pod }, taken + 2),
                None => (Workload { qos: Some((*qos).to_owned()), ..runtime("kubernetes") }, 2),
            })
        }
        ["kubepods", after @ ..] => Some(match pod_with_dashes(after) {
            Some((pod, taken)) => (Workload { qos: Some("guaranteed".to_owned()), ..pod }, taken + 1),
            None => (runtime("kubernetes"), 1),
        }),
        [slice, after @ ..] => {
            let (qos, tail) = kubepods_slice(slice)?;
            let Some(tail) = tail.strip_prefix("-pod") else {
                let qos = qos.map(str::to_owned);
                return (tail == ".slice").then(|| (Workload { qos, ..runtime("kubernetes") }, 1));
            };
            pod_slice(qos.unwrap_or("guaranteed"), slice, tail, after)
        }
        [] => None,
    }
}

/// Reads `kubelet-kubepods-burstable` into the class; returns what follows it.
fn kubepods_slice(slice: &str) -> Option<(Option<&'static str>, &str)> {
    // A root other than the node's own puts its names in front, joined by dashes.
    let (root, tail) = slice.rsplit_once("kubepods")?;
    let is_root = root.is_empty()
        || root.ends_with('-') && root.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
    if !is_root {
        return None;
    }
    Some(match (tail.strip_prefix("-burstable"), tail.strip_prefix("-besteffort")) {
        (Some(tail), _) => (Some("burstable"), tail),
        (_, Some(tail)) => (Some("besteffort"), tail),
        _ => (None, tail),
    })
}

/// Reads `podUID` and the container below it, as the cgroupfs driver names them.
fn pod_with_dashes(rest: &[&str]) -> Kind {
    let [pod, after @ ..] = rest else { return None };
    let uid = pod.strip_prefix("pod").filter(|uid| is_uid(uid, '-'))?;
    let pod = Workload { pod_uid: Some(uid.to_owned()), ..runtime("kubernetes") };
    let Some(container) = after.first() else { return Some((pod, 1)) };
    if is_container_id(container) {
        return Some((Workload { container_id: Some((*container).to_owned()), ..pod }, 2));
    }
    Some(match scope(container) {
        Some((engine, monitor, id)) => (in_container(pod, engine, monitor, id), 2),
        None => (pod, 1),
    })
}

/// Reads `UID.slice` and the scope below it, as the systemd driver names them.
fn pod_slice(qos: &str, slice: &str, tail: &str, after: &[&str]) -> Kind {
    let (uid, end) = tail.split_once(".slice")?;
    let uid = is_uid(uid, '_').then(|| uid.replace('_', "-"))?;
    let pod = Workload { qos: Some(qos.to_owned()), pod_uid: Some(uid), ..runtime("kubernetes") };
    if !end.is_empty() {
        let (engine, monitor, id) = slice_name(slice)?;
        return Some((Workload { misplaced: true, ..in_container(pod, engine, monitor, id) }, 1));
    }
    let below = after.first().and_then(|name| scope(name.strip_suffix(".scope")?));
    Some(match below {
        Some((engine, monitor, id)) => (in_container(pod, engine, monitor, id), 2),
        None => (pod, 1),
    })
}

fn ecs(rest: &[&str]) -> Kind {
    let task = |id: &str| Workload { instance: Some(id.to_owned()), ..runtime("ecs") };
    let of_v1 = |id: &str, container: &str| {
        let is_known = is_container_id(container)
            || container.split_once('-').is_some_and(|(task, n)| is_hex(task, 32) && is_digits(n));
        let is_task = is_hex(id, 32) || is_uid(id, '-');
        (is_task && is_known).then(|| Workload { container_id: Some(container.to_owned()), ..task(id) })
    };
    match rest {
        ["ecstasks.slice", slice, after @ ..] => {
            let id = slice.strip_prefix("ecstasks-")?.strip_suffix(".slice").filter(|id| is_hex(id, 32))?;
            let below = after.first().and_then(|name| scope(name.strip_suffix(".scope")?));
            Some(match below {
                Some((engine, monitor, container)) => (in_container(task(id), engine, monitor, container), 3),
                None => (task(id), 2),
            })
        }
        ["ecs", id, container, after @ ..] => match (of_v1(id, container), after.first()) {
            (Some(task), _) => Some((task, 3)),
            (None, Some(deeper)) => Some((of_v1(container, deeper)?, 4)),
            (None, None) => None,
        },
        _ => None,
    }
}

fn nomad(rest: &[&str]) -> Kind {
    let task = |name: &str| {
        let (id, task) = name.split_once('.').filter(|(id, task)| is_uid(id, '-') && !task.is_empty())?;
        Some(Workload { instance: Some(id.to_owned()), name: Some(task.to_owned()), ..runtime("nomad") })
    };
    match rest {
        ["nomad.slice", "share.slice" | "reserve.slice", name, ..] => {
            Some((task(name.strip_suffix(".scope")?)?, 3))
        }
        ["nomad", "share" | "reserve", name, ..] => Some((task(name)?, 3)),
        ["nomad", name, ..] => Some((task(name)?, 2)),
        _ => None,
    }
}

fn podman(rest: &[&str]) -> Kind {
    if let ["libpod_parent", pod, name, ..] = rest
        && is_container_id(pod)
        && let Some((engine, monitor, id)) = scope(name)
    {
        let pod = Workload { instance: Some((*pod).to_owned()), ..runtime("podman") };
        return Some((in_container(pod, engine, monitor, id), 3));
    }
    let [name, after @ ..] = rest else { return None };
    let Some(("machine" | "user", pod)) = name.split_once("-libpod_pod_") else {
        let id = name.strip_prefix("libpod-payload-").filter(|id| is_container_id(id))?;
        return Some((in_container(runtime("podman"), "podman", false, id), 1));
    };
    let pod = pod.strip_suffix(".slice").filter(|pod| is_container_id(pod))?;
    let pod = Workload { instance: Some(pod.to_owned()), ..runtime("podman") };
    let below = after.first().and_then(|name| scope(name.strip_suffix(".scope")?));
    Some(match below {
        Some((engine, monitor, id)) => (in_container(pod, engine, monitor, id), 2),
        None => (pod, 1),
    })
}

/// Reads a container that stands by itself: `docker-CID.scope`, `docker/CID`.
fn container(rest: &[&str]) -> Kind {
    let by_folder = match rest {
        ["docker", id, ..] if is_container_id(id) => Some(("docker", false, *id, 2)),
        ["libpod_parent", name, ..] => scope(name).map(|(engine, monitor, id)| (engine, monitor, id, 2)),
        // The runtime was given a systemd name and took it for a path.
        [name, ..] => slice_name(name).map(|(engine, monitor, id)| (engine, monitor, id, 1)),
        [] => None,
    };
    let by_scope = || {
        let (engine, monitor, id) = scope(rest.first()?.strip_suffix(".scope")?)?;
        Some((engine, monitor, id, 1))
    };
    let (engine, monitor, id, taken) = by_folder.or_else(by_scope)?;
    Some((in_container(runtime(engine), engine, monitor, id), taken))
}

/// Reads `system.slice:docker:CID`.
fn slice_name(name: &str) -> Option<(&'static str, bool, &str)> {
    let (_, end) = name.split_once(".slice:")?;
    let (prefix, id) = end.split_once(':')?;
    let (engine, monitor) = engine(prefix).filter(|_| is_container_id(id))?;
    Some((engine, monitor, id))
}

fn machine(rest: &[&str]) -> Kind {
    let named = |kind: &str, name: &str| Workload { name: Some(unescape(name)), ..runtime(kind) };
    match rest {
        ["lxc", name, ..] => Some((named("lxc", name), 2)),
        ["machine.slice", name, ..] => {
            if let Some(machine) = name.strip_prefix("machine-").and_then(|name| name.strip_suffix(".scope"))
            {
                let name = unescape(machine);
                let of_libvirt = name.starts_with("qemu-") || name.starts_with("lxc-");
                return Some((named(if of_libvirt { "libvirt" } else { "nspawn" }, machine), 2));
            }
            let machine = name.strip_prefix("systemd-nspawn@")?.strip_suffix(".service")?;
            Some((Workload { unit: Some((*name).to_owned()), ..named("nspawn", machine) }, 2))
        }
        [name, ..] => match (name.strip_prefix("lxc.payload."), name.strip_prefix("lxc.monitor.")) {
            (Some(name), _) => Some((named("lxc", name), 1)),
            (_, Some(name)) => Some((Workload { monitor: true, ..named("lxc", name) }, 1)),
            _ => None,
        },
        [] => None,
    }
}

fn in_container(workload: Workload, engine: &str, monitor: bool, id: &str) -> Workload {
    Workload { engine: Some(engine.to_owned()), monitor, container_id: Some(id.to_owned()), ..workload }
}

/// Reads `cri-containerd-CID` into engine, whether it is a monitor, and id.
fn scope(name: &str) -> Option<(&'static str, bool, &str)> {
    let (prefix, id) = name.rsplit_once('-').filter(|(_, id)| is_container_id(id))?;
    let (engine, monitor) = engine(prefix)?;
    Some((engine, monitor, id))
}

fn engine(prefix: &str) -> Option<(&'static str, bool)> {
    Some(match prefix {
        "cri-containerd" | "nerdctl" => ("containerd", false),
        "crio" => ("cri-o", false),
        "crio-conmon" => ("cri-o", true),
        "docker" => ("docker", false),
        "libpod" => ("podman", false),
        "libpod-conmon" => ("podman", true),
        _ => return None,
    })
}

fn is_unit(name: &str) -> bool {
    [".service", ".scope", ".slice", ".socket", ".mount", ".swap"]
        .iter()
        .any(|suffix| name.len() > suffix.len() && name.ends_with(suffix))
}

/// Reads `user@1000.service` into the user's id.
fn user_manager(unit: &str) -> Option<u32> {
    unit.strip_prefix("user@")?.strip_suffix(".service")?.parse().ok()
}

fn is_container_id(text: &str) -> bool {
    is_hex(text, 64)
}

/// Tells whether `text` is a UID: groups of 8, 4, 4, 4 and 12 digits, or one hash of 32.
fn is_uid(text: &str, dash: char) -> bool {
    let mut groups = text.split(dash);
    is_hex(text, 32)
        || [8, 4, 4, 4, 12].iter().all(|&width| groups.next().is_some_and(|group| is_hex(group, width)))
            && groups.next().is_none()
}

fn is_hex(text: &str, width: usize) -> bool {
    text.len() == width && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Undoes systemd's `\x2d` for the bytes that it escapes, which are printable.
fn unescape(name: &str) -> String {
    let mut parts = name.split("\\x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte.filter(u8::is_ascii_graphic), part.get(2..)) {
            (Some(byte), Some(rest)) => {
                out.push(char::from(byte));
                out.push_str(rest);
            }
            _ => {
                out.push_str("\\x");
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
    const OTHER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const UID: &str = "0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b";
    const HASH: &str = "36b6d6be73b1065af369b3985edafa09";

    /// Fills in `CID`, `OTHER`, `UID_`, `UID` and `HASH`, and checks the whole workload, fields that are set.
    fn check(path: &str, fields: &str, phrase: &str) {
        let fill = |text: &str| {
            text.replace("CID", CID)
                .replace("OTHER", OTHER)
                .replace("UID_", &UID.replace('-', "_"))
                .replace("UID", UID)
                .replace("HASH", HASH)
        };
        let Some(read) = Workload::of_path(&fill(path)) else {
            assert_eq!(fields, "none", "{path}");
            return;
        };
        let json = serde_json::to_value(&read).unwrap();
        let mut set: Vec<String> = Vec::new();
        for key in [
            "runtime",
            "engine",
            "qos",
            "pod_uid",
            "instance",
            "container_id",
            "unit",
            "name",
            "user",
            "monitor",
            "misplaced",
        ] {
            match &json[key] {
                serde_json::Value::Null | serde_json::Value::Bool(false) => {}
                serde_json::Value::Bool(true) => set.push(key.to_owned()),
                serde_json::Value::String(value) => set.push(format!("{key}={value}")),
                value => set.push(format!("{key}={value}")),
            }
        }
        assert_eq!(set.join(" "), fill(fields), "{path}");
        assert_eq!(read.describe(), fill(phrase), "{path}");
    }

    #[test]
    fn pods_are_read_under_both_drivers() {
        let id = "a1b2c3d4e5f6";
        for (path, fields, phrase) in [
            (
                "/kubepods/besteffort/podHASH/crio-CID",
                "runtime=kubernetes engine=cri-o qos=besteffort pod_uid=HASH container_id=CID",
                format!("besteffort pod HASH, container {id} (cri-o)"),
            ),
            (
                "/kubepods/burstable/podUID/CID",
                "runtime=kubernetes qos=burstable pod_uid=UID container_id=CID",
                format!("burstable pod UID, container {id}"),
            ),
            (
                "/kubepods/podUID",
                "runtime=kubernetes qos=guaranteed pod_uid=UID",
                "guaranteed pod UID".into(),
            ),
            (
                "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-podUID_.slice/cri-containerd-CID.scope",
                "runtime=kubernetes engine=containerd qos=besteffort pod_uid=UID container_id=CID",
                format!("besteffort pod UID, container {id} (containerd)"),
            ),
            (
                "/kubepods.slice/kubepods-podUID_.slice/crio-conmon-CID.scope",
                "runtime=kubernetes engine=cri-o qos=guaranteed pod_uid=UID container_id=CID monitor",
                format!("monitor of guaranteed pod UID, container {id} (cri-o)"),
            ),
            (
                "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podHASH.slice/docker-CID.scope",
                "runtime=kubernetes engine=docker qos=burstable pod_uid=HASH container_id=CID",
                format!("burstable pod HASH, container {id} (docker)"),
            ),
            (
                "/docker/OTHER/kubelet/kubepods/burstable/podUID/CID",
                "runtime=kubernetes qos=burstable pod_uid=UID container_id=CID",
                format!("burstable pod UID, container {id}"),
            ),
            (
                "/system.slice/containerd.service/kubepods-burstable-podUID_.slice:cri-containerd:CID",
                "runtime=kubernetes engine=containerd qos=burstable pod_uid=UID container_id=CID unit=containerd.service misplaced",
                format!(
                    "burstable pod UID, container {id} (containerd), unit containerd.service, outside the pods' cgroup"
                ),
            ),
            (
                "/my_kubepods.slice/my_kubepods-kubepods.slice/my_kubepods-kubepods-podUID_.slice/crio-CID.scope/container",
                "runtime=kubernetes engine=cri-o qos=guaranteed pod_uid=UID container_id=CID",
                format!("guaranteed pod UID, container {id} (cri-o)"),
            ),
            ("/kubepods-burstable-podUID_.slice:cri-containerd:CIDx", "none", String::new()),
            ("/kubepods.slice", "runtime=kubernetes", "all pods".into()),
            ("/kubepods/burstable", "runtime=kubernetes qos=burstable", "all burstable pods".into()),
            (
                "/kubepods.slice/kubepods-besteffort.slice",
                "runtime=kubernetes qos=besteffort",
                "all besteffort pods".into(),
            ),
        ] {
            check(path, fields, &phrase);
        }
    }

    #[test]
    fn containers_are_read_by_runtime() {
        let docker = "runtime=docker engine=docker container_id=CID";
        let podman = "runtime=podman engine=podman container_id=CID";
        for (path, fields, phrase) in [
            ("/docker/CID", docker, "docker container a1b2c3d4e5f6"),
            ("/system.slice/docker-CID.scope", docker, "docker container a1b2c3d4e5f6"),
            ("/docker/OTHER/docker/CID", docker, "docker container a1b2c3d4e5f6"),
            (
                "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-CID.scope",
                "runtime=docker engine=docker container_id=CID user=1000",
                "docker container a1b2c3d4e5f6 of user 1000",
            ),
            (
                "/docker/CID/system.slice/nginx.service",
                "runtime=docker engine=docker container_id=CID unit=nginx.service",
                "docker container a1b2c3d4e5f6, unit nginx.service",
            ),
            ("/machine.slice/libpod-CID.scope/container", podman, "podman container a1b2c3d4e5f6"),
            ("/libpod_parent/libpod-CID", podman, "podman container a1b2c3d4e5f6"),
            (
                "/machine.slice/libpod-conmon-CID.scope",
                "runtime=podman engine=podman container_id=CID monitor",
                "monitor of podman container a1b2c3d4e5f6",
            ),
            (
                "/system.slice/web.service/libpod-payload-CID",
                "runtime=podman engine=podman container_id=CID unit=web.service",
                "podman container a1b2c3d4e5f6, unit web.service",
            ),
            (
                "/machine.slice/machine-libpod_pod_OTHER.slice/libpod-CID.scope",
                "runtime=podman engine=podman instance=OTHER container_id=CID",
                "podman container a1b2c3d4e5f6",
            ),
            (
                "/user.slice/user-libpod_pod_OTHER.slice",
                "runtime=podman instance=OTHER",
                "podman pod 001122334455",
            ),
            (
                "/libpod_parent/OTHER/libpod-CID",
                "runtime=podman engine=podman instance=OTHER container_id=CID",
                "podman container a1b2c3d4e5f6",
            ),
            (
                "/system.slice/docker.service/system.slice:docker:CID",
                "runtime=docker engine=docker container_id=CID unit=docker.service",
                "docker container a1b2c3d4e5f6, unit docker.service",
            ),
            ("/actions_job/CID", "container_id=CID", "container a1b2c3d4e5f6"),
            (
                "/system.slice/runner.service/CID/init",
                "container_id=CID unit=runner.service",
                "container a1b2c3d4e5f6, unit runner.service",
            ),
            ("/k8s.io/CID", "engine=containerd container_id=CID", "container a1b2c3d4e5f6"),
            (
                "/system.slice/crio-CID.scope",
                "runtime=cri-o engine=cri-o container_id=CID",
                "cri-o container a1b2c3d4e5f6",
            ),
            (
                "/system.slice/crio-conmon-CID.scope",
                "runtime=cri-o engine=cri-o container_id=CID monitor",
                "monitor of cri-o container a1b2c3d4e5f6",
            ),
        ] {
            check(path, fields, phrase);
        }
    }

    #[test]
    fn clusters_and_machines_are_read() {
        for (path, fields, phrase) in [
            (
                "/ecstasks.slice/ecstasks-HASH.slice/docker-CID.scope",
                "runtime=ecs engine=docker instance=HASH container_id=CID",
                "ECS task HASH, container a1b2c3d4e5f6 (docker)",
            ),
            (
                "/ecs/UID/CID",
                "runtime=ecs instance=UID container_id=CID",
                "ECS task UID, container a1b2c3d4e5f6",
            ),
            (
                "/ecs/prod/HASH/HASH-2381",
                "runtime=ecs instance=HASH container_id=HASH-2381",
                "ECS task HASH, container 36b6d6be73b1",
            ),
            (
                "/nomad.slice/share.slice/UID.web.v2.scope",
                "runtime=nomad instance=UID name=web.v2",
                "Nomad task web.v2, allocation UID",
            ),
            ("/nomad/UID.redis", "runtime=nomad instance=UID name=redis", "Nomad task redis, allocation UID"),
            (
                "/nomad/reserve/UID.redis",
                "runtime=nomad instance=UID name=redis",
                "Nomad task redis, allocation UID",
            ),
            ("/lxc.payload.build-7", "runtime=lxc name=build-7", "LXC container build-7"),
            ("/lxc.monitor.build-7", "runtime=lxc name=build-7 monitor", "monitor of LXC container build-7"),
            (
                "/lxc/101/ns/system.slice/ssh.service",
                "runtime=lxc unit=ssh.service name=101",
                "LXC container 101, unit ssh.service",
            ),
            (
                "/machine.slice/machine-qemu\\x2d3\\x2dsid.scope/libvirt/emulator",
                "runtime=libvirt name=qemu-3-sid",
                "virtual machine qemu-3-sid",
            ),
            (
                "/machine.slice/systemd-nspawn@deb.service/payload",
                "runtime=nspawn unit=systemd-nspawn@deb.service name=deb",
                "nspawn machine deb, unit systemd-nspawn@deb.service",
            ),
        ] {
            check(path, fields, phrase);
        }
    }

    #[test]
    fn units_are_read_last() {
        for (path, fields, phrase) in [
            (
                "/system.slice/system-postgresql.slice/postgresql@15-main.service",
                "runtime=systemd unit=postgresql@15-main.service",
                "unit postgresql@15-main.service",
            ),
            (
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-2.scope",
                "runtime=systemd unit=app-gnome-firefox-2.scope user=1000",
                "unit app-gnome-firefox-2.scope of user 1000",
            ),
            (
                "/user.slice/user-0.slice/session-3.scope",
                "runtime=systemd unit=session-3.scope",
                "unit session-3.scope",
            ),
            ("/system.slice/_memory.service", "runtime=systemd unit=memory.service", "unit memory.service"),
            ("/system.slice/php.service/worker", "runtime=systemd unit=php.service", "unit php.service"),
            ("/user.slice", "runtime=systemd unit=user.slice", "unit user.slice"),
            ("/", "none", ""),
            ("", "none", ""),
            ("/docker/abc", "none", ""),
            ("/.service/podx/kubepodsx", "none", ""),
            ("/batch/job7", "none", ""),
        ] {
            check(path, fields, phrase);
        }
    }

    #[test]
    fn every_cut_of_a_path_is_read_without_harm() {
        let path = format!("/ecs/{UID}/kubepods-burstable-pod{UID}.slice:crio:{CID}/lxc/\\x2\\x\u{e9}/nomad");
        for end in (0..=path.len()).filter(|&end| path.is_char_boundary(end)) {
            let _ = Workload::of_path(path.split_at(end).0).map(|workload| workload.describe());
        }
    }
}
