//! A task: its limit by its driver, and what it runs.

use oomkit_core::{ident::OomScoreAdj, units::Bytes};

use super::body::{Block, Body, Field, Meaning};
use crate::{
    dialect::Dialect,
    model::{
        EnvValue, Given, Memory, Mount, MountKind, Oom, Origin, Program, Role, Scope, ScopeKind, Setting,
        Swap, Variable,
    },
    quantity::{Amount, Scalar, mebibytes},
    sources::Input,
};

/// What a task may use where nobody says; `api/resources.go`, `DefaultResources`.
const USUAL: Bytes = Bytes::new(300 << 20);

/// The least that a task may have, in MiB; `nomad/structs/structs.go`, `MinResources`.
const LEAST: i128 = 10;

/// Reads a task.
pub(super) fn read(input: &Input<'_>, task: &Block, path: &str) -> Scope {
    let path = format!("{path}/{}", task.label);
    let mut scope = Scope::new(ScopeKind::Task, Dialect::Nomad, path, input.place(task.at));
    scope.name.clone_from(&task.label);
    scope.role = role(&task.body);
    let config = task.body.within("config");
    scope.memory = memory(input, task, config).into();
    scope.oom = oom(input, config).into();
    scope.mounts = config.map(|config| mounts(input, config)).unwrap_or_default();
    let reserved = scope.memory.request.as_ref().and_then(|request| request.value.size());
    let most = scope.memory.limit.as_ref().and_then(|limit| limit.value.size());
    scope.program = Some(Box::new(program(input, &task.body, &Filling { reserved, most })));
    scope
}

/// Tells when a task runs; one that only prepares or clears up does not stay.
fn role(task: &Body) -> Role {
    let Some(lifecycle) = task.within("lifecycle") else { return Role::Regular };
    let stays = lifecycle.field("sidecar").is_some_and(Field::is_true);
    match lifecycle.text("hook") {
        Some("prestart") if stays => Role::Sidecar,
        Some("prestart" | "poststop") => Role::Init,
        _ => Role::Regular,
    }
}

fn memory(input: &Input<'_>, task: &Block, config: Option<&Body>) -> Memory {
    let resources = task.body.within("resources");
    let size = |key| resources.and_then(|resources| resources.field(key));
    let reserved = size("memory").map_or_else(
        || Setting {
            value: Amount::Size(USUAL),
            key: "resources.memory".into(),
            spelled: "300".into(),
            place: input.place(task.at),
            origin: Origin::Default,
        },
        |field| setting(input, field, "resources.memory", field.amount(megabytes)),
    );
    let is_docker = matches!(task.body.text("driver"), Some("docker"));
    let of_driver = config.filter(|_| is_docker).and_then(|config| config.field("memory_hard_limit"));
    let of_driver = of_driver
        .map(|field| setting(input, field, "config.memory_hard_limit", field.amount(mebibytes::count)));
    // Zero is as good as unwritten in both places.
    let most = size("memory_max").filter(|field| field.integer() != Some(0));
    let most = most.map(|field| setting(input, field, "resources.memory_max", field.amount(megabytes)));
    let hard = larger(of_driver.filter(|setting| !matches!(setting.value, Amount::Void(_))), most);
    let limit = hard.unwrap_or_else(|| reserved.clone());
    let request = if limit == reserved { reserved.as_from(Origin::Derived) } else { reserved };
    // Docker is told one size for memory, and the same for memory and swap together.
    let swap = is_docker.then(|| limit.with(Swap::Total(limit.value.clone())).as_from(Origin::Derived));
    Memory { limit: Some(limit), request: Some(request), swap, ..Memory::default() }
}

/// Returns the one that counts of what the driver is told and what the scheduler is: the larger.
fn larger(of_driver: Option<Setting<Amount>>, most: Option<Setting<Amount>>) -> Option<Setting<Amount>> {
    match (of_driver, most) {
        (Some(one), Some(two)) => {
            let is_less = one.value.size() < two.value.size();
            Some(if is_less { two } else { one })
        }
        (one, two) => one.or(two),
    }
}

/// Reads a size of `resources`.
fn megabytes(scalar: &Scalar<'_>) -> Amount {
    let number = match scalar {
        Scalar::Int(number) => Some(*number),
        Scalar::Text(text) => text.parse().ok(),
        _ => None,
    };
    match number {
        Some(number) if number != -1 && number < LEAST => {
            Amount::refused("Nomad refuses a job whose task has less than 10 MiB")
        }
        _ => mebibytes::count(scalar),
    }
}

