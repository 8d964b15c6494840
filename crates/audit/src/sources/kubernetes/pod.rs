//! Pods: their containers by role, their volumes in memory, and where they may run.

use super::{container, fields, misspelt, object::Reader};
use crate::{
    dialect::Dialect,
    model::{Mount, MountKind, Pod, ProblemKind, Role, Scope, ScopeId, ScopeKind, Setting},
    sources::Input,
    yaml::Value,
};

/// Lists of containers, by the key and the role that they have as a rule.
const LISTS: &[(&str, Role)] = &[
    ("initContainers", Role::Init),
    ("containers", Role::Regular),
    ("ephemeralContainers", Role::Ephemeral),
];

/// Reads the pod that a template describes, with its containers, below a workload.
pub(super) fn read(
    reader: &mut Reader<'_, '_>,
    workload: ScopeId,
    template: Value<'_>,
    spec: Value<'_>,
    path: &str,
) {
    let input = reader.input;
    let place = input.place(template.path(&["metadata", "name"]).unwrap_or(spec).at());
    let mut scope = Scope::new(ScopeKind::Pod, Dialect::Kubernetes, path.into(), place).below(workload);
    if let Some(resources) = spec.get("resources") {
        scope.memory = container::memory(input, resources).into();
    }
    scope.mounts = volumes(input, spec);
    scope.pod = Some(Box::new(facts(input, template, spec)));
    let volumes = scope.mounts.clone();
    let pod = reader.model.push(scope);
    reader.annotation(template, pod);
    for (key, role) in LISTS {
        let Some(list) = spec.get(key) else { continue };
        for value in list.items().filter(|value| value.is_mapping()) {
            let stays = value.get("restartPolicy").and_then(Value::text) == Some("Always");
            let role = if *role == Role::Init && stays { Role::Sidecar } else { *role };
            let mut scope = container::read(input, value, &format!("{path}/{key}"), role);
            scope.mounts = mounted(input, value, &volumes);
            let misspelt = misspelt::find(input, value);
            scope.meant = misspelt.limit;
            for key in misspelt.keys {
                reader.model.complain(input.place(key.at), ProblemKind::Ineffective, key.what);
            }
            reader.model.push(scope.below(pod));
        }
    }
}

/// Adds a pod whose containers the caller adds.
pub(super) fn bare(reader: &mut Reader<'_, '_>, workload: ScopeId, spec: Value<'_>, path: &str) -> ScopeId {
    let place = fields::head(reader.input, spec, "name");
    let mut scope = Scope::new(ScopeKind::Pod, Dialect::Kubernetes, path.into(), place).below(workload);
    scope.mounts = volumes(reader.input, spec);
    scope.pod = Some(Box::new(facts(reader.input, spec, spec)));
    reader.model.push(scope)
}

fn facts(input: &Input<'_>, template: Value<'_>, spec: Value<'_>) -> Pod {
    let words = |list: Option<Value<'_>>, key: &str| {
        let list = list.into_iter().flat_map(Value::items);
        list.filter_map(|one| one.get(key)?.text().map(str::to_owned)).collect::<Vec<_>>()
    };
    let selector = spec.get("nodeSelector").map(Value::entries).unwrap_or_default();
    Pod {
        qos: None,
        priority_class: spec
            .entry("priorityClassName")
            .and_then(|entry| fields::text(input, entry, "priorityClassName")),
        node: spec.get("nodeName").and_then(Value::text).map(str::to_owned),
        node_selector: selector
            .iter()
            .filter_map(|entry| Some((entry.key.to_owned(), entry.value.text()?.to_owned())))
            .collect(),
        labels: template
            .path(&["metadata", "labels"])
            .map(Value::entries)
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| Some((entry.key.to_owned(), entry.value.text()?.to_owned())))
            .collect(),
        keeps_away: keeps_away(spec),
        tolerates: words(spec.get("tolerations"), "key"),
        overhead: spec
            .get("overhead")
            .and_then(|overhead| overhead.entry("memory"))
            .map(|entry| fields::amount(input, entry, "overhead.memory")),
    }
}

/// Returns the labels of pods that must not be on the same machine, as far as they are plain.
fn keeps_away(spec: Value<'_>) -> Vec<Vec<(String, String)>> {
    let rule = "requiredDuringSchedulingIgnoredDuringExecution";
    let terms = spec.path(&["affinity", "podAntiAffinity", rule]).into_iter().flat_map(Value::items);
    let on_host =
        terms.filter(|term| term.get("topologyKey").and_then(Value::text) == Some("kubernetes.io/hostname"));
    let labels = on_host.map(|term| {
        let plain = term.path(&["labelSelector", "matchLabels"]).map(Value::entries).unwrap_or_default();
        let plain =
            plain.iter().filter_map(|entry| Some((entry.key.to_owned(), entry.value.text()?.to_owned())));
        let listed = term.path(&["labelSelector", "matchExpressions"]).into_iter().flat_map(Value::items);
        // A list of several values would need a selector of its own; nobody writes them for this.
        let listed = listed.filter_map(|one| {
            let value = one.get("values")?.items().next()?.text()?.to_owned();
            Some((one.get("key")?.text()?.to_owned(), value))
        });
        plain.chain(listed).collect::<Vec<_>>()
    });
    labels.filter(|labels| !labels.is_empty()).collect()
}

/// Returns the volumes of a pod that live in memory.
fn volumes(input: &Input<'_>, spec: Value<'_>) -> Vec<Mount> {
    let Some(volumes) = spec.get("volumes") else { return Vec::new() };
    let in_memory = volumes.items().filter_map(|volume| {
        let directory = volume.get("emptyDir")?;
        let medium = directory.entry("medium")?;
        (medium.value.text() == Some("Memory")).then(|| Mount {
            name: volume.get("name").and_then(Value::text).unwrap_or_default().into(),
            kind: MountKind::EmptyDir,
            size: directory
                .entry("sizeLimit")
                .map(|entry| fields::amount(input, entry, "emptyDir.sizeLimit")),
            place: input.place(medium.value.at()),
        })
    });
    in_memory.collect()
}

/// Returns which of the volumes a container mounts.
fn mounted(input: &Input<'_>, container: Value<'_>, volumes: &[Mount]) -> Vec<Mount> {
    if volumes.is_empty() {
        return Vec::new();
    }
    let mounts = container.get("volumeMounts").into_iter().flat_map(Value::items);
    let known = mounts.filter_map(|mount| {
        let name = mount.get("name")?.text()?;
        let path = mount.get("mountPath").and_then(Value::text).unwrap_or(name);
        let volume = volumes.iter().find(|volume| volume.name == name)?;
        // The size belongs to the volume, whoever mounts it.
        let size = volume.size.as_ref().map(|size| size.as_from(crate::model::Origin::Derived));
        Some(Mount {
            name: path.into(),
            place: input.place(mount.at()),
            size: size.map(detached),
            ..volume.clone()
        })
    });
    known.collect()
}

fn detached<T>(mut setting: Setting<T>) -> Setting<T> {
    setting.place.scope = None;
    setting
}
