//! Objects: lists are opened, kinds are told apart, and what is unknown is searched for containers.

use super::{bounds, container, operators, patch, pod, settings, shapes};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Namespace, Place, Replicas, Scope, ScopeId, ScopeKind, Workload},
    sources::Input,
    suppress,
    yaml::Value,
};

/// How deep lists may lie in lists.
const LISTS: usize = 8;

/// How deep an unknown object is searched for containers.
const DEEP: usize = 12;

/// The annotation that asks to be silent.
const ANNOTATION: &str = "oomkit/ignore";

/// Labels by which people say what something is.
const LABELS: &[&str] =
    &["app", "app.kubernetes.io/name", "app.kubernetes.io/component", "k8s-app", "name", "component"];

/// Reads the objects of one file.
pub(super) struct Reader<'a, 'm> {
    pub(super) input: &'a Input<'a>,
    pub(super) model: &'m mut LimitModel,
    is_patch: Option<bool>,
}

/// What every object has.
pub(super) struct Object<'d> {
    /// The whole of it.
    pub(super) root: Value<'d>,
    /// The kind.
    pub(super) kind: String,
    /// The name.
    pub(super) name: String,
    /// The namespace.
    pub(super) namespace: Namespace,
    /// Kind, namespace and name.
    pub(super) path: String,
}

impl<'a, 'm> Reader<'a, 'm> {
    pub(super) const fn new(input: &'a Input<'a>, model: &'m mut LimitModel) -> Self {
        Self { input, model, is_patch: None }
    }

    /// Reads one document.
    pub(super) fn document(&mut self, root: Value<'_>) {
        self.object(root, "", LISTS);
    }

    /// Reads an object, which may be a list of others; `implied` is the kind where it has none.
    fn object(&mut self, root: Value<'_>, implied: &str, lists: usize) {
        let text = |key: &str| root.get(key).and_then(Value::text).unwrap_or_default();
        let kind = if text("kind").is_empty() { implied } else { text("kind") };
        let (members, implied) = match kind {
            "Template" => (root.get("objects"), ""),
            _ => (kind.strip_suffix("List").and(root.get("items")), kind.strip_suffix("List").unwrap_or("")),
        };
        if let Some(members) = members.filter(|members| members.is_sequence()) {
            if let Some(lists) = lists.checked_sub(1) {
                members.items().for_each(|member| self.object(member, implied, lists));
            }
            return;
        }
        let object = self.head(root, kind);
        match kind {
            "LimitRange" => bounds::limit_range(self, &object),
            "ResourceQuota" => bounds::quota(self, &object),
            "ConfigMap" => settings::config_map(self, &object),
            "KubeletConfiguration" => settings::kubelet(self, &object),
            "Secret" | "CustomResourceDefinition" => {}
            _ => self.workload(&object, text("apiVersion")),
        }
    }

