//! What of a service lives in memory: tmpfs, shared memory, volumes of that kind.

use super::{
    fields::{self, Located},
    layers::{Layers, Project},
    service::one_or_many,
    variables::Variables,
};
use crate::{
    model::{FileId, Mount, MountKind, Origin, Place, Setting},
    quantity::{Amount, docker},
    yaml::{Entry, Value},
};

/// Reads the mounts of a service that live in memory.
pub(super) fn read(layers: &Layers<'_>, project: &Project<'_>, variables: &Variables) -> Vec<Mount> {
    let mut mounts = Vec::new();
    if let Some(entry) = layers.entry("shm_size") {
        let size = fields::amount(entry, "shm_size", variables, docker::amount);
        let place = size.place;
        mounts.push(Mount {
            name: "/dev/shm".into(),
            kind: MountKind::SharedMemory,
            size: Some(size),
            place,
        });
    }
    for (file, entry) in layers.entries("tmpfs") {
        for value in one_or_many(entry.value) {
            if let Some((text, origin)) = fields::filled(value, variables) {
                mounts.push(tmpfs(&text, origin, (file, Entry { value, ..entry }), "tmpfs"));
            }
        }
    }
    for (file, entry) in layers.entries("volumes") {
        for value in one_or_many(entry.value) {
            mounts.extend(volume(file, value, project, variables));
        }
    }
    mounts
}

/// Reads `/run:size=64m,mode=755`.
fn tmpfs(text: &str, origin: Origin, entry: Located<'_>, key: &'static str) -> Mount {
    let (path, options) = text.split_once(':').unwrap_or((text, ""));
    let size = docker::size_option(options).map(|size| fields::located(entry, key, size, origin));
    Mount { name: path.into(), kind: MountKind::Tmpfs, size, place: place(entry.0, entry.1.value) }
}

fn volume(file: FileId, value: Value<'_>, project: &Project<'_>, variables: &Variables) -> Option<Mount> {
    let text = |key: &str| value.get(key).and_then(Value::text);
    if text("type") == Some("tmpfs") {
        let size = value.get("tmpfs").and_then(|tmpfs| tmpfs.entry("size"));
        return Some(Mount {
            name: text("target").unwrap_or_default().into(),
            kind: MountKind::Tmpfs,
            size: size.map(|entry| fields::amount((file, entry), "tmpfs.size", variables, docker::amount)),
            place: place(file, value),
        });
    }
    let name = text("source").or_else(|| value.text()?.split(':').next())?;
    let options = project.top("volumes").get(name).get("driver_opts");
    let kind = options.entry("type")?.1.value.text()?;
    if kind != "tmpfs" {
        return None;
    }
    let size: Option<Setting<Amount>> = options.entry("o").and_then(|entry| {
        let (options, origin) = fields::filled(entry.1.value, variables)?;
        docker::size_option(&options).map(|size| fields::located(entry, "driver_opts.o", size, origin))
    });
    Some(Mount { name: name.into(), kind: MountKind::Tmpfs, size, place: place(file, value) })
}

fn place(file: FileId, value: Value<'_>) -> Place {
    Place { file, mark: value.at(), scope: None }
}
