//! Names from the host itself: the files in which runtimes and the kubelet keep what they run.
//!
//! Only files whose names hold the id that is looked for are read, and a few listings.  An id is
//! random, so a file that has it tells of the very container, also where the log names no host.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use oomkit_core::{
    ident::visible,
    reading::Reading,
    workload::{Directory, Known, Workload},
};

use crate::{
    sources::state::{self, Kept},
    tree::{Kind, Tree, names, read},
};

/// Answers that are remembered.
const REMEMBERED: usize = 4096;

/// Where containerd keeps the bundles of what runs, by who brought it.
const CONTAINERD: &[&str] = &[
    "/run/containerd/io.containerd.runtime.v2.task",
    "/run/k3s/containerd/io.containerd.runtime.v2.task",
    "/var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
];
/// The namespaces in which containerd keeps the containers of Kubernetes and of nerdctl.
const NAMESPACES: &[&str] = &["k8s.io", "default"];
/// Where CRI-O and Podman keep bundles and lists, below a home for users.
const STORES: &[&str] = &["/run/containers/storage", "/var/lib/containers/storage"];
const USER_STORE: &str = ".local/share/containers/storage";
/// The storage drivers whose folders hold containers.
const DRIVERS: &[&str] = &["overlay", "vfs", "btrfs", "zfs"];
const DOCKER: &str = "/var/lib/docker";
const USER_DOCKER: &str = ".local/share/docker";
const DOCKER_SETTINGS: &str = "/etc/docker/daemon.json";
const CONTAINER_LOGS: &str = "/var/log/containers";
const POD_LOGS: &str = "/var/log/pods";

/// Which logs a host is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// All, for the user says that they are of this host.
    All,
    /// Those that name this host or none.
    OfThisHost,
}

/// A host that knows the names of what it runs.
#[derive(Debug)]
pub struct HostNames<T> {
    tree: T,
    whose: Whose,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The host's own name, once it was asked for.
    host: Option<Option<Vec<u8>>>,
    /// What was found by container, pod and user.
    answers: BTreeMap<(Option<String>, Option<String>), Found>,
    /// The listings of log folders, by the id that a name ends in.
    containers: Option<Listing>,
    pods: Option<Listing>,
}

type Listing = (BTreeMap<String, Known>, Option<&'static str>);

#[derive(Clone, Debug, Default)]
struct Found {
    known: Option<Known>,
    /// The folders that may not be read.
    denied: Vec<String>,
}

impl<T: Tree> HostNames<T> {
    /// Prepares to ask a host; nothing is read before a name is needed.
    #[must_use]
    pub fn new(tree: T, whose: Whose) -> Self {
        Self { tree, whose, memory: Mutex::default() }
    }

    /// Tells whether a log that names this host is to be asked about, and whether it surely is its.
    fn concerns(&self, host: Option<&str>) -> (bool, bool) {
        match (self.whose, host) {
            (Whose::All, _) => (true, true),
            (Whose::OfThisHost, None) => (true, false),
            (Whose::OfThisHost, Some(host)) => {
                let same = self.is_called(host);
                (same, same)
            }
        }
    }

    /// Compares names up to the domain, which some logs have and others do not.
    fn is_called(&self, host: &str) -> bool {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let own = memory.host.get_or_insert_with(|| {
            let name = read(&self.tree, "/proc/sys/kernel/hostname").known();
            name.or_else(|| read(&self.tree, "/etc/hostname").known())
        });
        let short = |name: &[u8]| {
            let name = name.trim_ascii().to_ascii_lowercase();
            name.split(|b| *b == b'.').next().unwrap_or_default().to_vec()
        };
        own.as_deref().is_some_and(|own| {
            let own = short(own);
            !own.is_empty() && own != b"localhost" && own == short(host.as_bytes())
        })
    }

    fn find(&self, workload: &Workload) -> Found {
        let key = (workload.container_id.clone(), workload.pod_uid.clone());
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = memory.answers.get(&key) {
            return found.clone();
        }
        let mut search = Search { tree: &self.tree, known: Known::default(), denied: Vec::new() };
        if let Some(id) = workload.container_id.as_deref().filter(|id| is_plain(id)) {
            search.container(id, workload.user);
            search.container_logs(id, &mut memory);
        }
        let uid = search.known.pod_uid.clone().or_else(|| workload.pod_uid.clone());
        if let Some(uid) = uid.filter(|uid| is_plain(uid)) {
            search.pod(&uid, &mut memory);
        }
        let known = Some(search.known).filter(|known| known.source.is_some());
        let found = Found { known, denied: search.denied };
        if memory.answers.len() < REMEMBERED {
            memory.answers.insert(key, found.clone());
        }
        found
    }
}

impl<T: Tree> Directory for HostNames<T> {
    fn look_up(&self, workload: &Workload, host: Option<&str>, notes: &mut Vec<String>) -> Option<Known> {
        if workload.container_id.is_none() && workload.pod_uid.is_none() {
            return None;
        }
        let (asked, is_its) = self.concerns(host);
        if !asked {
            return None;
        }
        let found = self.find(workload);
        if found.known.is_none() && is_its && !found.denied.is_empty() {
            notes.push(format!(
                "names of containers may be in {}, which may not be read; run as root to see them",
                found.denied.join(" and ")
            ));
        }
        found.known
    }
}

/// One search, and what it has come to.
struct Search<'a> {
    tree: &'a dyn Tree,
    known: Known,
    denied: Vec<String>,
}

