//! Quadlets: units of systemd that Podman makes out of files for containers and pods.
//!
//! A file `web.container` becomes `web.service`, which runs `podman run`; its drop-ins are those of a
//! unit.  By default the container lies in the cgroup of that service, so that the limits of both hold.
//! Source: `podman-systemd.unit(5)`, and `pkg/systemd/quadlet/quadlet.go` of Podman.

mod container;
mod options;

use std::collections::BTreeMap;

use super::{
    Input, Source,
    systemd::{self, Machine, name, unit::Taker},
};
use crate::{
    dialect::Dialect,
    model::{
        Fragment, LimitModel, Namespace, Place, ProblemKind, Replicas, Scope, ScopeId, ScopeKind, Setting,
        Unit, Workload,
    },
    yaml::Mark,
};
use container::Container;
use name::Spot;

pub(super) const SOURCE: Source = Source {
    words: &["[Container]", "[Pod]", "[Kube]", "[Service]"],
    extensions: KINDS,
    yaml: false,
    claims: |input| spot(input.name).is_some(),
    read,
    settle,
};

/// Kinds of quadlets that run something.
const KINDS: &[&str] = &["container", "pod", "kube"];

/// Folders that quadlets are looked for in, strongest first.
const FOLDERS: &[&str] = &[
    "run/containers/systemd",
    "etc/containers/systemd",
    "usr/share/containers/systemd",
    ".config/containers/systemd",
    "etc/containers/systemd/users",
];

fn spot(path: &str) -> Option<Spot> {
    name::spot_among(path, FOLDERS, KINDS)
}

fn read(input: &Input<'_>, model: &mut LimitModel) {
    systemd::read_one(input, model, input.name, input.text, 1);
    systemd::read_around(input, model, Dialect::Quadlet, spot);
}

fn settle(model: &mut LimitModel) {
    for (name, mut machine) in systemd::machines(model, spot) {
        machine.files.sort_by_key(|(spot, _)| spot.rank);
        let Some((_, first)) = machine.files.first() else { continue };
        let place = start(first);
        let path = if name.trim().is_empty() { "quadlets" } else { name.trim_end() };
        let host = model.push(Scope::new(ScopeKind::Host, Dialect::Quadlet, path.into(), place));
        let mut settling = Settling { model, host, is_user: name.ends_with(" user"), pods: BTreeMap::new() };
        settling.settle(&machine);
    }
}

/// The quadlets of one machine on their way into the model.
struct Settling<'m> {
    model: &'m mut LimitModel,
    host: ScopeId,
    is_user: bool,
    /// The pods by their files, and whether they have a limit.
    pods: BTreeMap<String, (ScopeId, bool)>,
}

