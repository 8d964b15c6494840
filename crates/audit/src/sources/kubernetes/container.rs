//! Containers: resources, command and environment.

use super::fields;
use crate::{
    dialect::Dialect,
    model::{
        EnvValue, HugePages, MapRef, Memory, Origin, Program, Role, Scope, ScopeKind, Setting, Variable,
    },
    quantity::{Scalar, kubernetes},
    sources::Input,
    yaml::{Entry, Value},
};

/// Reads a container; `path` leads to the list that it stands in.
pub(super) fn read(input: &Input<'_>, value: Value<'_>, path: &str, role: Role) -> Scope {
    let name = value.get("name").and_then(Value::text).unwrap_or("(unnamed)");
    let place = fields::head(input, value, "name");
    let mut scope = Scope::new(ScopeKind::Container, Dialect::Kubernetes, format!("{path}/{name}"), place);
    scope.name = name.into();
    scope.role = role;
    if let Some(resources) = value.get("resources").filter(|_| role != Role::Ephemeral) {
        scope.memory = memory(input, resources).into();
        // What a template puts here is not known.
        scope.is_partial = resources.is_mapping() && input.is_placeholder(resources.at());
    }
    scope.program = Some(Box::new(program(input, value)));
    scope
}

/// Reads requests and limits, of a container or of a pod.
pub(super) fn memory(input: &Input<'_>, resources: Value<'_>) -> Memory {
    let (limits, requests) = (resources.get("limits"), resources.get("requests"));
    let amount = |holder: Option<Value<'_>>, key| {
        holder?.entry("memory").map(|entry| fields::amount(input, entry, key))
    };
    let cpu = |holder: Option<Value<'_>>, key| fields::cpu(input, holder?.entry("cpu")?, key);
    Memory {
        limit: amount(limits, "resources.limits.memory"),
        request: amount(requests, "resources.requests.memory"),
        cpu_limit: cpu(limits, "resources.limits.cpu"),
        cpu_request: cpu(requests, "resources.requests.cpu"),
        huge_pages: huge_pages(input, requests, limits),
        ..Memory::default()
    }
}

/// Returns request and limit of each size of huge pages.
fn huge_pages(input: &Input<'_>, requests: Option<Value<'_>>, limits: Option<Value<'_>>) -> Vec<HugePages> {
    let (requests, limits) = (huge_sizes(requests), huge_sizes(limits));
    let mut keys: Vec<&str> = requests.iter().chain(&limits).map(|entry| entry.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let find = |entries: &[Entry<'_>], key: &str, name| {
        let entry = entries.iter().find(|entry| entry.key == key)?;
        Some(fields::amount(input, *entry, name))
    };
    let of_size = |key: &str| HugePages {
        request: find(&requests, key, "resources.requests.hugepages"),
        limit: find(&limits, key, "resources.limits.hugepages"),
    };
    keys.into_iter().map(of_size).collect()
}

fn huge_sizes(holder: Option<Value<'_>>) -> Vec<Entry<'_>> {
    let entries = holder.map(Value::entries).unwrap_or_default();
    entries.into_iter().filter(|entry| entry.key.starts_with("hugepages-")).collect()
}

fn program(input: &Input<'_>, value: Value<'_>) -> Program {
    let words = ["command", "args"].into_iter().flat_map(|key| {
        value.get(key).into_iter().flat_map(Value::items).filter_map(move |word| {
            let text = word.text()?.to_owned();
            let place = input.place(word.at());
            Some(Setting {
                spelled: String::new(),
                value: text,
                key: key.into(),
                place,
                origin: Origin::Written,
            })
        })
    });
    let variables = value.get("env").into_iter().flat_map(Value::items).filter_map(|variable| {
        let name = variable.get("name")?.text()?.to_owned();
        let (value, at) = match (variable.get("value"), variable.get("valueFrom")) {
            (Some(value), _) => (EnvValue::Literal(value.text()?.to_owned()), value.at()),
            (None, Some(from)) => (reference(from), from.at()),
            (None, None) => (EnvValue::Literal(String::new()), variable.at()),
        };
        Some(Variable { name, value, place: input.place(at) })
    });
    let maps = value.get("envFrom").into_iter().flat_map(Value::items).filter_map(|from| {
        Some(MapRef {
            map: from.path(&["configMapRef", "name"])?.text()?.to_owned(),
            prefix: from.get("prefix").and_then(Value::text).unwrap_or_default().into(),
            place: input.place(from.at()),
        })
    });
    Program {
        maps: maps.collect(),
        image: value.entry("image").and_then(|entry| fields::text(input, entry, "image")),
        words: words.collect(),
        variables: variables.collect(),
    }
}

/// Reads where a variable's value comes from.
fn reference(from: Value<'_>) -> EnvValue {
    if let Some(key) = from.get("configMapKeyRef") {
        let text = |name: &str| key.get(name).and_then(Value::text).unwrap_or_default().to_owned();
        return EnvValue::Key { map: text("name"), key: text("key") };
    }
    let field = from.get("resourceFieldRef");
    let Some(field) =
        field.filter(|field| field.get("resource").and_then(Value::text) == Some("limits.memory"))
    else {
        return EnvValue::Elsewhere;
    };
    let divisor = field.get("divisor").and_then(Value::scalar).unwrap_or(Scalar::Int(1));
    let divisor = kubernetes::amount(&divisor).size().map_or(1, |size| size.get().max(1));
    EnvValue::MemoryLimit { divisor }
}
