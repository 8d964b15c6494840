//! What the file of a container or pod says to Podman about memory.

use oomkit_core::ident::OomScoreAdj;

use super::options;
use crate::{
    model::{
        Assignment, EnvValue, FileId, Fragment, Given, LimitModel, Memory, Mount, MountKind, Oom, Origin,
        Place, ProblemKind, Program, Setting, Swap, Variable,
    },
    quantity::{Amount, docker},
    sources::command_line,
    yaml::Mark,
};

/// A container or pod as its files say.
#[derive(Debug, Default)]
pub(super) struct Container {
    /// Its name, if it is given one.
    pub(super) name: Option<String>,
    /// The name of the service, if it is given one.
    pub(super) service: Option<String>,
    /// The file of the pod that it belongs to.
    pub(super) pod: Option<Setting<String>>,
    /// Whether it lies in the cgroup of its service.
    pub(super) is_split: bool,
    /// What it may use.
    pub(super) memory: Memory,
    /// How it fares when memory runs out.
    pub(super) oom: Oom,
    /// What of it lives in memory.
    pub(super) mounts: Vec<Mount>,
    /// What it runs.
    pub(super) program: Program,
    /// What it starts with, and what that is given; of each the last one counts.
    entrypoint: Vec<Setting<String>>,
    exec: Vec<Setting<String>>,
    /// Where its first assignment stands.
    at: Option<Place>,
}

impl Container {
    /// Reads the assignments of a section, weakest file first.
    pub(super) fn read(section: &str, parts: &[&Fragment], model: &mut LimitModel) -> Self {
        let mut container = Self { is_split: true, ..Self::default() };
        // Options stand behind what keys become, so that they count for more.
        let mut arguments = Vec::new();
        for part in parts {
            for one in part.assignments.iter().filter(|one| one.section == section) {
                container.at.get_or_insert(Place { file: part.file, mark: one.at, scope: None });
                match one.key.as_str() {
                    "PodmanArgs" if one.value.is_empty() => arguments.clear(),
                    "PodmanArgs" => arguments.push((part.file, one)),
                    _ => container.key(part.file, one, model),
                }
            }
        }
        for (file, line) in arguments {
            options::find(line).into_iter().for_each(|option| container.option(file, option));
        }
        container.program.words.append(&mut container.entrypoint);
        container.program.words.append(&mut container.exec);
        container
    }

    /// Returns where it begins.
    pub(super) fn at(&self, first: &Fragment) -> Place {
        self.at.unwrap_or_else(|| super::start(first))
    }

    fn key(&mut self, file: FileId, one: &Assignment, model: &mut LimitModel) {
        let text = || (!one.value.is_empty()).then(|| one.value.clone());
        match one.key.as_str() {
            "Memory" => self.memory.limit = sized(file, one.at, "Memory=", &one.value),
            "ContainerName" | "PodName" => self.name = text(),
            "ServiceName" => self.service = text().map(|name| format!("{name}.service")),
            "Pod" => self.pod = text().map(|pod| setting(file, one.at, "Pod=", &one.value, pod)),
            "CgroupsMode" => self.cgroups(&one.value),
            "ShmSize" => self.shared(file, one.at, "ShmSize=", &one.value),
            "Tmpfs" => self.tmpfs(file, one.at, "Tmpfs=", &one.value),
            "Image" => {
                self.program.image = text().map(|name| setting(file, one.at, "Image=", &one.value, name))
            }
            "Entrypoint" => self.entrypoint = words(file, one.at, "Entrypoint=", &one.value),
            "Exec" => self.exec = words(file, one.at, "Exec=", &one.value),
            "Environment" if one.value.is_empty() => self.program.variables.clear(),
            "Environment" => {
                let words = command_line::split(&one.value);
                self.program.variables.extend(words.iter().map(|word| variable(file, one.at, word)));
            }
            // Anything else that looks like a limit is none of Podman's keys, and the file is refused.
            key if key.starts_with("Memory") || key.starts_with("OOM") => {
                let what = format!(
                    "there is no key {key}= in [{}], and Podman makes no service of a file with one; \
                     {key}= belongs into [Service], or into PodmanArgs= as an option",
                    one.section
                );
                let place = Place { file, mark: one.at, scope: None };
                model.complain(place, ProblemKind::Rejected(None), what);
            }
            _ => {}
        }
    }

