//! The `config.json` of an OCI bundle, in which containerd and CRI-O keep names as annotations.

use oomkit_core::{limit::Limit, units::Bytes, workload::Known};

use super::{Json, Shape, Sink};

pub(super) fn read(value: &Json, sink: &mut Sink<'_>) -> Shape {
    if value.at(&["ociVersion"]).text().is_none() || value.at(&["linux"]).map().is_empty() {
        return Shape::Other;
    }
    // The path of the cgroup ends in the id: `…/podUID/CID`, `kubepods-….slice:cri-containerd:CID`.
    if let Some(path) = value.at(&["linux", "cgroupsPath"]).text() {
        let id = path.rsplit([':', '/', '-']).next().unwrap_or_default();
        sink.container(id, of_spec(value));
    }
    Shape::Known
}

/// Reads what the specification of a container says.
pub(crate) fn of_spec(spec: &Json) -> Known {
    let annotations = spec.at(&["annotations"]);
    let of = |names: &[&str]| names.iter().find_map(|name| annotations.at(&[name]).owned());
    let kind = of(&["io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"]);
    let limit = spec.at(&["linux", "resources", "memory", "limit"]).integer();
    let sandbox = kind.as_deref() == Some("sandbox");
    Known {
        pod: of(&[
            "io.kubernetes.cri.sandbox-name",
            "io.kubernetes.pod.name",
            "io.kubernetes.cri-o.KubeName",
        ]),
        namespace: of(&["io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"]),
        pod_uid: of(&["io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"]),
        container: of(&["io.kubernetes.cri.container-name", "io.kubernetes.container.name", "nerdctl/name"])
            .filter(|_| !sandbox),
        image: of(&["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"]).filter(|_| !sandbox),
        limit: limit.map(|bytes| match u64::try_from(bytes) {
            Ok(0) | Err(_) => Limit::Max,
            Ok(bytes) => Limit::At(Bytes::new(bytes)),
        }),
        sandbox,
        ..Known::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, id};

    #[test]
    fn bundles_of_both_runtimes_are_read() {
        let (php, pause, crio) = (id(1), id(2), id(3));
        let containerd = |id: &str, kind: &str| {
            format!(
                r#"{{"ociVersion":"1.1.0","linux":{{"cgroupsPath":"kubepods-burstable-podu1.slice:cri-containerd:{id}",
                "resources":{{"memory":{{"limit":67108864}}}}}},"annotations":{{
                "io.kubernetes.cri.container-name":"php","io.kubernetes.cri.container-type":"{kind}",
                "io.kubernetes.cri.image-name":"php:8","io.kubernetes.cri.sandbox-name":"web",
                "io.kubernetes.cri.sandbox-namespace":"shop","io.kubernetes.cri.sandbox-uid":"u1"}}}}"#
            )
        };
        let of_crio = format!(
            r#"{{"ociVersion":"1.0.0","linux":{{"cgroupsPath":"/kubepods/besteffort/podu2/crio-{crio}"}},"annotations":{{
            "io.kubernetes.container.name":"redis","io.kubernetes.pod.name":"cache","io.kubernetes.pod.namespace":"shop",
            "io.kubernetes.pod.uid":"u2","io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.cri-o.ImageName":"redis:7"}}}}"#
        );
        let file = [containerd(&php, "container"), containerd(&pause, "sandbox"), of_crio].join("\n");
        check(
            &file,
            &[
                (&php, "pod=web namespace=shop pod_uid=u1 container=php image=php:8 limit=64.0 MiB source=f"),
                (&pause, "pod=web namespace=shop pod_uid=u1 limit=64.0 MiB source=f sandbox"),
                (&crio, "pod=cache namespace=shop pod_uid=u2 container=redis image=redis:7 source=f"),
            ],
        );
    }
}
