//! Names: what somebody who knows calls the pods and containers that a cgroup path has only ids of.
//!
//! Nothing is read here; whoever reads a file or a host fills a [`Names`] or is a [`Directory`] itself.

use std::{collections::BTreeMap, fmt};

use super::Workload;
use crate::{limit::Limit, units::Bytes};

/// Entries that are kept of each kind; a cluster of five thousand nodes has fewer pods.
const KEPT: usize = 200_000;
/// Bytes that are kept of a name; a reference to an image with its digest is the longest of them.
const LONGEST: usize = 512;
/// Kinds that another one makes for each version or run, and that nobody calls by their names.
const BETWEEN: &[&str] = &["ReplicaSet", "ReplicationController", "Job"];
/// The digits of a shortened container id, as the runtimes' own lists print it.
const SHORT_ID: usize = 12;

/// Whoever knows names.
pub trait Directory: fmt::Debug + Send + Sync {
    /// Returns what is known of a workload; `host` is the host that its log names.
    ///
    /// What could not be looked at goes into the notes.
    fn look_up(&self, workload: &Workload, host: Option<&str>, notes: &mut Vec<String>) -> Option<Known>;
}

/// What is known of a workload besides its cgroup path; see the fields of [`Workload`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is documented where it ends up, in Workload")]
pub struct Known {
    pub pod: Option<String>,
    pub namespace: Option<String>,
    pub pod_uid: Option<String>,
    pub qos: Option<String>,
    pub owner: Option<Owner>,
    pub container: Option<String>,
    pub image: Option<String>,
    pub project: Option<String>,
    pub service: Option<String>,
    pub limit: Option<Limit>,
    pub request: Option<Bytes>,
    pub sandbox: bool,
    /// Where it was read: a file, or a folder of a host.
    pub source: Option<String>,
}

/// What controls an object of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The kind, such as `ReplicaSet`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The UID, by which its own owner is found.
    pub uid: Option<String>,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// Names by id, in bounded memory.
#[derive(Clone, Debug, Default)]
pub struct Names {
    containers: BTreeMap<String, Known>,
    pods: BTreeMap<String, Known>,
    owners: BTreeMap<String, Owner>,
    left_out: u64,
}

impl Names {
    /// Adds what is known of a container; `id` may be shortened to twelve digits.
    pub fn add_container(&mut self, id: &str, known: Known) {
        if id.len() < SHORT_ID || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return;
        }
        self.left_out += u64::from(!add(&mut self.containers, id, known));
    }

    /// Adds what is known of a pod, an allocation or a task, by the id that its cgroup path has.
    pub fn add_pod(&mut self, id: &str, known: Known) {
        self.left_out += u64::from(!id.is_empty() && !add(&mut self.pods, id, known));
    }

    /// Adds what controls the object with this UID.
    pub fn add_owner(&mut self, uid: &str, owner: Owner) {
        if self.owners.contains_key(uid) || uid.is_empty() {
            return;
        }
        if KEPT <= self.owners.len() {
            self.left_out += 1;
            return;
        }
        self.owners.insert(clipped(uid), clipped_owner(owner));
    }

    /// Returns how many containers are known.
    #[must_use]
    pub fn containers(&self) -> usize {
        self.containers.len()
    }

    /// Returns how many pods and allocations are known.
    #[must_use]
    pub fn pods(&self) -> usize {
        self.pods.len()
    }

    /// Returns how many entries were left out because there are too many.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Returns what is known of the container and of its pod together.
    #[must_use]
    pub fn find(&self, workload: &Workload) -> Option<Known> {
        let container = workload.container_id.as_deref().and_then(|id| self.container(id));
        let pod = container
            .and_then(|container| container.pod_uid.as_deref())
            .or(workload.pod_uid.as_deref())
            .or(workload.instance.as_deref())
            .and_then(|id| self.pods.get(id));
        let mut known = match (container, pod) {
            (None, None) => return None,
            (Some(known), None) | (None, Some(known)) => known.clone(),
            (Some(container), Some(pod)) => {
                let mut known = container.clone();
                known.fill(pod);
                known
            }
        };
        known.owner = known.owner.map(|owner| self.called(owner));
        Some(known)
    }

    /// Finds a container by its id, or by the beginning of it that a list has shown.
    fn container(&self, id: &str) -> Option<&Known> {
        self.containers.get(id).or_else(|| {
            let (longest, known) = self.containers.range(..id.to_owned()).next_back()?;
            (SHORT_ID <= longest.len() && id.starts_with(longest.as_str())).then_some(known)
        })
    }

    /// Returns what people call the owner by: a Deployment rather than its ReplicaSet.
    fn called(&self, owner: Owner) -> Owner {
        let is_between = BETWEEN.contains(&owner.kind.as_str());
        let above = owner.uid.as_deref().filter(|_| is_between).and_then(|uid| self.owners.get(uid));
        above.cloned().unwrap_or(owner)
    }
}

