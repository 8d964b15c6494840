//! The cgroups of pods, as the kubelet names them under both of its drivers.

use super::{
    Kind,
    container::{in_container, scope, slice_name},
    runtime,
    shapes::{is_container_id, is_uid},
};
use crate::workload::Workload;

pub(super) fn read(rest: &[&str]) -> Kind {
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

#[cfg(test)]
mod tests {
    use crate::workload::path::tests::check;

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
}
