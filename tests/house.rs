//! The house: arrows between crates, ranks of modules, lints, derived files, tidiness.
//!
//! The numbers are those of the invariants in `docs/architecture.md`.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use xtask::{
    codegen,
    tidy::{self, File},
    workspace,
};

/// Which crates each crate may use; the picture of the architecture, as data.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "oomkit",
        &[
            "oomkit-audit",
            "oomkit-core",
            "oomkit-decode",
            "oomkit-host",
            "oomkit-postmortem",
            "oomkit-render",
            "oomkit-snap",
        ],
    ),
    ("oomkit-audit", &["oomkit-core", "oomkit-host"]),
    ("oomkit-core", &[]),
    ("oomkit-decode", &["oomkit-core"]),
    ("oomkit-host", &["oomkit-core"]),
    ("oomkit-postmortem", &["oomkit-audit", "oomkit-core", "oomkit-decode", "oomkit-snap"]),
    ("oomkit-render", &["oomkit-core"]),
    ("oomkit-snap", &["oomkit-core", "oomkit-host"]),
    ("packaging", &[]),
    ("xtask", &[]),
];

/// The modules of each crate from the bottom up: a module may use those that stand before it.
///
/// Modules that are not listed stand above all that are, side by side; the head of a crate stands on top.
const RANKS: &[(&str, &[&str])] = &[
    (
        "core",
        &[
            "cgroup", "units", "ident", "place", "limit", "reading", "account", "finding", "rule", "problem",
            "badness", "workload", "language", "document",
        ],
    ),
    (
        "decode",
        &[
            "record",
            "report",
            "glossary",
            "kernel",
            "transports",
            "rejoin",
            "hour",
            "stage",
            "clock",
            "draft",
            "trouble",
            "assemble",
            "reader",
            "scan",
            "pipeline",
            "resolve",
            "case",
            "diagnoses",
            "digest",
            "redact",
            "view",
        ],
    ),
    (
        "audit",
        &[
            "quantity", "yaml", "dialect", "policy", "model", "suppress", "sources", "runtimes", "simulate",
            "rules", "summary", "view",
        ],
    ),
    (
        "postmortem",
        &[
            "clocks",
            "incident",
            "who",
            "episode",
            "matching",
            "history",
            "growth",
            "gap",
            "figure",
            "patch",
            "recommend",
            "measured",
            "risk",
            "timeline",
            "blame",
            "assemble",
            "view",
        ],
    ),
    ("render", &["style", "words", "safe", "table", "letters", "figures", "formats"]),
    ("cli", &["exit", "failure", "output"]),
];

/// The crates that may touch the world, and so have a `clippy.toml` without the ban.
const OPEN_ROOMS: &[&str] = &["cli", "host", "snap"];

/// Invariant 2: siblings do not know one another.
#[test]
fn arrows_between_crates() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let found: BTreeMap<&str, Vec<&str>> =
        packages.iter().map(|package| (text(&package["name"]), house_dependencies(package))).collect();
    let expected: BTreeMap<&str, Vec<&str>> = ARROWS.iter().map(|(name, to)| (*name, to.to_vec())).collect();
    assert_eq!(found, expected);
}