fn setting<T>(input: &Input<'_>, field: &Field, key: &'static str, value: T) -> Setting<T> {
    let spelled = field.spelled.clone();
    Setting { value, key: key.into(), spelled, place: input.place(field.at), origin: field.origin }
}

fn oom(input: &Input<'_>, config: Option<&Body>) -> Oom {
    let adj = config.and_then(|config| config.field("oom_score_adj")).and_then(|field| {
        let number = field.integer()?;
        let given = i64::try_from(number).ok().and_then(OomScoreAdj::new);
        let given = given.map_or(Given::Refused("it has to lie between -1000 and 1000".into()), Given::Known);
        Some(setting(input, field, "config.oom_score_adj", given))
    });
    Oom { adj, ..Oom::default() }
}

fn mounts(input: &Input<'_>, config: &Body) -> Vec<Mount> {
    let bytes = |field: &Field, key| setting(input, field, key, field.amount(count_of_bytes));
    let shared = config.field("shm_size").map(|field| Mount {
        name: "/dev/shm".into(),
        kind: MountKind::SharedMemory,
        size: Some(bytes(field, "config.shm_size")),
        place: input.place(field.at),
    });
    let listed = config.blocks.iter().filter(|block| matches!(&*block.kind, "mount" | "mounts"));
    let tmpfs = listed.filter(|mount| mount.body.text("type") == Some("tmpfs")).map(|mount| {
        let options = mount.body.within("tmpfs_options");
        Mount {
            name: mount.body.text("target").unwrap_or("(unnamed)").into(),
            kind: MountKind::Tmpfs,
            size: options
                .and_then(|options| options.field("size"))
                .map(|field| bytes(field, "tmpfs_options.size")),
            place: input.place(mount.at),
        }
    });
    shared.into_iter().chain(tmpfs).collect()
}

/// Reads a size of a mount, which counts bytes.
fn count_of_bytes(scalar: &Scalar<'_>) -> Amount {
    match scalar {
        Scalar::Int(0) => Amount::void("zero is no limit"),
        Scalar::Int(number) => u64::try_from(*number)
            .map_or(Amount::refused("a negative size is refused"), |bytes| Amount::Size(Bytes::new(bytes))),
        _ => Amount::refused("a size of a mount is a whole number of bytes"),
    }
}

/// Sizes that Nomad puts into command lines and environments.
struct Filling {
    reserved: Option<Bytes>,
    most: Option<Bytes>,
}

impl Filling {
    /// Puts a task's own sizes into a text; what else Nomad puts in stays as it stands.
    fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, size) in [("NOMAD_MEMORY_LIMIT", self.reserved), ("NOMAD_MEMORY_MAX_LIMIT", self.most)] {
            if let Some(size) = size {
                let number = (size.get() >> 20).to_string();
                filled = filled.replace(&format!("${{{name}}}"), &number);
            }
        }
        filled
    }
}

fn program(input: &Input<'_>, task: &Body, filling: &Filling) -> Program {
    let config = task.within("config");
    let text = |key: &'static str| {
        let field = config?.field(key)?;
        Some(setting(input, field, key, filling.fill(&field.word()?)))
    };
    let words = |key: &'static str| {
        let items = config.and_then(|config| config.field(key)).map(Field::items).unwrap_or_default();
        items.iter().filter_map(move |item| Some(setting(input, item, key, filling.fill(&item.word()?))))
    };
    let mut line = Vec::new();
    if task.text("driver") == Some("java") {
        // The driver starts the machine itself: its options come first, then what it runs.
        let driver = task.field("driver");
        line.extend(driver.map(|field| setting(input, field, "driver", "java".to_owned())));
        line.extend(words("jvm_options"));
        line.extend(text("jar_path").into_iter().flat_map(|jar| [jar.with("-jar".to_owned()), jar]));
    }
    line.extend(words("entrypoint"));
    line.extend(words("command"));
    line.extend(words("args"));
    let environment = task.blocks("env").flat_map(|block| &block.body.fields);
    let variables = environment.map(|field| Variable {
        name: field.key.clone(),
        value: match (&field.meaning, field.word()) {
            (Meaning::Unknown(_), Some(word)) if word.contains("${NOMAD_MEMORY") => {
                EnvValue::Literal(filling.fill(&word))
            }
            (Meaning::Unknown(_), _) | (_, None) => EnvValue::Elsewhere,
            (_, Some(word)) => EnvValue::Literal(word.into_owned()),
        },
        place: input.place(field.at),
    });
    Program { image: text("image"), words: line, variables: variables.collect(), maps: Vec::new() }
}
