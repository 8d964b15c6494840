//! Compose: services of a project, merged from all files that it is made of.
//!
//! Source: the Compose specification, and what `compose-go` does with it.

mod bundle;
mod fields;
mod layers;
mod program;
mod service;
mod storage;
mod variables;

use super::{Input, Source};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Scope, ScopeKind},
    yaml::Value,
};
use bundle::Bundle;
use layers::Project;
use variables::Variables;

pub(super) const SOURCE: Source = Source {
    words: &["services", "include"],
    extensions: &["yaml", "yml", "json"],
    yaml: true,
    claims,
    read,
    settle: |_| {},
};

/// Keys by which a service of Compose is told from what other tools call a service.
const SIGNS: &[&str] = &[
    "image",
    "build",
    "extends",
    "deploy",
    "mem_limit",
    "command",
    "environment",
    "volumes",
    "ports",
    "depends_on",
    "env_file",
    "restart",
    "container_name",
    "networks",
    "entrypoint",
];

fn claims(input: &Input<'_>) -> bool {
    let named = bundle::is_compose_name(input.file_name());
    input.documents().filter_map(crate::yaml::Document::root).any(|root| {
        let Some(services) = root.get("services").filter(|services| services.is_mapping()) else {
            return named && root.get("include").is_some();
        };
        let is_service = |service: Value<'_>| SIGNS.iter().any(|sign| service.get(sign).is_some());
        root.get("apiVersion").is_none()
            && (named || services.entries().iter().any(|entry| is_service(entry.value)))
    })
}

fn read(input: &Input<'_>, model: &mut LimitModel) {
    let Some(bundle) = Bundle::gather(input, model) else { return };
    let streams = bundle.parse_others();
    let project = Project::new(&bundle, std::iter::once(input.yaml).chain(&streams));
    let variables = Variables::load(input);
    let place = input.place(crate::yaml::Mark { line: 1, column: 1, width: 1 });
    let name = project.name().unwrap_or_else(|| input.name.to_owned());
    let scope = model.push(Scope::new(ScopeKind::Project, Dialect::Compose, name, place));
    let mut reader =
        service::Reader { input, project: &project, variables: &variables, model, parent: scope };
    for service in project.services() {
        reader.service(&service);
    }
}