/// Returns what cargo says of the workspace.
fn metadata() -> Value {
    let mut asked = workspace::cargo(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let told = workspace::output(&mut asked).expect("cargo describes the workspace");
    serde_json::from_str(&told).expect("JSON")
}

/// What crates.io asks of a crate, which it would otherwise say on the day of a release.
///
/// `cargo publish --dry-run --workspace` asks for the same and builds each crate; this takes a second.
#[test]
fn crates_can_be_published() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let is_published = |package: &&Value| package["publish"].is_null();
    let published: Vec<&Value> = packages.iter().filter(is_published).collect();
    let names: Vec<&str> = published.iter().map(|package| text(&package["name"])).collect();
    assert_eq!(names.len(), crates().len(), "{names:?}");
    for package in published {
        let name = text(&package["name"]);
        for key in ["description", "license", "repository", "readme"] {
            assert!(package[key].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {key}");
        }
        let keywords = package["keywords"].as_array().expect("keywords");
        assert!((1..=5).contains(&keywords.len()), "{name}: crates.io takes five keywords at most");
        for needed in package["dependencies"].as_array().expect("dependencies") {
            let of_ours = packages.iter().find(|other| other["name"] == needed["name"]);
            let Some(of_ours) = of_ours.filter(|_| !needed["path"].is_null()) else { continue };
            let wanted = match is_published(&of_ours) {
                true => format!("^{}", text(&of_ours["version"])),
                // Without a version cargo leaves it out, as it may for what only tests need.
                false => "*".to_owned(),
            };
            let (needs, kind) = (text(&needed["req"]), &needed["kind"]);
            assert_eq!(needs, wanted, "{name} needs {}", needed["name"]);
            assert!(is_published(&of_ours) || kind == "dev", "{name} needs {}", needed["name"]);
        }
        let manifest = Path::new(text(&package["manifest_path"]));
        for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let found = fs::read_to_string(manifest.with_file_name(license)).unwrap_or_default();
            assert_eq!(found, read(license), "{name}: link to {license}");
        }
    }
}

/// Returns what a package needs of this workspace, tests aside.
fn house_dependencies(package: &Value) -> Vec<&str> {
    let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
    let needed = dependencies.filter(|dependency| dependency["kind"].is_null());
    let mut names: Vec<&str> = needed
        .map(|dependency| text(&dependency["name"]))
        .filter(|name| name.starts_with("oomkit"))
        .collect();
    names.sort_unstable();
    names
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Invariant 1: a stage knows the stages before it and none after it.
#[test]
fn modules_use_only_what_stands_below_them() {
    let mut climbing = Vec::new();
    for file in files() {
        let Some((name, module, depth)) = place(&file.path) else { continue };
        let Some((_, ranks)) = RANKS.iter().find(|(of, _)| *of == name) else { continue };
        let rank = |module: &str| ranks.iter().position(|ranked| *ranked == module).unwrap_or(ranks.len());
        for used in used_modules(&file, depth) {
            if rank(module) < rank(&used) {
                climbing.push(format!("{}: uses `{used}`, which stands above `{module}`", file.path));
            }
        }
    }
    assert_eq!(climbing, Vec::<String>::new());
}

/// Returns the crate's folder, the module at the crate's top, and how deep the file lies.
fn place(path: &str) -> Option<(&str, &str, usize)> {
    let (name, inside) = path.strip_prefix("crates/")?.split_once("/src/")?;
    let module = inside.strip_suffix(".rs")?;
    let top = module.split('/').next()?;
    let is_head = matches!(module, "lib" | "main");
    (!is_head).then(|| (name, top, module.split('/').count()))
}

/// Returns the modules at the crate's top that a file names, unit tests aside.
fn used_modules(file: &File, depth: usize) -> Vec<String> {
    let code: String = file.code_lines().map(|(_, line)| format!("{line}\n")).collect();
    let to_the_top = "super::".repeat(depth);
    let mut used: Vec<String> = ["crate::", &to_the_top]
        .iter()
        .flat_map(|path| code.match_indices(*path).map(|(at, _)| (at, path.len())))
        .filter(|(at, _)| !code.split_at(*at).0.ends_with("::"))
        .flat_map(|(at, length)| first_names(code.split_at(at + length).1))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()) && name != "super")
        .collect();
    used.sort();
    used.dedup();
    used
}

/// Returns the first name of a path, or of each path of a list in braces.
fn first_names(path: &str) -> Vec<String> {
    let name =
        |path: &str| path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(list) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0_usize;
    let mut names = vec![name(list)];
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(list.split_at(at + 1).1)),
            _ => {}
        }
    }
    names
}