impl Search<'_> {
    /// Looks for a container in the state of every runtime.
    fn container(&mut self, id: &str, user: Option<u32>) {
        for base in CONTAINERD {
            for namespace in NAMESPACES {
                self.take(&format!("{base}/{namespace}/{id}/config.json"), state::bundle);
            }
        }
        let home = user.and_then(|user| self.home(user));
        let in_home = |below: &str| home.as_ref().map(|home| format!("{home}/{below}"));
        let docker = self.docker_root();
        for root in [Some(docker), in_home(USER_DOCKER)].into_iter().flatten() {
            let folder = format!("{root}/containers/{id}");
            self.take(&format!("{folder}/config.v2.json"), state::docker);
            self.take(&format!("{folder}/hostconfig.json"), state::docker_limits);
        }
        let stores = STORES.iter().map(|store| Some((*store).to_owned())).chain([in_home(USER_STORE)]);
        for store in stores.flatten() {
            for driver in DRIVERS {
                let folder = format!("{store}/{driver}-containers");
                self.take(&format!("{folder}/{id}/userdata/config.json"), state::bundle);
                self.take(&format!("{folder}/containers.json"), |bytes| state::store(bytes, id));
            }
        }
    }

    /// Reads a file, where it is there, and takes from it what is not known yet.
    fn take(&mut self, path: &str, understand: impl FnOnce(&[u8]) -> Option<Known>) {
        match read(self.tree, path) {
            Reading::Known(bytes) => {
                if let Some(known) = understand(&bytes) {
                    self.known.fill(&Known { source: Some(path.to_owned()), ..known });
                }
            }
            Reading::Denied => self.note_denied(path),
            Reading::Absent | Reading::Vanished | Reading::Malformed(_) => {}
        }
    }

    fn note_denied(&mut self, path: &str) {
        let folder = [DOCKER, CONTAINER_LOGS, POD_LOGS]
            .iter()
            .chain(CONTAINERD)
            .chain(STORES)
            .find(|folder| path.starts_with(**folder))
            .map_or(path, |folder| *folder);
        let folder = visible(folder.as_bytes()).into_owned();
        if !self.denied.contains(&folder) {
            self.denied.push(folder);
        }
    }

    /// Takes the name of the container's log, which stays for a while when the container is gone.
    fn container_logs(&mut self, id: &str, memory: &mut Memory) {
        let (logs, denied) = memory
            .containers
            .get_or_insert_with(|| listing(self.tree, CONTAINER_LOGS, Kind::Folder, state::container_log));
        if let Some(known) = logs.get(id) {
            self.known.fill(known);
        } else if let Some(folder) = denied {
            self.note_denied(folder);
        }
    }

    /// Takes the name of the folder of the pod's logs.
    fn pod(&mut self, uid: &str, memory: &mut Memory) {
        let (logs, denied) =
            memory.pods.get_or_insert_with(|| listing(self.tree, POD_LOGS, Kind::File, state::pod_log));
        if let Some(known) = logs.get(uid) {
            self.known.fill(known);
        } else if let Some(folder) = denied {
            self.note_denied(folder);
        }
    }

    /// Returns where Docker keeps its state.
    fn docker_root(&self) -> String {
        let settings = read(self.tree, DOCKER_SETTINGS).known();
        settings.and_then(|settings| state::docker_root(&settings)).unwrap_or_else(|| DOCKER.to_owned())
    }

    /// Returns the home of a user.
    fn home(&self, user: u32) -> Option<String> {
        state::home(&read(self.tree, "/etc/passwd").known()?, user)
    }
}

