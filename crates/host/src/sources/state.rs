//! The files that runtimes and the kubelet keep for themselves, and the names that they give to files.

use oomkit_core::workload::Known;

use super::{docker, json, oci, podman};

/// An id, and what is known of it.
pub(crate) type Kept = (String, Known);

/// Reads the `config.json` of a bundle.
pub(crate) fn bundle(bytes: &[u8]) -> Option<Known> {
    told(oci::of_spec(&json::one(bytes).ok()?))
}

/// Reads the `config.v2.json` of a container of Docker.
pub(crate) fn docker(bytes: &[u8]) -> Option<Known> {
    told(docker::inspected(&json::one(bytes).ok()?))
}

/// Reads the `hostconfig.json` beside it.
pub(crate) fn docker_limits(bytes: &[u8]) -> Option<Known> {
    let (limit, request) = docker::limits(&json::one(bytes).ok()?);
    told(Known { limit, request, ..Known::default() })
}

/// Reads where the daemon's own settings put its state.
pub(crate) fn docker_root(bytes: &[u8]) -> Option<String> {
    let root = json::one(bytes).ok()?.at(&["data-root"]).owned()?;
    root.starts_with('/').then(|| root.trim_end_matches('/').to_owned())
}

/// Finds a container in the list that Podman and CRI-O keep in their store.
pub(crate) fn store(bytes: &[u8], id: &str) -> Option<Known> {
    let mut found = None;
    json::each(&mut &*bytes, &mut |entry| {
        if entry.at(&["id"]).text() == Some(id) {
            found = told(podman::stored(&entry, entry.at(&["names"]).list()));
        }
    });
    found
}

/// Reads the name of a container's log, `<pod>_<namespace>_<container>-<id>.log`.
pub(crate) fn container_log(name: &[u8]) -> Option<Kept> {
    let name = std::str::from_utf8(name).ok()?.strip_suffix(".log")?;
    let (rest, id) = name.rsplit_once('-')?;
    let mut parts = rest.split('_');
    let (pod, namespace, container) = (parts.next()?, parts.next()?, parts.next()?);
    let known = Known {
        pod: Some(pod.to_owned()),
        namespace: Some(namespace.to_owned()),
        container: Some(container.to_owned()),
        ..Known::default()
    };
    (parts.next().is_none() && id.len() == 64).then(|| (id.to_owned(), known))
}

/// Reads the name of a pod's folder of logs, `<namespace>_<pod>_<uid>`.
pub(crate) fn pod_log(name: &[u8]) -> Option<Kept> {
    let mut parts = std::str::from_utf8(name).ok()?.split('_');
    let (namespace, pod, uid) = (parts.next()?, parts.next()?, parts.next()?);
    let known = Known {
        pod: Some(pod.to_owned()),
        namespace: Some(namespace.to_owned()),
        pod_uid: Some(uid.to_owned()),
        ..Known::default()
    };
    (parts.next().is_none() && !uid.is_empty()).then(|| (uid.to_owned(), known))
}

/// Finds the home of a user in `/etc/passwd`.
pub(crate) fn home(passwd: &[u8], user: u32) -> Option<String> {
    let text = String::from_utf8_lossy(passwd);
    let wanted = user.to_string();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(wanted.as_str()))?;
    line.split(':').nth(5).filter(|home| home.starts_with('/')).map(str::to_owned)
}

/// Takes only what tells something.
fn told(known: Known) -> Option<Known> {
    (known != Known::default()).then_some(known)
}
