//! Task definitions of Amazon ECS: as they are registered, as they are described, and in CloudFormation.
//!
//! A task is the cgroup that its containers lie in.  Sizes count MiB.
//! Source: the ECS API reference, `ContainerDefinition` and `TaskDefinition`, and the CloudFormation
//! resource `AWS::ECS::TaskDefinition`, which writes the same keys with a capital.

use std::borrow::Cow;

use super::{Input, Source};
use crate::{
    dialect::Dialect,
    model::{
        EnvValue, LimitModel, Memory, Mount, MountKind, Origin, Program, Scope, ScopeId, ScopeKind, Setting,
        Swap, Variable,
    },
    quantity::{Amount, Scalar, mebibytes},
    yaml::{Document, Entry, Value},
};

pub(super) const SOURCE: Source = Source {
    words: &["containerDefinitions", "ContainerDefinitions"],
    extensions: &["json", "yaml", "yml"],
    yaml: true,
    claims: |input| tasks(input).next().is_some(),
    read,
    settle: |_| {},
};

/// The kind of a resource of CloudFormation that is a task definition.
const RESOURCE: &str = "AWS::ECS::TaskDefinition";

/// Returns every task definition of a file, with the name that it has there.
fn tasks<'d>(input: &'d Input<'_>) -> impl Iterator<Item = (Option<&'d str>, Value<'d>)> {
    input.documents().filter_map(Document::root).flat_map(|root| {
        let described = root.get("taskDefinition").unwrap_or(root);
        let registered = described.get("containerDefinitions").is_some().then_some((None, described));
        let resources = root.get("Resources").map(Value::entries).unwrap_or_default();
        let of_template = resources.into_iter().filter_map(|resource| {
            let kind = resource.value.get("Type").and_then(Value::text)?;
            Some((Some(resource.key), resource.value.get("Properties").filter(|_| kind == RESOURCE)?))
        });
        registered.into_iter().chain(of_template).collect::<Vec<_>>()
    })
}

fn read(input: &Input<'_>, model: &mut LimitModel) {
    for (resource, task) in tasks(input) {
        let family = member(task, "family").and_then(|entry| entry.value.text());
        let name = family.or(resource).unwrap_or("(unnamed)");
        let mark = member(task, "family").map_or(task.at(), |entry| entry.at);
        let path = format!("TaskDefinition/{name}");
        let mut scope = Scope::new(ScopeKind::TaskDefinition, Dialect::Ecs, path.clone(), input.place(mark));
        scope.name = name.into();
        scope.memory.limit =
            member(task, "memory").map(|entry| amount(input, entry, "memory", mebibytes::task));
        let id = model.push(scope);
        let containers = member(task, "containerDefinitions").map(|entry| entry.value);
        for container in containers.into_iter().flat_map(Value::items) {
            model.push(read_container(input, container, &path, id));
        }
    }
}

fn read_container(input: &Input<'_>, container: Value<'_>, path: &str, task: ScopeId) -> Scope {
    let name = member(container, "name");
    let shown = name.and_then(|entry| entry.value.text()).unwrap_or("(unnamed)");
    let place = input.place(name.map_or(container.at(), |entry| entry.at));
    let path = format!("{path}/containers/{shown}");
    let mut scope = Scope::new(ScopeKind::Container, Dialect::Ecs, path, place).below(task);
    scope.name = shown.into();
    let size = |key| member(container, key).map(|entry| amount(input, entry, key, mebibytes::count));
    let linux = member(container, "linuxParameters").map(|entry| entry.value);
    let swap = linux.and_then(|linux| member(linux, "maxSwap"));
    scope.memory = Memory {
        limit: size("memory"),
        request: size("memoryReservation"),
        swap: swap.map(|entry| swap_of(&amount(input, entry, "linuxParameters.maxSwap", swap_size))),
        ..Memory::default()
    }
    .into();
    scope.mounts = linux.map(|linux| mounts(input, linux)).unwrap_or_default();
    scope.program = Some(Box::new(program(input, container)));
    scope
}

