//! Objects of a Kubernetes API, as `kubectl get … -o json` prints them: pods, and what owns them.

use std::collections::BTreeMap;

use oomkit_core::{
    limit::Limit,
    units::Bytes,
    workload::{Known, Owner},
};

use super::{Json, Shape, Sink, quantity};

/// The annotations that hold the id which the cgroups of a static pod have in place of its UID.
const STATIC_IDS: [&str; 2] = ["kubernetes.io/config.hash", "kubernetes.io/config.mirror"];

/// What makes the pods of a template, by the label that it puts on them.
const TEMPLATES: [(&str, &str); 2] =
    [("pod-template-hash", "Deployment"), ("rollouts-pod-template-hash", "Rollout")];

/// The lists of containers of a pod, and where their ids stand.
const CONTAINERS: [(&str, &str); 3] = [
    ("containers", "containerStatuses"),
    ("initContainers", "initContainerStatuses"),
    ("ephemeralContainers", "ephemeralContainerStatuses"),
];

pub(super) fn read(value: &Json, sink: &mut Sink<'_>) -> Shape {
    let metadata = value.at(&["metadata"]);
    let Some(uid) = metadata.at(&["uid"]).text() else { return Shape::Other };
    let is_api = value.at(&["apiVersion"]).text().is_some() || !value.at(&["spec"]).map().is_empty();
    match value.at(&["kind"]).text() {
        Some("Pod") => pod(value, uid, sink),
        // The elements of a list of one kind do not repeat it.
        None if !value.at(&["spec", "containers"]).list().is_empty() => pod(value, uid, sink),
        _ if is_api => {
            if let Some(owner) = owner(metadata) {
                sink.names.add_owner(uid, owner);
            }
        }
        _ => return Shape::Other,
    }
    Shape::Known
}

fn pod(value: &Json, uid: &str, sink: &mut Sink<'_>) {
    let metadata = value.at(&["metadata"]);
    let (limit, request) = resources(value.at(&["spec", "resources"]));
    let pod = Known {
        pod: metadata.at(&["name"]).owned(),
        namespace: metadata.at(&["namespace"]).owned(),
        pod_uid: Some(uid.to_owned()),
        qos: value.at(&["status", "qosClass"]).text().map(str::to_lowercase),
        owner: owner(metadata).map(|owner| of_template(owner, metadata)),
        // Without limits of its own a pod has none to tell.
        limit: limit.filter(|limit| *limit != Limit::Max),
        request,
        ..Known::default()
    };
    for annotation in STATIC_IDS {
        if let Some(id) = metadata.at(&["annotations", annotation]).text() {
            sink.pod(id, pod.clone());
        }
    }
    containers(value, &pod, sink);
    sink.pod(uid, pod);
}

fn containers(value: &Json, pod: &Known, sink: &mut Sink<'_>) {
    for (specs, statuses) in CONTAINERS {
        let specs = value.at(&["spec", specs]).list().iter();
        let specs: BTreeMap<&str, &Json> =
            specs.filter_map(|spec| Some((spec.at(&["name"]).text()?, spec))).collect();
        for status in value.at(&["status", statuses]).list() {
            let name = status.at(&["name"]).text();
            let spec = name.and_then(|name| specs.get(name)).copied();
            let (limit, request) = spec.map(|spec| resources(spec.at(&["resources"]))).unwrap_or_default();
            let image = status.at(&["image"]).text().or_else(|| spec?.at(&["image"]).text());
            let container = Known {
                container: name.map(str::to_owned),
                image: image.map(str::to_owned),
                limit,
                request,
                pod: pod.pod.clone(),
                namespace: pod.namespace.clone(),
                pod_uid: pod.pod_uid.clone(),
                qos: pod.qos.clone(),
                owner: pod.owner.clone(),
                ..Known::default()
            };
            // The container that was killed is as a rule the one before the one that runs.
            let ids = [
                &["containerID"][..],
                &["state", "terminated", "containerID"],
                &["lastState", "terminated", "containerID"],
            ];
            for id in ids.iter().filter_map(|path| status.at(path).text()) {
                sink.container(id, container.clone());
            }
        }
    }
}

/// Returns the controller among the owners of an object.
fn owner(metadata: &Json) -> Option<Owner> {
    let owners = metadata.at(&["ownerReferences"]).list();
    let controls = |owner: &&Json| *owner.at(&["controller"]) == Json::Bool(true);
    let owner = owners.iter().find(controls).or(owners.first())?;
    let owner = Owner {
        kind: owner.at(&["kind"]).owned()?,
        name: owner.at(&["name"]).owned()?,
        uid: owner.at(&["uid"]).owned(),
    };
    // A static pod is owned by its node, which made nothing.
    (owner.kind != "Node").then_some(owner)
}

