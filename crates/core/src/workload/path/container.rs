//! The cgroups of containers that stand by themselves, and the names of scopes that every runtime shares.

use super::{Kind, runtime, shapes::is_container_id};
use crate::workload::Workload;

/// Reads a container that stands by itself: `docker-CID.scope`, `docker/CID`.
pub(super) fn read(rest: &[&str]) -> Kind {
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

pub(super) fn podman(rest: &[&str]) -> Kind {
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

/// Reads `system.slice:docker:CID`.
pub(super) fn slice_name(name: &str) -> Option<(&'static str, bool, &str)> {
    let (_, end) = name.split_once(".slice:")?;
    let (prefix, id) = end.split_once(':')?;
    let (engine, monitor) = engine(prefix).filter(|_| is_container_id(id))?;
    Some((engine, monitor, id))
}

pub(super) fn in_container(workload: Workload, engine: &str, monitor: bool, id: &str) -> Workload {
    Workload { engine: Some(engine.to_owned()), monitor, container_id: Some(id.to_owned()), ..workload }
}

/// Reads `cri-containerd-CID` into engine, whether it is a monitor, and id.
pub(super) fn scope(name: &str) -> Option<(&'static str, bool, &str)> {
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

#[cfg(test)]
mod tests {
    use crate::workload::path::tests::check;

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
}
