//! What Docker tells of a container: `docker inspect`, `docker ps --format json`, `docker compose ps
//! --format json`, and the state that the daemon keeps; Podman's `inspect` has the same shape.

use oomkit_core::{limit::Limit, units::Bytes, workload::Known};

use super::{Json, Shape, Sink, of_labels};

pub(super) fn read(value: &Json, sink: &mut Sink<'_>) -> Shape {
    let Some(id) = value.at(&["Id"]).text().or_else(|| value.at(&["ID"]).text()) else { return Shape::Other };
    let is_inspected = !value.at(&["Config"]).map().is_empty();
    let is_listed = value.at(&["Image"]).text().is_some()
        && (value.at(&["Names"]).text().is_some() || value.at(&["Name"]).text().is_some());
    if !is_inspected && !is_listed {
        return Shape::Other;
    }
    let known = if is_inspected { inspected(value) } else { listed(value) };
    // A container of a Podman pod is found below the pod's own id.
    let pod = value.at(&["Pod"]).owned();
    sink.container(id, Known { pod_uid: known.pod_uid.clone().or(pod), ..known });
    Shape::Known
}

/// Reads an inspected container, or the daemon's own file, which lacks the limits.
pub(crate) fn inspected(value: &Json) -> Known {
    let labels = value.at(&["Config", "Labels"]);
    let of_runtime = of_labels(|name| labels.at(&[name]).text());
    let name = value.at(&["Name"]).text().map(|name| name.trim_start_matches('/').to_owned());
    let image = value.at(&["ImageName"]).owned().or_else(|| value.at(&["Config", "Image"]).owned());
    let (limit, request) = limits(value.at(&["HostConfig"]));
    Known { container: of_runtime.container.clone().or(name), image, limit, request, ..of_runtime }
}

/// Reads the settings of a container, in `HostConfig` or in a file of their own.
pub(crate) fn limits(settings: &Json) -> (Option<Limit>, Option<Bytes>) {
    let size = |key: &str| settings.at(&[key]).integer().map(|bytes| u64::try_from(bytes).unwrap_or(0));
    let limit =
        size("Memory").map(|bytes| if bytes == 0 { Limit::Max } else { Limit::At(Bytes::new(bytes)) });
    (limit, size("MemoryReservation").filter(|bytes| 0 < *bytes).map(Bytes::new))
}

fn listed(value: &Json) -> Known {
    // `a=b,c=d`; a comma within a value would cut it, which the labels that are wanted never have.
    let labels = value.at(&["Labels"]).text().unwrap_or_default();
    let of_runtime = of_labels(|name| {
        labels
            .split(',')
            .find_map(|label| label.strip_prefix(name)?.strip_prefix('='))
            .filter(|v| !v.is_empty())
    });
    let name = value.at(&["Name"]).owned().or_else(|| {
        // A container that others are linked to has their names as well, as `other/alias`.
        let names = value.at(&["Names"]).text()?;
        names.split(',').find(|name| !name.contains('/')).or(Some(names)).map(str::to_owned)
    });
    Known {
        container: of_runtime.container.clone().or(name),
        image: value.at(&["Image"]).owned(),
        project: value.at(&["Project"]).owned().or(of_runtime.project.clone()),
        service: value.at(&["Service"]).owned().or(of_runtime.service.clone()),
        ..of_runtime
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, id};

    #[test]
    fn inspected_containers_have_names_labels_and_limits() {
        let (web, pod, bare) = (id(1), id(2), id(3));
        let file = format!(
            r#"[{{"Id":"{web}","Name":"/shop-web-1","Image":"sha256:abc","Config":{{"Image":"nginx:1","Labels":{{
                "com.docker.compose.project":"shop","com.docker.compose.service":"web"}}}},
                "HostConfig":{{"Memory":536870912,"MemoryReservation":268435456,"MemorySwap":-1}}}},
            {{"Id":"{pod}","Name":"/k8s_POD_web_shop_u1_0","Config":{{"Image":"pause","Labels":{{
                "io.kubernetes.pod.name":"web","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"u1",
                "io.kubernetes.container.name":"POD","io.kubernetes.docker.type":"podsandbox"}}}},
                "HostConfig":{{"Memory":0}}}},
            {{"Id":"{bare}","Name":"db","ImageName":"docker.io/library/postgres:16","Config":{{"Labels":null,"Image":"x"}}}}]"#
        );
        check(
            &file,
            &[
                (
                    &web,
                    "container=shop-web-1 image=nginx:1 project=shop service=web limit=512.0 MiB request=256.0 MiB source=f",
                ),
                (
                    &pod,
                    "pod=web namespace=shop pod_uid=u1 container=POD image=pause limit=max source=f sandbox",
                ),
                (&bare, "container=db image=docker.io/library/postgres:16 source=f"),
            ],
        );
    }

    #[test]
    fn listed_containers_may_have_short_ids() {
        let (web, db) = (id(1), id(2));
        let file = format!(
            "{{\"ID\":\"{}\",\"Names\":\"other/web,web\",\"Image\":\"nginx\",\"Labels\":\"a=b,com.docker.compose.project=shop,com.docker.compose.service=web\"}}\n\
             {{\"ID\":\"{db}\",\"Name\":\"shop-db-1\",\"Image\":\"postgres\",\"Project\":\"shop\",\"Service\":\"db\",\"Labels\":\"\"}}\n",
            web.split_at(12).0
        );
        check(
            &file,
            &[
                (&web, "container=web image=nginx project=shop service=web source=f"),
                (&db, "container=shop-db-1 image=postgres project=shop service=db source=f"),
            ],
        );
    }
}