/// Lists a folder whose names hold names and ids.
fn listing(
    tree: &dyn Tree,
    folder: &'static str,
    but: Kind,
    understand: fn(&[u8]) -> Option<Kept>,
) -> Listing {
    let mut found = BTreeMap::new();
    let listed = names(tree, Path::new(folder));
    let denied = (listed == Reading::Denied).then_some(folder);
    for (name, kind) in listed.known().unwrap_or_default() {
        if kind == but {
            continue;
        }
        if let Some((id, known)) = understand(&name) {
            found.insert(id, Known { source: Some(folder.to_owned()), ..known });
        }
    }
    (found, denied)
}

/// Tells whether an id is safe as the name of a folder.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Capture;

    const CID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
    const UID: &str = "0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b";

    fn host(files: &str) -> Capture {
        let text = format!("//- /proc/sys/kernel/hostname\nnode-1.example\n{files}");
        Capture::new(text.replace("CID", CID).replace("UID", UID).into_bytes()).unwrap()
    }

    /// Looks up a workload; returns its phrase, where it was read, and the notes.
    fn look_up(files: &str, whose: Whose, log_host: Option<&str>, path: &str) -> (String, String) {
        let mut workload = Workload::of_path(&path.replace("CID", CID).replace("UID", UID)).unwrap();
        let mut notes = Vec::new();
        let names = HostNames::new(host(files), whose);
        let again = names.look_up(&workload, log_host, &mut Vec::new());
        let known = names.look_up(&workload, log_host, &mut notes);
        assert_eq!(again, known, "what is remembered is what was found");
        if let Some(known) = known {
            notes.push(known.source.clone().unwrap_or_default());
            workload.learn(known);
        }
        let limit = workload.declared_limit_bytes.map_or_else(String::new, |limit| format!(" [{limit}]"));
        (workload.describe() + &limit, notes.join("; ").replace(CID, "CID").replace(UID, "UID"))
    }

    const DOCKER_CONTAINER: &str = "//- /var/lib/docker/containers/CID/config.v2.json\n\
        {\"ID\":\"CID\",\"Name\":\"/web\",\"Config\":{\"Image\":\"nginx\"}}\n\
        //- /var/lib/docker/containers/CID/hostconfig.json\n{\"Memory\":67108864}\n";

    #[test]
    fn every_runtime_is_asked() {
        let bundle = "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"php\",\
            \"io.kubernetes.cri.sandbox-name\":\"web\",\"io.kubernetes.cri.sandbox-namespace\":\"shop\"},\
            \"linux\":{\"resources\":{\"memory\":{\"limit\":67108864}}}}\n";
        let pod = "/kubepods/burstable/podUID/CID";
        for (files, path, phrase, source) in [
            (
                format!("//- /run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/CID/config.json\n{bundle}"),
                pod,
                "burstable pod shop/web, container php (a1b2c3d4e5f6) [64.0 MiB]",
                "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/CID/config.json",
            ),
            (
                format!("//- /run/containers/storage/overlay-containers/CID/userdata/config.json\n{bundle}"),
                pod,
                "burstable pod shop/web, container php (a1b2c3d4e5f6) [64.0 MiB]",
                "/run/containers/storage/overlay-containers/CID/userdata/config.json",
            ),
            (
                DOCKER_CONTAINER.to_owned(),
                "/system.slice/docker-CID.scope",
                "docker container web (a1b2c3d4e5f6) [64.0 MiB]",
                "/var/lib/docker/containers/CID/config.v2.json",
            ),
            (
                "//- /etc/docker/daemon.json\n{\"data-root\":\"/data\"}\n//- /data/containers/CID/config.v2.json\n{\"ID\":\"CID\",\"Name\":\"/db\"}\n".to_owned(),
                "/docker/CID",
                "docker container db (a1b2c3d4e5f6)",
                "/data/containers/CID/config.v2.json",
            ),
            (
                "//- /etc/passwd\nroot:x:0:0::/root:/bin/sh\nanna:x:1000:1000:Anna:/home/anna:/bin/sh\n\
                 //- /home/anna/.local/share/containers/storage/overlay-containers/containers.json\n\
                 [{\"id\":\"other\",\"names\":[\"no\"]},{\"id\":\"CID\",\"names\":[\"job\"]}]\n".to_owned(),
                "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-CID.scope/container",
                "podman container job (a1b2c3d4e5f6) of user 1000",
                "/home/anna/.local/share/containers/storage/overlay-containers/containers.json",
            ),
            (
                "//- /var/log/containers/web-7d-x_shop_php-CID.log -> /var/log/pods/x\n".to_owned(),
                pod,
                "burstable pod shop/web-7d-x, container php (a1b2c3d4e5f6)",
                "/var/log/containers",
            ),
            (
                "//- /var/log/pods/shop_web-7d-x_UID/\n".to_owned(),
                "/kubepods/besteffort/podUID",
                "besteffort pod shop/web-7d-x",
                "/var/log/pods",
            ),
        ] {
            let expected = (phrase.to_owned(), source.to_owned());
            assert_eq!(look_up(&files, Whose::All, Some("elsewhere"), path), expected, "{files}");
        }
    }

    #[test]
    fn another_hosts_log_is_not_looked_up_unless_asked_for() {
        let path = "/docker/CID";
        for (whose, log_host, found) in [
            (Whose::OfThisHost, Some("node-1"), true),
            (Whose::OfThisHost, Some("NODE-1.example"), true),
            (Whose::OfThisHost, None, true),
            (Whose::OfThisHost, Some("node-2"), false),
            (Whose::OfThisHost, Some(""), false),
            (Whose::All, Some("node-2"), true),
        ] {
            let (phrase, _) = look_up(DOCKER_CONTAINER, whose, log_host, path);
            assert_eq!(phrase.contains("web"), found, "{whose:?} {log_host:?}");
        }
    }

    #[test]
    fn what_may_not_be_read_is_told_of_this_hosts_logs_only() {
        let denied = "//- /var/lib/docker/ denied\n//- /var/log/pods/ denied\n";
        let path = "/kubepods/burstable/podUID/CID";
        let note = "names of containers may be in /var/lib/docker and /var/log/pods, which may not be read; run as root to see them";
        for (whose, log_host, told) in [
            (Whose::All, None, note),
            (Whose::OfThisHost, Some("node-1"), note),
            (Whose::OfThisHost, None, ""),
            (Whose::OfThisHost, Some("node-2"), ""),
        ] {
            assert_eq!(look_up(denied, whose, log_host, path).1, told, "{whose:?} {log_host:?}");
        }
    }

    #[test]
    fn state_that_is_broken_names_nobody() {
        for text in ["", "{", "[]", "null", "{\"Name\":7,\"Config\":[]}", "\\xff\\x00"] {
            let files = format!("//- /var/lib/docker/containers/CID/config.v2.json\n{text}\n");
            let (phrase, source) = look_up(&files, Whose::All, None, "/docker/CID");
            assert_eq!((phrase.as_str(), source.as_str()), ("docker container a1b2c3d4e5f6", ""), "{text}");
        }
    }
}