#[test]
fn paths_are_read() {
    let file = File::new(
        "crates/a/src/b/c.rs",
        "use crate::{\n    one::{self, X},\n    two, Y,\n};\nuse super::super::three;\nfn f() { crate::four::g() }\n\
         use super::five;\n// crate::six\n#[cfg(test)]\nmod tests {\n    use crate::seven;\n}\n",
    );
    assert_eq!(used_modules(&file, 2), ["four", "one", "three", "two"]);
}

/// Invariant 3: a room without a `clippy.toml` of its own is under the ban of the workspace's.
#[test]
fn only_open_rooms_touch_the_world() {
    let root = workspace::root();
    let open = |name: &String| root.join("crates").join(name).join("clippy.toml").exists();
    let found: Vec<String> = crates().into_iter().filter(open).collect();
    assert_eq!(found, OPEN_ROOMS);
    let ban = read("clippy.toml");
    for method in
        ["std::fs::File::open", "std::time::SystemTime::now", "std::env::var", "std::process::Command::new"]
    {
        assert!(ban.contains(&format!("\"{method}\"")), "{method} is not banned");
    }
}

/// Invariants 4, 5, 10, 15 and 20: every room is under the lints of the workspace.
#[test]
fn lints_hold_everywhere() {
    let members = crates()
        .into_iter()
        .map(|name| format!("crates/{name}/Cargo.toml"))
        .chain(["packaging/Cargo.toml".into(), "xtask/Cargo.toml".into()]);
    for manifest in members {
        assert!(read(&manifest).contains("[lints]\nworkspace = true\n"), "{manifest} is not under the lints");
    }
    let lints = read("Cargo.toml");
    for lint in [
        "unsafe_code = \"forbid\"",
        "missing_docs = \"deny\"",
        "disallowed_methods = \"deny\"",
        "print_stdout = \"deny\"",
        "unwrap_used = \"deny\"",
        "indexing_slicing = \"deny\"",
        "string_slice = \"deny\"",
        "iter_over_hash_type = \"deny\"",
    ] {
        assert!(lints.contains(lint), "{lint} is gone");
    }
}

/// Invariant 8: there is nothing by which a kernel's version could be compared.
#[test]
fn no_kernel_version_is_compared() {
    let names =
        ["KernelVersion", "LinuxVersion", "KernelRelease", "kernel_version", "parse_version", "semver"];
    let mut found = Vec::new();
    for file in files().iter().filter(|file| file.path.starts_with("crates/")) {
        for (number, line) in file.code_lines() {
            if let Some(name) = names.iter().find(|name| line.contains(**name)) {
                found.push(format!("{}:{number}: {name}", file.path));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new(), "choose by the shape of a line, not by a version");
}

#[test]
fn the_house_is_tidy() {
    let complaints: Vec<String> = tidy::complaints(&files()).iter().map(ToString::to_string).collect();
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn derived_files_have_not_drifted() {
    let program = Path::new(env!("CARGO_BIN_EXE_oomkit"));
    let drifted = codegen::drifted(&workspace::root(), program).expect("the program describes itself");
    assert_eq!(drifted, Vec::<String>::new(), "run `cargo xtask codegen`");
}

/// CI and `cargo xtask check` are the same steps in the same order.
#[test]
fn ci_runs_what_check_runs() {
    let (ci, check) = (read(".ci/run"), read("xtask/src/check.rs"));
    let steps = |text: &str| {
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("step")).map(|line| {
            let title = line.split('"').nth(1).unwrap_or_default();
            title.to_owned()
        });
        lines.filter(|title| !title.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(steps(&ci), steps(&check));
}

fn files() -> Vec<File> {
    tidy::read(&workspace::root()).expect("the workspace can be read")
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the folders of the crates, sorted.
fn crates() -> Vec<String> {
    let entries = fs::read_dir(workspace::root().join("crates")).expect("the crates can be listed");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