impl Directory for Names {
    fn look_up(&self, workload: &Workload, _: Option<&str>, _: &mut Vec<String>) -> Option<Known> {
        self.find(workload)
    }
}

impl Known {
    /// Takes from `other` what is not known yet.
    pub fn fill(&mut self, other: &Self) {
        let of = |mine: &mut Option<String>, others: &Option<String>| {
            if mine.is_none() {
                mine.clone_from(others);
            }
        };
        of(&mut self.pod, &other.pod);
        of(&mut self.namespace, &other.namespace);
        of(&mut self.pod_uid, &other.pod_uid);
        of(&mut self.qos, &other.qos);
        of(&mut self.container, &other.container);
        of(&mut self.image, &other.image);
        of(&mut self.project, &other.project);
        of(&mut self.service, &other.service);
        of(&mut self.source, &other.source);
        self.owner = self.owner.take().or_else(|| other.owner.clone());
        self.limit = self.limit.or(other.limit);
        self.request = self.request.or(other.request);
        self.sandbox |= other.sandbox;
    }

    fn clipped(self) -> Self {
        let of = |text: Option<String>| text.map(|text| clipped(&text)).filter(|text| !text.is_empty());
        Self {
            pod: of(self.pod),
            namespace: of(self.namespace),
            pod_uid: of(self.pod_uid),
            qos: of(self.qos),
            owner: self.owner.map(clipped_owner),
            container: of(self.container),
            image: of(self.image),
            project: of(self.project),
            service: of(self.service),
            source: of(self.source),
            ..self
        }
    }
}

/// Adds an entry, or fills the gaps of one that is there; returns whether there was room.
fn add(entries: &mut BTreeMap<String, Known>, id: &str, known: Known) -> bool {
    let known = known.clipped();
    if let Some(there) = entries.get_mut(id) {
        there.fill(&known);
        return true;
    }
    let room = entries.len() < KEPT;
    if room {
        entries.insert(clipped(id), known);
    }
    room
}

fn clipped_owner(owner: Owner) -> Owner {
    Owner { kind: clipped(&owner.kind), name: clipped(&owner.name), uid: owner.uid.map(|uid| clipped(&uid)) }
}

/// Cuts a text that is no name at a border between letters.
fn clipped(text: &str) -> String {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn owner(kind: &str, name: &str, uid: &str) -> Owner {
        Owner { kind: kind.into(), name: name.into(), uid: some(uid) }
    }

    #[test]
    fn a_container_its_pod_and_its_owners_are_put_together() {
        let mut names = Names::default();
        names.add_container(CID, Known { container: some("php"), pod_uid: some("u1"), ..Known::default() });
        names.add_pod(
            "u1",
            Known {
                pod: some("web-7d-x"),
                namespace: some("shop"),
                owner: Some(owner("ReplicaSet", "web-7d", "r1")),
                ..Known::default()
            },
        );
        names.add_owner("r1", owner("Deployment", "web", "d1"));
        names.add_owner("d1", owner("Operator", "shop", "o1"));
        let workload = Workload { container_id: some(CID), ..Workload::default() };
        let expected = Known {
            container: some("php"),
            pod_uid: some("u1"),
            pod: some("web-7d-x"),
            namespace: some("shop"),
            owner: Some(owner("Deployment", "web", "d1")),
            ..Known::default()
        };
        assert_eq!(names.find(&workload), Some(expected));
        assert_eq!(names.find(&Workload { pod_uid: some("u2"), ..Workload::default() }), None);
    }

    #[test]
    fn shortened_ids_are_found_and_short_words_are_no_ids() {
        let named = |id: &str| {
            let mut names = Names::default();
            for (id, name) in [("a1b2c3d4e5f5", "before"), (id, "it"), ("a1b2c3d4e5f7", "after")] {
                names.add_container(id, Known { container: some(name), ..Known::default() });
            }
            let workload = Workload { container_id: some(CID), ..Workload::default() };
            names.find(&workload).and_then(|known| known.container)
        };
        assert_eq!(named("a1b2c3d4e5f6"), some("it"));
        assert_eq!(named(CID), some("it"));
        assert_eq!(named("a1b2c3d4e5f"), None);
        assert_eq!(named("web"), None);
    }

    #[test]
    fn what_is_said_first_stands_and_gaps_are_filled() {
        let mut names = Names::default();
        names.add_pod("u", Known { pod: some("first"), ..Known::default() });
        names.add_pod("u", Known { pod: some("second"), namespace: some("ns"), ..Known::default() });
        let workload = Workload { pod_uid: some("u"), ..Workload::default() };
        assert_eq!(
            names.find(&workload),
            Some(Known { pod: some("first"), namespace: some("ns"), ..Known::default() })
        );
        let long = "\u{e9}".repeat(400);
        names.add_pod("long", Known { pod: Some(long), ..Known::default() });
        let found = names.find(&Workload { pod_uid: some("long"), ..Workload::default() }).unwrap();
        assert_eq!(found.pod.unwrap().len(), 512);
    }
}