/// Returns what made a ReplicaSet, which is named after it and the hash of the template.
fn of_template(owner: Owner, metadata: &Json) -> Owner {
    if owner.kind != "ReplicaSet" {
        return owner;
    }
    let of = |(label, kind): (&str, &str)| {
        let hash = metadata.at(&["labels", label]).text()?;
        let name = owner.name.strip_suffix(hash)?.strip_suffix('-').filter(|name| !name.is_empty())?;
        Some(Owner { kind: kind.to_owned(), name: name.to_owned(), uid: None })
    };
    TEMPLATES.into_iter().find_map(of).unwrap_or(owner)
}

/// Reads the limit and the request; a container that declares no limit has none.
fn resources(resources: &Json) -> (Option<Limit>, Option<Bytes>) {
    let amount = |of: &str| match resources.at(&[of, "memory"]) {
        Json::Text(text) => Some(quantity::bytes(text)),
        Json::Integer(bytes) => Some(u64::try_from(*bytes).ok().map(Bytes::new)),
        _ => None,
    };
    let limit = match amount("limits") {
        None | Some(Some(Bytes::ZERO)) => Some(Limit::Max),
        Some(Some(limit)) => Some(Limit::At(limit)),
        // What is written there is no size, so what became of it is not known.
        Some(None) => None,
    };
    (limit, amount("requests").flatten().filter(|request| *request != Bytes::ZERO))
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, id};

    #[test]
    fn pods_have_names_owners_and_limits() {
        let (web, before, init) = (id(1), id(2), id(3));
        let pod = format!(
            r#"{{"apiVersion":"v1","kind":"List","items":[
            {{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"web-7d4-x","namespace":"shop","uid":"u1",
              "labels":{{"pod-template-hash":"7d4"}},
              "ownerReferences":[{{"kind":"ReplicaSet","name":"web-7d4","uid":"r1","controller":true}}]}},
              "spec":{{"containers":[{{"name":"php","image":"php:8","resources":{{
                "limits":{{"memory":"512Mi","cpu":"1"}},"requests":{{"memory":"512Mi"}}}}}}],
                "initContainers":[{{"name":"migrate","image":"php:8"}}]}},
              "status":{{"qosClass":"Burstable",
                "containerStatuses":[{{"name":"php","image":"docker.io/php:8","containerID":"containerd://{web}",
                  "lastState":{{"terminated":{{"containerID":"containerd://{before}","reason":"OOMKilled"}}}}}}],
                "initContainerStatuses":[{{"name":"migrate","state":{{"terminated":{{"containerID":"cri-o://{init}"}}}}}}]}}}}]}}"#
        );
        let php = "pod=web-7d4-x namespace=shop pod_uid=u1 qos=burstable owner=Deployment/web container=php \
            image=docker.io/php:8 limit=512.0 MiB request=512.0 MiB source=f";
        let migrate = "pod=web-7d4-x namespace=shop pod_uid=u1 qos=burstable owner=Deployment/web \
            container=migrate image=php:8 limit=max source=f";
        check(
            &pod,
            &[
                (&web, php),
                (&before, php),
                (&init, migrate),
                ("u1", "pod=web-7d4-x namespace=shop pod_uid=u1 qos=burstable owner=Deployment/web source=f"),
            ],
        );
    }

    #[test]
    fn owners_are_followed_where_the_file_has_them() {
        let file = r#"[
            {"kind":"Pod","metadata":{"uid":"u1","name":"a","ownerReferences":[{"kind":"ReplicaSet","name":"odd","uid":"r1"}]}},
            {"kind":"Pod","metadata":{"uid":"u2","name":"b","ownerReferences":[{"kind":"Job","name":"nightly-29","uid":"j1"}]}},
            {"kind":"Pod","metadata":{"uid":"u3","name":"c","ownerReferences":[{"kind":"StatefulSet","name":"db","uid":"s1"}]}},
            {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"uid":"r1","ownerReferences":[{"kind":"Deployment","name":"web","uid":"d"}]}},
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"uid":"j1","ownerReferences":[{"kind":"CronJob","name":"nightly"}]}},
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"uid":"s1","ownerReferences":[{"kind":"Postgres","name":"main"}]}}]"#;
        check(
            file,
            &[
                ("u1", "pod=a pod_uid=u1 owner=Deployment/web source=f"),
                ("u2", "pod=b pod_uid=u2 owner=CronJob/nightly source=f"),
                ("u3", "pod=c pod_uid=u3 owner=StatefulSet/db source=f"),
            ],
        );
    }

    #[test]
    fn static_pods_are_found_by_the_hash_of_their_cgroup() {
        let file = r#"{"kind":"Pod","metadata":{"uid":"u1","name":"etcd-n1","namespace":"kube-system",
            "annotations":{"kubernetes.io/config.hash":"36b6d6be73b1065af369b3985edafa09"},
            "ownerReferences":[{"kind":"Node","name":"n1"}]},"status":{"qosClass":"BestEffort"}}"#;
        check(
            file,
            &[(
                "36b6d6be73b1065af369b3985edafa09",
                "pod=etcd-n1 namespace=kube-system pod_uid=u1 qos=besteffort source=f",
            )],
        );
    }
}
