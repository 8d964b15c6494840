//! LimitRange and ResourceQuota: what a namespace gives and allows.

use super::{
    fields,
    object::{Object, Reader},
};
use crate::{
    model::{LimitRange, Quota, Range},
    sources::Input,
    yaml::Value,
};

/// Reads a LimitRange.
pub(super) fn limit_range(reader: &mut Reader<'_, '_>, object: &Object<'_>) {
    let items: Vec<Value<'_>> =
        object.root.path(&["spec", "limits"]).into_iter().flat_map(Value::items).collect();
    let of_type = |kind: &str| {
        let item = items.iter().find(|item| item.get("type").and_then(Value::text) == Some(kind));
        item.map(|item| range(reader.input, *item)).unwrap_or_default()
    };
    let range = LimitRange {
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        place: reader.input.place(object.root.path(&["metadata", "name"]).unwrap_or(object.root).at()),
        container: of_type("Container"),
        pod: of_type("Pod"),
    };
    reader.model.limit_ranges.push(range);
}

fn range(input: &Input<'_>, item: Value<'_>) -> Range {
    let memory =
        |holder: &str, key| item.get(holder)?.entry("memory").map(|entry| fields::amount(input, entry, key));
    let cpu = |holder: &str, key| fields::cpu(input, item.get(holder)?.entry("cpu")?, key);
    let ratio = item
        .get("maxLimitRequestRatio")
        .and_then(|ratio| fields::cpu(input, ratio.entry("memory")?, "maxLimitRequestRatio.memory"));
    let max = memory("max", "max.memory");
    let min = memory("min", "min.memory");
    let cpu_default = cpu("default", "default.cpu").or_else(|| cpu("max", "max.cpu"));
    // What is not said follows from what is said, as admission has it.
    let default = memory("default", "default.memory").or_else(|| max.clone());
    Range {
        default_request: memory("defaultRequest", "defaultRequest.memory")
            .or_else(|| default.clone())
            .or_else(|| min.clone()),
        cpu_default_request: cpu("defaultRequest", "defaultRequest.cpu")
            .or_else(|| cpu_default.clone())
            .or_else(|| cpu("min", "min.cpu")),
        default,
        max,
        min,
        ratio,
        cpu_default,
    }
}

/// Reads a ResourceQuota.
pub(super) fn quota(reader: &mut Reader<'_, '_>, object: &Object<'_>) {
    let hard = object.root.path(&["spec", "hard"]);
    let amount = |keys: [&str; 2], name| {
        let entry = keys.into_iter().find_map(|key| hard?.entry(key))?;
        Some(fields::amount(reader.input, entry, name))
    };
    let quota = Quota {
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        place: reader.input.place(object.root.path(&["metadata", "name"]).unwrap_or(object.root).at()),
        limits: amount(["limits.memory", "limits.memory"], "limits.memory"),
        requests: amount(["requests.memory", "memory"], "requests.memory"),
        scoped: object.root.path(&["spec", "scopes"]).is_some()
            || object.root.path(&["spec", "scopeSelector"]).is_some(),
    };
    reader.model.quotas.push(quota);
}
