//! Kubernetes: objects, lists of objects, and what operators make of their own objects.
//!
//! Source: the API types of `k8s.io/api`, and the admission that works on pods.

mod bounds;
mod container;
mod fields;
mod misspelt;
mod object;
mod operators;
mod patch;
mod pod;
mod settings;
mod settle;
mod shapes;

use super::{Input, Source};
use crate::{
    model::{LimitModel, Scope, ScopeKind},
    yaml::Value,
};

pub(super) const SOURCE: Source = Source {
    words: &["apiVersion", "containers"],
    extensions: &["yaml", "yml", "json"],
    yaml: true,
    claims,
    read,
    settle: settle::settle,
};

/// A document with a kind and a version is an object; without them it may still be a list of a kind, or
/// hold containers.
fn claims(input: &Input<'_>) -> bool {
    input.documents().filter_map(crate::yaml::Document::root).any(|root| {
        let has = |key: &str| root.get(key).and_then(Value::text).is_some_and(|text| !text.is_empty());
        (has("apiVersion") && has("kind"))
            || (root.get("items").is_some() && has("kind"))
            || object::holds_containers(root)
    })
}

fn read(input: &Input<'_>, model: &mut LimitModel) {
    let before = model.scopes.len();
    let mut reader = object::Reader::new(input, model);
    for root in input.documents().filter_map(crate::yaml::Document::root) {
        reader.document(root);
    }
    // Files around have to be read for it, so it is asked only where it matters.
    let is_bare =
        |scope: &Scope| scope.kind == ScopeKind::Container && !scope.is_patch && scope.memory.limit.is_none();
    let is_patched = model.scopes.iter().skip(before).any(is_bare) && patch::is_laid_over(input);
    if let Some(file) = model.file_mut(input.file) {
        file.is_patched = is_patched;
    }
}
