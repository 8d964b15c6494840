//! What `crictl` prints with `-o json`: `ps`, `pods`, `inspect` and `inspectp`, whatever the runtime.

use oomkit_core::{limit::Limit, units::Bytes, workload::Known};

use super::{Json, Shape, Sink, oci, of_labels};

pub(super) fn read(value: &Json, sink: &mut Sink<'_>) -> Shape {
    // `inspect` has the status in a folder of its own, `ps` prints it bare.
    let status = match value.at(&["status"]) {
        inspected @ Json::Map(_) if inspected.at(&["id"]).text().is_some() => inspected,
        _ => value,
    };
    let metadata = status.at(&["metadata"]);
    let (Some(id), Json::Map(_)) = (status.at(&["id"]).text(), metadata) else { return Shape::Other };
    let labels = status.at(&["labels"]);
    let of_runtime = of_labels(|name| labels.at(&[name]).text());
    // Only sandboxes have the UID in their metadata.
    if let Some(uid) = metadata.at(&["uid"]).text() {
        let pod = Known {
            pod: metadata.at(&["name"]).owned(),
            namespace: metadata.at(&["namespace"]).owned(),
            pod_uid: Some(uid.to_owned()),
            ..Known::default()
        };
        sink.pod(uid, pod.clone());
        sink.container(id, Known { sandbox: true, ..pod });
        return Shape::Known;
    }
    let image = status.at(&["image"]);
    let image = image.at(&["userSpecifiedImage"]).owned().or_else(|| image.at(&["image"]).owned());
    let linux = status.at(&["resources", "linux", "memoryLimitInBytes"]).integer();
    let declared = linux
        .and_then(|bytes| u64::try_from(bytes).ok())
        .map(|bytes| if bytes == 0 { Limit::Max } else { Limit::At(Bytes::new(bytes)) });
    let spec = oci::of_spec(value.at(&["info", "runtimeSpec"]));
    let mut known = Known {
        container: metadata.at(&["name"]).owned().or(of_runtime.container.clone()),
        image,
        limit: declared,
        ..of_runtime
    };
    if let Some(uid) = &known.pod_uid {
        let pod = Known { container: None, image: None, limit: None, ..known.clone() };
        sink.pod(uid, pod);
    }
    known.fill(&spec);
    sink.container(id, known);
    Shape::Known
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, id};

    #[test]
    fn containers_and_sandboxes_are_told_apart() {
        let (php, pause, other) = (id(1), id(2), id(3));
        let labels = r#"{"io.kubernetes.container.name":"php","io.kubernetes.pod.name":"web","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"u1"}"#;
        let ps = format!(
            r#"{{"containers":[{{"id":"{php}","podSandboxId":"{pause}","metadata":{{"name":"php","attempt":2}},
                "image":{{"image":"sha256:ab","userSpecifiedImage":"php:8"}},"imageRef":"sha256:ab","labels":{labels}}}]}}"#
        );
        let pods = format!(
            r#"{{"items":[{{"id":"{pause}","metadata":{{"name":"web","uid":"u1","namespace":"shop","attempt":0}},"state":"SANDBOX_READY"}}]}}"#
        );
        let inspect = format!(
            r#"{{"info":{{"pid":7,"sandboxID":"{pause}","runtimeSpec":{{"linux":{{"resources":{{"memory":{{"limit":536870912}}}}}}}}}},
                "status":{{"id":"{other}","metadata":{{"name":"php"}},"image":{{"image":"php:8"}},"labels":{labels},
                "resources":{{"linux":{{"memoryLimitInBytes":"268435456"}}}}}}}}"#
        );
        let php_known = "pod=web namespace=shop pod_uid=u1 container=php image=php:8";
        check(
            &format!("{ps}\n{pods}\n{inspect}"),
            &[
                (&php, &format!("{php_known} source=f")),
                (&pause, "pod=web namespace=shop pod_uid=u1 source=f sandbox"),
                (&other, &format!("{php_known} limit=256.0 MiB source=f")),
                ("u1", "pod=web namespace=shop pod_uid=u1 source=f"),
            ],
        );
    }
}
