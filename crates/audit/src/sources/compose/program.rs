//! What a service runs: image, command line and environment.

use super::{
    bundle::beside,
    fields,
    layers::Layers,
    service::one_or_many,
    variables::{self, Variables},
};
use crate::{
    model::{EnvValue, Place, Program, Setting, Variable},
    sources::{Input, command_line},
    yaml::Value,
};

/// Reads what a service runs.
pub(super) fn read(layers: &Layers<'_>, variables: &Variables, input: &Input<'_>) -> Program {
    let words = ["entrypoint", "command"].into_iter().flat_map(|key| words(layers, key, variables));
    Program {
        image: layers.entry("image").and_then(|entry| fields::text(entry, "image", variables)),
        words: words.collect(),
        variables: environment(layers, variables, input),
        maps: Vec::new(),
    }
}

/// Reads a command line given as a list or as one text.
fn words(layers: &Layers<'_>, key: &'static str, variables: &Variables) -> Vec<Setting<String>> {
    let Some((file, entry)) = layers.entry(key) else { return Vec::new() };
    let mut words = Vec::new();
    for value in one_or_many(entry.value) {
        let Some((text, origin)) = fields::filled(value, variables) else { continue };
        let place = Place { file, mark: value.at(), scope: None };
        let parts = if entry.value.is_sequence() { vec![text] } else { command_line::split(&text) };
        words.extend(parts.into_iter().map(|word| Setting {
            value: word,
            key: key.into(),
            spelled: String::new(),
            place,
            origin,
        }));
    }
    words
}

/// Reads the environment, weakest first: files before what stands in the service itself.
fn environment(layers: &Layers<'_>, variables: &Variables, input: &Input<'_>) -> Vec<Variable> {
    let mut found = Vec::new();
    for (file, entry) in layers.entries("env_file") {
        for value in one_or_many(entry.value) {
            let Some(path) = value.get("path").unwrap_or(value).text() else { continue };
            let bytes = input.around.read(&beside(input.name, path)).unwrap_or_default();
            let place = Place { file, mark: value.at(), scope: None };
            let pairs = variables::parse(&String::from_utf8_lossy(&bytes));
            found.extend(pairs.into_iter().map(|(name, value)| literal(name, value, place)));
        }
    }
    for (file, entry) in layers.entries("environment").into_iter().rev() {
        for value in entry.value.items() {
            let Some((text, _)) = fields::filled(value, variables) else { continue };
            let place = Place { file, mark: value.at(), scope: None };
            found.push(match text.split_once('=') {
                Some((name, value)) => literal(name.into(), value.into(), place),
                None => Variable { name: text, value: EnvValue::Elsewhere, place },
            });
        }
        for member in entry.value.entries() {
            let place = Place { file, mark: member.value.at(), scope: None };
            found.push(variable(member.key, member.value, variables, place));
        }
    }
    found
}

fn literal(name: String, value: String, place: Place) -> Variable {
    Variable { name, value: EnvValue::Literal(value), place }
}

fn variable(name: &str, value: Value<'_>, variables: &Variables, place: Place) -> Variable {
    match fields::filled(value, variables).filter(|_| !value.is_null()) {
        Some((text, _)) => literal(name.into(), text, place),
        None => Variable { name: name.into(), value: EnvValue::Elsewhere, place },
    }
}
