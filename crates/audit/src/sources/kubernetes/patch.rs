//! Patches: pieces of objects that a kustomization lays over others.

use crate::{
    model::{LimitModel, ScopeId},
    sources::Input,
    yaml::{self, Document, Value},
};

/// The names of kustomizations.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The lists of patches of a kustomization.
const PATCHES: [&str; 3] = ["patches", "patchesStrategicMerge", "patchesJson6902"];

/// How many folders up a kustomization may lie.
const UP: usize = 3;

/// Tells whether no container of a pod has an image, as in a patch.
pub(super) fn looks_like_one(spec: Value<'_>) -> bool {
    let containers = ["containers", "initContainers"].iter().filter_map(|key| spec.get(key));
    !containers.flat_map(Value::items).any(|container| container.get("image").is_some())
}

/// Tells whether a kustomization around a file names it as a patch.
pub(super) fn is_named(input: &Input<'_>) -> bool {
    let (mut folder, mut below) = match input.name.rsplit_once('/') {
        Some((folder, name)) => (folder, name.to_owned()),
        None => ("", input.name.to_owned()),
    };
    for _ in 0..UP {
        for name in NAMES {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            if input.around.read(&path).is_some_and(|bytes| names(&bytes, &below)) {
                return true;
            }
        }
        let Some((above, name)) = folder.rsplit_once('/') else { break };
        below = format!("{name}/{below}");
        folder = above;
    }
    false
}

/// Tells whether the kustomization beside a file lays patches over it.
pub(super) fn is_laid_over(input: &Input<'_>) -> bool {
    let (folder, name) =
        input.name.rsplit_once('/').map_or(("", input.name), |(folder, name)| (folder, name));
    let is_patched = |bytes: &[u8]| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        yaml::read(text).documents.iter().filter_map(Document::root).any(|root| {
            let mut resources = root.get("resources").into_iter().flat_map(Value::items);
            let is_this =
                |one: Value<'_>| one.text().is_some_and(|text| text.trim_start_matches("./") == name);
            resources.any(is_this)
                && PATCHES.iter().filter_map(|key| root.get(key)).any(|list| list.items().next().is_some())
        })
    };
    NAMES.iter().any(|name| {
        let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
        input.around.read(&path).is_some_and(|bytes| is_patched(&bytes))
    })
}

fn names(kustomization: &[u8], path: &str) -> bool {
    let Ok(text) = std::str::from_utf8(kustomization) else { return false };
    let stream = yaml::read(text);
    let roots = stream.documents.iter().filter_map(|document| document.root());
    let lists = roots.flat_map(|root| PATCHES.into_iter().filter_map(move |key| root.get(key)));
    lists.flat_map(Value::items).any(|patch| {
        let named = patch.get("path").unwrap_or(patch).text();
        named.is_some_and(|named| named.trim_start_matches("./") == path)
    })
}

/// Marks everything from a scope on as part of a patch.
pub(super) fn mark(model: &mut LimitModel, from: ScopeId) {
    for scope in model.from(from) {
        scope.is_patch = true;
        scope.is_partial = true;
    }
}