impl Settling<'_> {
    fn settle(&mut self, machine: &Machine) {
        let units = machine.units();
        let of_kind = |kind: &'static str| {
            units.iter().filter(move |unit| unit.rsplit_once('.').is_some_and(|(_, is)| is == kind))
        };
        for unit in of_kind("pod") {
            self.pod(unit, &machine.parts(unit).1);
        }
        for unit in of_kind("container") {
            let (main, parts) = machine.parts(unit);
            self.container(unit, main.is_none(), &parts);
        }
        for unit in of_kind("kube") {
            self.kube(&machine.parts(unit).1);
        }
    }

    /// Adds a pod: containers that do not lie in their services lie in it.
    fn pod(&mut self, file: &str, parts: &[&Fragment]) {
        let Some(first) = parts.first() else { return };
        let pod = Container::read("Pod", parts, self.model);
        let mut scope =
            Scope::new(ScopeKind::Group, Dialect::Quadlet, file.into(), start(first)).below(self.host);
        scope.name = file.into();
        let is_limited = pod.memory.limit.is_some();
        scope.memory = pod.memory.into();
        let id = self.model.push(scope);
        self.pods.insert(file.to_owned(), (id, is_limited));
    }

    fn container(&mut self, file: &str, is_partial: bool, parts: &[&Fragment]) {
        let Some(first) = parts.first() else { return };
        let stem = file.strip_suffix(".container").unwrap_or(file);
        let container = Container::read("Container", parts, self.model);
        let service = container.service.clone().unwrap_or_else(|| format!("{stem}.service"));
        let (outer, unit) = self.service(&service, &container, parts, start(first));
        let pod = container.pod.as_ref().and_then(|pod| self.pods.get(&pod.value)).copied();
        let parent = if container.is_split {
            self.note_pod(pod, container.pod.as_ref());
            outer
        } else {
            pod.map_or(self.host, |(pod, _)| pod)
        };
        let path = format!("{service}/{}", container.name.as_deref().unwrap_or(stem));
        let mut scope = Scope::new(ScopeKind::Container, Dialect::Quadlet, path, container.at(first));
        scope = scope.below(parent);
        scope.name = container.name.unwrap_or_else(|| stem.to_owned());
        scope.first_line = 1;
        scope.is_partial = is_partial;
        scope.is_patch = is_partial && container.memory.limit.is_none();
        (scope.memory, scope.oom) = (container.memory.into(), container.oom.into());
        (scope.mounts, scope.program) = (container.mounts, Some(Box::new(container.program)));
        scope.oom.restart = self.model.scope(outer).and_then(|service| service.oom.restart.clone());
        scope.unit = Some(Box::new(Unit { name: service, slice: unit.slice, ..Unit::default() }));
        scope.workload = Some(Box::new(Workload {
            kind: "quadlet".into(),
            namespace: Namespace::OfFile(first.file),
            replicas: Replicas::Unsaid,
            ends: unit.kind.as_ref().is_some_and(|kind| kind.value == "oneshot"),
            labels: Vec::new(),
        }));
        self.model.push(scope);
    }

    /// Adds the service that a container is started by.
    fn service(
        &mut self,
        name: &str,
        container: &Container,
        parts: &[&Fragment],
        place: Place,
    ) -> (ScopeId, Unit) {
        let mut scope = Scope::new(ScopeKind::Unit, Dialect::Systemd, name.into(), place);
        scope.name = name.into();
        scope.first_line = 1;
        let mut taker = Taker::new(&mut scope, name);
        for part in parts {
            let of_systemd = part.assignments.iter().filter(|one| one.section != "Container");
            of_systemd.for_each(|one| taker.take(part.file, one));
        }
        let taken = taker.end();
        let mut unit = taken.unit;
        let slice = taken.slice.as_ref().map(|slice| slice.value.clone());
        unit.slice = Some(slice.unwrap_or_else(|| name::default_slice(name, self.is_user)));
        if !container.is_split {
            // What is said to the service is about the program that looks after the container.
            let why = "the container does not lie in the cgroup of its service, by CgroupsMode=";
            let limit = scope.memory.limit.take();
            scope.passed_over.extend(limit.map(|limit| limit.with(why.into())));
        }
        let parent = taken.slice.as_ref().and_then(|slice| self.slice(slice));
        scope.lies_in = taken.slice.filter(|_| parent.is_none());
        scope.unit = Some(Box::new(unit.clone()));
        // It has a container in it, and is counted for that.
        scope.is_patch = true;
        (self.model.push(scope.below(parent.unwrap_or(self.host))), unit)
    }

    /// Returns the slice of this name, if there is one only.
    fn slice(&self, slice: &Setting<String>) -> Option<ScopeId> {
        let mut found =
            self.model.all().filter(|(_, scope)| scope.kind == ScopeKind::Slice && scope.name == slice.value);
        found.next().filter(|_| found.next().is_none()).map(|(id, _)| id)
    }

    /// Says that a pod's limit does not hold a container that lies in its own service.
    fn note_pod(&mut self, pod: Option<(ScopeId, bool)>, named: Option<&Setting<String>>) {
        if let (Some((_, true)), Some(named)) = (pod, named) {
            // Longer messages are cut where they are shown.
            let what = "its pod's limit does not hold this container, which lies in its service \
                        (CgroupsMode=enabled changes that)";
            self.model.complain(named.place, ProblemKind::Ineffective, what);
        }
    }

    /// Says which objects a quadlet of this kind starts, since they stand in a file of their own.
    fn kube(&mut self, parts: &[&Fragment]) {
        for part in parts {
            for one in part.assignments.iter().filter(|one| one.section == "Kube" && one.key == "Yaml") {
                let folder = part.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let path = if folder.is_empty() || one.value.starts_with('/') {
                    one.value.clone()
                } else {
                    format!("{folder}/{}", one.value)
                };
                if !self.model.files.iter().any(|file| file.name == path && file.dialect.is_some()) {
                    let what = format!("its objects stand in {path}, which was not audited");
                    let place = Place { file: part.file, mark: one.at, scope: None };
                    self.model.complain(place, ProblemKind::Unresolved, what);
                }
            }
        }
    }
}

/// Returns the place that a file begins at.
fn start(fragment: &Fragment) -> Place {
    let own = |section: &str| matches!(section, "Container" | "Pod");
    let first = fragment.assignments.iter().find(|one| own(&one.section)).or(fragment.assignments.first());
    let mark = first.map_or(Mark { line: 1, column: 1, width: 1 }, |one| one.at);
    Place { file: fragment.file, mark, scope: None }
}
