//! Objects of operators whose pods are written in a way of their own.

use super::{
    fields,
    object::{Object, Reader},
    pod,
};
use crate::{
    dialect::Dialect,
    model::{Scope, ScopeKind},
    yaml::Value,
};

/// Where an operator's kind keeps the resources of the one container that it makes itself.
struct Made {
    kind: &'static str,
    group: &'static str,
    /// The way to the mapping that has `resources`.
    way: &'static [&'static str],
    /// What the container is called.
    name: &'static str,
}

/// What operators make; a kind may stand several times.
const MADE: &[Made] = &[
    Made { kind: "Prometheus", group: "monitoring.coreos.com", way: &["spec"], name: "prometheus" },
    Made { kind: "PrometheusAgent", group: "monitoring.coreos.com", way: &["spec"], name: "prometheus" },
    Made { kind: "Alertmanager", group: "monitoring.coreos.com", way: &["spec"], name: "alertmanager" },
    Made { kind: "ThanosRuler", group: "monitoring.coreos.com", way: &["spec"], name: "thanos-ruler" },
    Made { kind: "Kafka", group: "kafka.strimzi.io", way: &["spec", "kafka"], name: "kafka" },
    Made { kind: "Kafka", group: "kafka.strimzi.io", way: &["spec", "zookeeper"], name: "zookeeper" },
    Made { kind: "KafkaNodePool", group: "kafka.strimzi.io", way: &["spec"], name: "kafka" },
    Made { kind: "KafkaConnect", group: "kafka.strimzi.io", way: &["spec"], name: "connect" },
    Made { kind: "KafkaBridge", group: "kafka.strimzi.io", way: &["spec"], name: "bridge" },
    Made { kind: "Cluster", group: "postgresql.cnpg.io", way: &["spec"], name: "postgres" },
];

/// Kinds whose templates are steps of a workflow, with the way to what holds them.
const WORKFLOWS: &[(&str, &[&str])] = &[
    ("Workflow", &["spec"]),
    ("WorkflowTemplate", &["spec"]),
    ("ClusterWorkflowTemplate", &["spec"]),
    ("CronWorkflow", &["spec", "workflowSpec"]),
];

/// Reads an object of an operator; returns whether it was one of those known here.
pub(super) fn read(reader: &mut Reader<'_, '_>, object: &Object<'_>, version: &str) -> bool {
    if version.starts_with("argoproj.io")
        && let Some((_, way)) = WORKFLOWS.iter().find(|(kind, _)| *kind == object.kind)
    {
        if let Some(spec) = object.root.path(way) {
            workflow(reader, object, spec);
        }
        return true;
    }
    let made: Vec<&Made> = MADE
        .iter()
        .filter(|made| made.kind == object.kind && version.starts_with(made.group))
        .filter(|made| object.root.path(made.way).is_some_and(Value::is_mapping))
        .collect();
    if made.is_empty() {
        return false;
    }
    let workload = reader.begin(object, false, None);
    for made in made {
        let Some(holder) = object.root.path(made.way) else { continue };
        let place = fields::head(reader.input, holder, "");
        let path = format!("{}/{}", object.path, made.name);
        let pod = Scope::new(ScopeKind::Pod, Dialect::Kubernetes, path.clone(), place).below(workload);
        let pod = reader.model.push(Scope { pod: Some(Box::default()), ..pod });
        let own = Scope::new(ScopeKind::Container, Dialect::Kubernetes, path.clone(), place).below(pod);
        let memory =
            holder.get("resources").map(|resources| super::container::memory(reader.input, resources));
        reader.model.push(Scope { memory: memory.unwrap_or_default().into(), ..own });
        for extra in holder.get("containers").into_iter().flat_map(Value::items) {
            // A container of the operator's own name only patches the one that it makes.
            if extra.get("image").is_some() {
                reader.lone(pod, extra, &format!("{path}/containers"));
            }
        }
    }
    true
}

/// Reads the steps of a workflow, each of which becomes a pod.
fn workflow(reader: &mut Reader<'_, '_>, object: &Object<'_>, spec: Value<'_>) {
    let workload = reader.begin(object, true, None);
    for template in spec.get("templates").into_iter().flat_map(Value::items) {
        let name = template.get("name").and_then(Value::text).unwrap_or("(unnamed)");
        let path = format!("{}/templates/{name}", object.path);
        let set = template.path(&["containerSet", "containers"]);
        let single = ["container", "script"].iter().filter_map(|key| Some((*key, template.get(key)?)));
        let lists = ["initContainers", "sidecars"].iter().filter_map(|key| Some((*key, template.get(key)?)));
        let single: Vec<_> = single.collect();
        let lists: Vec<_> = lists.chain(set.map(|set| ("containers", set))).collect();
        if single.is_empty() && lists.is_empty() {
            continue;
        }
        let pod = pod::bare(reader, workload, template, &path);
        for (key, container) in single {
            let mut scope =
                super::container::read(reader.input, container, &path, crate::model::Role::Regular);
            // The one container of a step has no name of its own.
            scope.path = format!("{path}/{key}");
            scope.name = name.into();
            reader.model.push(scope.below(pod));
        }
        for (key, list) in lists {
            let role =
                if key == "initContainers" { crate::model::Role::Init } else { crate::model::Role::Regular };
            for container in list.items() {
                let scope = super::container::read(reader.input, container, &format!("{path}/{key}"), role);
                reader.model.push(scope.below(pod));
            }
        }
    }
}
