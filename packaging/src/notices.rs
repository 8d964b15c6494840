//! What others wrote and the program has built in, with the texts of their licences.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::about::metadata;

/// How the files are named that say who may do what.
const NAMES: &[&str] = &["license", "licence", "copying", "notice", "unlicense", "copyright"];

const HEAD: &str = "What is built into oomkit and others wrote.

The Rust standard library is under MIT or Apache-2.0.
A static program also holds the GNU C library, which is under LGPL-2.1-or-later; the source of oomkit
and `cargo xtask dist` link it again with another one.
The crates below come from https://crates.io; SQLite, Zstandard and liblzma lie in the crates that bind
them, and SQLite is in the public domain.
";

/// A crate of somebody else.
struct Foreign {
    name: String,
    license: String,
    folder: PathBuf,
}

/// Returns the crates that are built into the program for a target, and the texts of their licences.
///
/// # Errors
///
/// When cargo cannot describe the workspace or a text cannot be read.
pub fn collect(target: &str) -> Result<String> {
    let metadata = metadata(&["--filter-platform", target])?;
    let mut text = HEAD.to_owned();
    // The same text is printed once, under the names of all that have it.
    let mut texts: BTreeMap<String, (BTreeSet<String>, String)> = BTreeMap::new();
    for foreign in linked(&metadata)? {
        let _ = writeln!(text, "\n{}: {}", foreign.name, foreign.license);
        for path in licenses(&foreign.folder)? {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let found = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            let words = found.split_whitespace().collect::<Vec<_>>().join(" ");
            texts.entry(words).or_insert_with(|| (BTreeSet::new(), found)).0.insert(foreign.name.clone());
        }
    }
    for (names, found) in texts.values() {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let _ = write!(text, "\n{}\n{}\n\n{found}\n", "=".repeat(80), names.join(", "));
    }
    Ok(text)
}

/// Returns the crates that are linked, sorted: what is needed to build or to test is not.
fn linked(metadata: &Value) -> Result<Vec<Foreign>> {
    let packages: BTreeMap<&str, &Value> =
        items(metadata, "packages").map(|one| (text(one, "id"), one)).collect();
    let nodes: BTreeMap<&str, &Value> = items(metadata.get("resolve").context("no graph")?, "nodes")
        .map(|one| (text(one, "id"), one))
        .collect();
    let first =
        packages.iter().find(|(_, package)| text(package, "name") == "oomkit").context("no program")?;
    let mut open = vec![*first.0];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let is_macro = packages.get(id).is_some_and(|package| is_macro(package));
        if is_macro || !seen.insert(id) {
            continue;
        }
        let needed = nodes.get(id).into_iter().flat_map(|node| items(node, "deps"));
        open.extend(needed.filter(|needed| is_linked(needed)).map(|needed| text(needed, "pkg")));
    }
    let foreign =
        seen.iter().filter_map(|id| packages.get(id)).filter(|package| !package["source"].is_null());
    let mut foreign: Vec<Foreign> = foreign.map(|package| of(package)).collect();
    foreign.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(foreign)
}

fn of(package: &Value) -> Foreign {
    let manifest = Path::new(text(package, "manifest_path"));
    Foreign {
        name: format!("{} {}", text(package, "name"), text(package, "version")),
        license: package.get("license").and_then(Value::as_str).unwrap_or("see its text").to_owned(),
        folder: manifest.parent().unwrap_or(manifest).to_path_buf(),
    }
}

/// Returns whether a need is one of the linked program, not of a build script or a test.
fn is_linked(needed: &Value) -> bool {
    items(needed, "dep_kinds").any(|kind| kind.get("kind").is_none_or(Value::is_null))
}

fn is_macro(package: &Value) -> bool {
    items(package, "targets").any(|target| items(target, "kind").any(|kind| kind == "proc-macro"))
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the texts in a crate, and in the folders right below, where bundled C code lies.
fn licenses(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            found.extend(entries(&path)?.into_iter().filter(|path| is_license(path)));
        } else if is_license(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn is_license(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    // A source file of that name is a program, not a text.
    let is_text = path.extension().is_none_or(|end| end != "rs" && end != "c" && end != "h");
    path.is_file() && is_text && NAMES.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_linked_is_named() {
        let metadata = serde_json::json!({
            "packages": [
                {"id": "o", "name": "oomkit", "version": "1.0.0", "source": null},
                {"id": "a", "name": "a", "version": "1.0.0", "source": "registry", "license": "MIT", "manifest_path": "/a/Cargo.toml"},
                {"id": "b", "name": "b", "version": "2.0.0", "source": "registry", "manifest_path": "/b/Cargo.toml"},
                {"id": "m", "name": "m", "version": "1.0.0", "source": "registry", "targets": [{"kind": ["proc-macro"]}]},
                {"id": "s", "name": "s", "version": "1.0.0", "source": "registry"},
            ],
            "resolve": {"nodes": [
                {"id": "o", "deps": [
                    {"pkg": "a", "dep_kinds": [{"kind": "dev"}, {"kind": null}]},
                    {"pkg": "m", "dep_kinds": [{"kind": null}]},
                ]},
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]}, {"pkg": "s", "dep_kinds": [{"kind": "build"}]}]},
                {"id": "m", "deps": [{"pkg": "s", "dep_kinds": [{"kind": null}]}]},
            ]},
        });
        let found: Vec<(String, String)> =
            linked(&metadata).unwrap().into_iter().map(|one| (one.name, one.license)).collect();
        assert_eq!(found, [("a 1.0.0".into(), "MIT".into()), ("b 2.0.0".into(), "see its text".into())]);
    }
}