/// Returns a key as the API or as CloudFormation writes it.
fn member<'d>(value: Value<'d>, key: &str) -> Option<Entry<'d>> {
    value.entry(key).or_else(|| {
        let (first, rest) = key.split_at_checked(1)?;
        value.entry(&(first.to_ascii_uppercase() + rest))
    })
}

/// Reads a size; a function of CloudFormation, such as `!Ref`, is known only when it is deployed.
fn amount(
    input: &Input<'_>,
    entry: Entry<'_>,
    key: &'static str,
    grammar: fn(&Scalar<'_>) -> Amount,
) -> Setting<Amount> {
    let value = match entry.value.scalar() {
        _ if entry.value.tag().is_some() || entry.value.is_mapping() => {
            Amount::Unknown("it is filled in when the template is deployed".into())
        }
        Some(Scalar::Text(text)) if text.contains("${") || text.contains("{{") => {
            Amount::Unknown(format!("{text} is filled in when it is deployed").into())
        }
        Some(scalar) => grammar(&scalar),
        None => Amount::refused("a size is a whole number of MiB here, and this is a list"),
    };
    let mark = if entry.value.is_null() { entry.at } else { entry.value.at() };
    let spelled = entry.value.text().unwrap_or_default().to_owned();
    Setting { value, key: Cow::Borrowed(key), spelled, place: input.place(mark), origin: Origin::Written }
}

/// Reads how much swap there may be: none is a size like others.
fn swap_size(scalar: &Scalar<'_>) -> Amount {
    match scalar {
        Scalar::Int(0) => Amount::Size(oomkit_core::units::Bytes::ZERO),
        scalar => mebibytes::count(scalar),
    }
}

fn swap_of(size: &Setting<Amount>) -> Setting<Swap> {
    let Setting { key, spelled, place, origin, value } = size.clone();
    Setting { value: Swap::Alone(value), key, spelled, place, origin }
}

fn mounts(input: &Input<'_>, linux: Value<'_>) -> Vec<Mount> {
    let shared = member(linux, "sharedMemorySize").map(|entry| Mount {
        name: "/dev/shm".into(),
        kind: MountKind::SharedMemory,
        size: Some(amount(input, entry, "linuxParameters.sharedMemorySize", mebibytes::count)),
        place: input.place(entry.at),
    });
    let listed = member(linux, "tmpfs").into_iter().flat_map(|entry| entry.value.items());
    let tmpfs = listed.map(|one| Mount {
        name: member(one, "containerPath").and_then(|entry| entry.value.text()).unwrap_or("(unnamed)").into(),
        kind: MountKind::Tmpfs,
        size: member(one, "size").map(|entry| amount(input, entry, "tmpfs.size", mebibytes::count)),
        place: input.place(one.at()),
    });
    shared.into_iter().chain(tmpfs).collect()
}

fn program(input: &Input<'_>, container: Value<'_>) -> Program {
    let text = |value: Value<'_>, key: &'static str| {
        let value_of = value.text()?.to_owned();
        let place = input.place(value.at());
        let setting = Setting {
            spelled: value_of.clone(),
            value: value_of,
            key: key.into(),
            place,
            origin: Origin::Written,
        };
        Some(setting)
    };
    let words = ["entryPoint", "command"].into_iter().flat_map(|key| {
        let list = member(container, key).into_iter().flat_map(|entry| entry.value.items());
        list.filter_map(move |word| text(word, key))
    });
    let listed = member(container, "environment").into_iter().flat_map(|entry| entry.value.items());
    let variables = listed.filter_map(|variable| {
        let name = member(variable, "name")?.value.text()?.to_owned();
        let value = member(variable, "value").map(|entry| entry.value);
        let text = value.filter(|value| value.tag().is_none()).and_then(Value::text);
        let known = text.map_or(EnvValue::Elsewhere, |text| EnvValue::Literal(text.to_owned()));
        Some(Variable { name, value: known, place: input.place(value.unwrap_or(variable).at()) })
    });
    Program {
        image: member(container, "image").and_then(|entry| text(entry.value, "image")),
        words: words.collect(),
        variables: variables.collect(),
        maps: Vec::new(),
    }
}