    fn option(&mut self, file: FileId, given: options::Given) {
        let options::Given { name, value, at } = given;
        match name {
            "memory" => self.memory.limit = sized(file, at, "--memory", &value),
            "memory-reservation" => self.memory.request = sized(file, at, "--memory-reservation", &value),
            "memory-swap" => {
                self.memory.swap = sized(file, at, "--memory-swap", &value).map(|size| {
                    let amount = if value == "-1" { Amount::Unlimited } else { size.value.clone() };
                    size.with(Swap::Total(amount))
                });
            }
            "memory-swappiness" => {
                self.memory.legacy.push(setting(file, at, "--memory-swappiness", &value, ()));
            }
            "oom-score-adj" => {
                let adj = value.parse::<i64>().ok().and_then(OomScoreAdj::new);
                let adj = adj.map_or_else(
                    || Given::Refused("an adjustment is a whole number from -1000 to 1000".into()),
                    Given::Known,
                );
                self.oom.adj = Some(setting(file, at, "--oom-score-adj", &value, adj));
            }
            "oom-kill-disable" => {
                let is_on = matches!(value.as_str(), "" | "true");
                self.oom.kill_disable = Some(setting(file, at, "--oom-kill-disable", &value, is_on));
            }
            "shm-size" => self.shared(file, at, "--shm-size", &value),
            "tmpfs" => self.tmpfs(file, at, "--tmpfs", &value),
            "cgroups" => self.cgroups(&value),
            _ => self.program.variables.push(variable(file, at, &value)),
        }
    }

    /// Takes where the container's cgroup is made: only `split` and `disabled` stay within the service.
    fn cgroups(&mut self, mode: &str) {
        self.is_split = matches!(mode, "" | "split" | "disabled");
    }

    fn shared(&mut self, file: FileId, at: Mark, key: &'static str, value: &str) {
        let size = sized(file, at, key, value);
        let place = Place { file, mark: at, scope: None };
        self.mounts.retain(|mount| mount.kind != MountKind::SharedMemory);
        self.mounts.push(Mount { name: "/dev/shm".into(), kind: MountKind::SharedMemory, size, place });
    }

    /// Takes `/run:size=64m,mode=755`.
    fn tmpfs(&mut self, file: FileId, at: Mark, key: &'static str, value: &str) {
        if value.is_empty() {
            return;
        }
        let (path, options) = value.split_once(':').unwrap_or((value, ""));
        let size = docker::size_option(options).map(|size| setting(file, at, key, options, size));
        let place = Place { file, mark: at, scope: None };
        self.mounts.push(Mount { name: path.into(), kind: MountKind::Tmpfs, size, place });
    }
}

/// Reads the words of a command.
fn words(file: FileId, at: Mark, key: &'static str, line: &str) -> Vec<Setting<String>> {
    command_line::split(line).into_iter().map(|word| setting(file, at, key, "", word)).collect()
}

/// Reads a size; an empty value takes back what was said before.
fn sized(file: FileId, at: Mark, key: &'static str, value: &str) -> Option<Setting<Amount>> {
    (!value.is_empty()).then(|| setting(file, at, key, value, docker::size(value)))
}

fn setting<T>(file: FileId, at: Mark, key: &'static str, spelled: &str, value: T) -> Setting<T> {
    let place = Place { file, mark: at, scope: None };
    Setting { value, key: key.into(), spelled: spelled.into(), place, origin: Origin::Written }
}

/// Reads `NAME=value`; without a value it is taken from the service's own environment.
fn variable(file: FileId, at: Mark, word: &str) -> Variable {
    let place = Place { file, mark: at, scope: None };
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, EnvValue::Literal(value.into())),
        None => (word, EnvValue::Elsewhere),
    };
    Variable { name: name.into(), value, place }
}