    fn head<'d>(&self, root: Value<'d>, kind: &str) -> Object<'d> {
        let text =
            |key: &str| root.path(&["metadata", key]).and_then(Value::text).filter(|text| !text.is_empty());
        let name = match (text("name"), text("generateName")) {
            (Some(name), _) => name.to_owned(),
            (None, Some(prefix)) => format!("{prefix}*"),
            (None, None) => "(unnamed)".into(),
        };
        let namespace = text("namespace")
            .map_or(Namespace::OfFile(self.input.file), |name| Namespace::Named(name.into()));
        let kind = if kind.is_empty() { "(unknown)" } else { kind };
        let path = format!("{kind}/{}/{name}", namespace.name());
        Object { root, kind: kind.into(), name, namespace, path }
    }

    fn workload(&mut self, object: &Object<'_>, version: &str) {
        let mut known = false;
        for shape in shapes::of(&object.kind, version) {
            known = true;
            if let Some(template) = object.root.path(shape.template)
                && let Some(spec) = template.get("spec").filter(|spec| spec.is_mapping())
            {
                let workload = self.begin(object, shape.ends || never_restarts(spec), Some(template));
                pod::read(self, workload, template, spec, &object.path);
                if patch::looks_like_one(spec) && self.is_patch() {
                    patch::mark(self.model, workload);
                }
            }
        }
        if !known && !operators::read(self, object, version) {
            self.search(object);
        }
    }

    /// Tells whether the file is a patch; asked for once, since files around it have to be read.
    fn is_patch(&mut self) -> bool {
        let input = self.input;
        *self.is_patch.get_or_insert_with(|| patch::is_named(input))
    }

    /// Adds the scope of a workload.
    pub(super) fn begin(&mut self, object: &Object<'_>, ends: bool, template: Option<Value<'_>>) -> ScopeId {
        let place = self.place_of(object);
        let mut scope = Scope::new(ScopeKind::Workload, Dialect::Kubernetes, object.path.clone(), place);
        scope.first_line = object.root.at().line;
        scope.workload = Some(Box::new(Workload {
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            replicas: replicas(object),
            ends,
            labels: labels(object.root, template),
        }));
        let workload = self.model.push(scope);
        self.annotation(object.root, workload);
        workload
    }

    /// Notes what an annotation asks to be silent about.
    pub(super) fn annotation(&mut self, holder: Value<'_>, scope: ScopeId) {
        let Some(request) = holder.path(&["metadata", "annotations", ANNOTATION]) else { return };
        let (Some(text), place) = (request.text(), self.input.place(request.at())) else { return };
        // The template of a pod that is no object of its own was asked already.
        if self
            .model
            .suppressions
            .iter()
            .all(|known| known.place.mark != place.mark || known.place.file != place.file)
        {
            self.model.suppressions.push(suppress::of_annotation(place, scope, text));
        }
    }

    fn place_of(&self, object: &Object<'_>) -> Place {
        let name = object.root.path(&["metadata", "name"]);
        self.input.place(name.unwrap_or(object.root).at())
    }

    /// Looks through an object of an unknown kind for containers.
    fn search(&mut self, object: &Object<'_>) {
        let mut found = Vec::new();
        search(object.root, &mut Vec::new(), &mut found, DEEP);
        if found.is_empty() {
            return;
        }
        let workload = self.begin(object, false, None);
        for (way, spec) in found {
            let path = if way.is_empty() { object.path.clone() } else { format!("{}/{way}", object.path) };
            pod::read(self, workload, spec, spec, &path);
        }
    }

    /// Adds a lone container below a workload.
    pub(super) fn lone(&mut self, parent: ScopeId, value: Value<'_>, path: &str) {
        let scope = container::read(self.input, value, path, crate::model::Role::Regular);
        self.model.push(scope.below(parent));
    }
}

/// Collects the mappings that hold a list of containers, each with the way to it.
fn search<'d>(value: Value<'d>, way: &mut Vec<&'d str>, found: &mut Vec<(String, Value<'d>)>, deep: usize) {
    let Some(deep) = deep.checked_sub(1) else { return };
    if has_containers(value) {
        found.push((way.join("/"), value));
        return;
    }
    for item in value.items() {
        search(item, way, found, deep);
    }
    for entry in value.entries() {
        way.push(entry.key);
        search(entry.value, way, found, deep);
        way.pop();
    }
}

/// Tells whether a mapping holds a list `containers` of mappings with a name and an image.
fn has_containers(value: Value<'_>) -> bool {
    value.get("containers").is_some_and(|list| {
        list.items().next().is_some_and(|one| one.get("name").is_some() && one.get("image").is_some())
    })
}

/// Tells whether a document without a kind is worth reading for its containers.
pub(super) fn holds_containers(root: Value<'_>) -> bool {
    has_containers(root) || root.get("spec").is_some_and(has_containers)
}

fn never_restarts(spec: Value<'_>) -> bool {
    matches!(spec.get("restartPolicy").and_then(Value::text), Some("Never" | "OnFailure"))
}

fn replicas(object: &Object<'_>) -> Replicas {
    let number = |way: &[&str]| {
        let number = object.root.path(way).and_then(Value::integer)?;
        u32::try_from(number).ok().map(Replicas::Count)
    };
    match object.kind.as_str() {
        "DaemonSet" | "BroadcastJob" => Replicas::PerNode,
        "Pod" => Replicas::Count(1),
        "Job" => number(&["spec", "parallelism"]).unwrap_or_default(),
        "CronJob" => number(&["spec", "jobTemplate", "spec", "parallelism"]).unwrap_or_default(),
        _ => number(&["spec", "replicas"]).unwrap_or_default(),
    }
}

fn labels(root: Value<'_>, template: Option<Value<'_>>) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> = Vec::new();
    for holder in template.into_iter().chain([root]) {
        let Some(all) = holder.path(&["metadata", "labels"]) else { continue };
        for key in LABELS {
            let value = all.get(key).and_then(Value::text);
            if let Some(value) = value.filter(|_| !labels.iter().any(|(known, _)| known == key)) {
                labels.push(((*key).into(), value.into()));
            }
        }
    }
    labels
}
