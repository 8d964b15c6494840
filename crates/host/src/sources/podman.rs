//! What Podman alone tells: `podman ps --format json`, `podman pod inspect`, and its store's list.

use oomkit_core::workload::Known;

use super::{Json, Shape, Sink, json, of_labels};

pub(super) fn read(value: &Json, sink: &mut Sink<'_>) -> Shape {
    if let (Some(id), Json::List(names)) = (value.at(&["id"]).text(), value.at(&["names"])) {
        sink.container(id, stored(value, names));
        return Shape::Known;
    }
    let Some(id) = value.at(&["Id"]).text() else { return Shape::Other };
    if let (Json::List(names), Json::List(_) | Json::Map(_) | Json::Null) =
        (value.at(&["Names"]), value.at(&["Labels"]))
    {
        let labels = value.at(&["Labels"]);
        let pod = value.at(&["PodName"]).owned();
        let of_runtime = of_labels(|name| labels.at(&[name]).text());
        let known = Known {
            container: first(names),
            image: value.at(&["Image"]).owned(),
            sandbox: *value.at(&["IsInfra"]) == Json::Bool(true),
            pod_uid: value.at(&["Pod"]).owned(),
            pod,
            ..of_runtime
        };
        sink.container(id, known);
        return Shape::Known;
    }
    // A pod lists its containers where a container has its configuration.
    if value.at(&["Config"]).map().is_empty()
        && let Json::List(_) = value.at(&["Containers"])
        && let Some(name) = value.at(&["Name"]).text()
    {
        let pod = Known { pod: Some(name.to_owned()), ..Known::default() };
        sink.pod(id, pod.clone());
        for container in value.at(&["Containers"]).list() {
            if let Some(id) = container.at(&["Id"]).text() {
                let container = container.at(&["Name"]).owned();
                sink.container(id, Known { container, ..pod.clone() });
            }
        }
        return Shape::Known;
    }
    Shape::Other
}

/// Reads an entry of the store's `containers.json`, whose particulars are JSON inside of JSON.
pub(crate) fn stored(value: &Json, names: &[Json]) -> Known {
    let inside = value.at(&["metadata"]).text().and_then(|text| json::one(text.as_bytes()).ok());
    let of = |key: &str| inside.as_ref().and_then(|inside| inside.at(&[key]).owned());
    Known { container: of("name").or_else(|| first(names)), image: of("image-name"), ..Known::default() }
}

fn first(names: &[Json]) -> Option<String> {
    names.iter().find_map(Json::owned)
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, id};

    #[test]
    fn lists_pods_and_stores_are_read() {
        let (db, infra, web, pod) = (id(1), id(2), id(3), id(4));
        let ps = format!(
            r#"[{{"Id":"{db}","Names":["db"],"Image":"postgres:16","Pod":"","PodName":"","Labels":{{"io.podman.compose.project":"shop","com.docker.compose.service":"db"}}}},
            {{"Id":"{infra}","Names":["1-infra"],"Image":"pause","Pod":"{pod}","PodName":"shop","IsInfra":true,"Labels":null}}]"#
        );
        let pods =
            format!(r#"[{{"Id":"{pod}","Name":"shop","Containers":[{{"Id":"{web}","Name":"web"}}]}}]"#);
        let store = format!(
            r#"[{{"id":"{web}","names":["ignored"],"image":"ab12","metadata":"{{\"image-name\":\"nginx:1\",\"name\":\"web\"}}"}}]"#
        );
        check(
            &format!("{ps}\n{pods}\n{store}"),
            &[
                (&db, "container=db image=postgres:16 project=shop service=db source=f"),
                (&infra, &format!("pod=shop pod_uid={pod} container=1-infra image=pause source=f sandbox")),
                (&web, "pod=shop container=web image=nginx:1 source=f"),
            ],
        );
    }
}
