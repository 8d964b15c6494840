//! Derived files: what the program writes about itself, and whether the workspace still has the same.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{book, pictures, workspace};

/// A file that the program can write.
struct Derived {
    path: String,
    arguments: Vec<String>,
}

/// A folder of pages: an index that links them, and what writes each.
struct Book {
    folder: &'static str,
    index: &'static [&'static str],
    page: &'static [&'static str],
}

/// Every folder of pages.
const BOOKS: &[Book] = &[
    Book { folder: "docs/diagnoses", index: &["generate", "diagnoses"], page: &["generate", "page"] },
    Book { folder: "docs/rules", index: &["generate", "rules"], page: &["generate", "page"] },
];

/// Every single derived file and what writes it.
const DERIVED: &[(&str, &[&str])] = &[
    ("docs/schemas/decode.json", &["generate", "schema", "decode"]),
    ("docs/schemas/audit.json", &["generate", "schema", "audit"]),
    ("docs/schemas/postmortem.json", &["generate", "schema", "postmortem"]),
    ("docs/schemas/snapshots.json", &["generate", "schema", "snapshots"]),
    ("docs/schemas/snapshot.json", &["generate", "schema", "snapshot"]),
    ("docs/schemas/snapshot-top.json", &["generate", "schema", "snapshot-top"]),
    ("docs/schemas/snapshot-diff.json", &["generate", "schema", "snapshot-diff"]),
    ("docs/schemas/snapshot-trend.json", &["generate", "schema", "snapshot-trend"]),
    ("docs/schemas/snapshot-verify.json", &["generate", "schema", "snapshot-verify"]),
    ("docs/schemas/recommend.json", &["generate", "schema", "recommend"]),
    ("docs/schemas/policy.json", &["generate", "schema", "policy"]),
    ("docs/cli.md", &["generate", "cli-reference"]),
    ("docs/columns.md", &["generate", "columns"]),
    ("docs/exit-codes.md", &["generate", "exit-codes"]),
    ("docs/glossary.md", &["generate", "glossary"]),
];

/// Returns every derived file; the pages of a book are those that its index links.
fn all(program: &Path) -> Result<Vec<Derived>> {
    let owned = |arguments: &[&str]| arguments.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let single = |(path, arguments): &(&str, &[&str])| Derived {
        path: (*path).to_owned(),
        arguments: owned(arguments),
    };
    let mut derived: Vec<Derived> = DERIVED.iter().map(single).collect();
    for book in BOOKS {
        let index = Derived { path: format!("{}/README.md", book.folder), arguments: owned(book.index) };
        for name in links(&derive(program, &index)?) {
            let mut arguments = owned(book.page);
            arguments.push(name.trim_end_matches(".md").to_owned());
            derived.push(Derived { path: format!("{}/{name}", book.folder), arguments });
        }
        derived.push(index);
    }
    Ok(derived)
}

/// Returns the pages that an index links.
fn links(index: &str) -> Vec<&str> {
    let targets = index.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| target.ends_with(".md")).collect()
}

/// Returns the pages of books that no index links any more.
fn orphans(root: &Path, derived: &[Derived]) -> Result<Vec<String>> {
    let mut orphans = Vec::new();
    for book in BOOKS {
        let Ok(entries) = fs::read_dir(root.join(book.folder)) else { continue };
        for entry in entries {
            let path = format!("{}/{}", book.folder, entry?.file_name().to_string_lossy());
            if !derived.iter().any(|derived| derived.path == path) {
                orphans.push(path);
            }
        }
    }
    Ok(orphans)
}

/// Builds the program and returns where it lies.
///
/// # Errors
///
/// When it does not build.
pub fn build() -> Result<PathBuf> {
    workspace::run(&mut workspace::cargo(["build", "--quiet", "--package", "oomkit"]))?;
    Ok(workspace::target().join("debug").join(format!("oomkit{}", std::env::consts::EXE_SUFFIX)))
}

/// Writes all derived files and returns those that changed.
///
/// # Errors
///
/// When the program fails or a file cannot be written.
pub fn write(root: &Path, program: &Path) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    let all = all(program)?;
    for orphan in orphans(root, &all)? {
        fs::remove_file(root.join(&orphan)).with_context(|| format!("cannot remove {orphan}"))?;
        changed.push(orphan);
    }
    for derived in all {
        let text = derive(program, &derived)?;
        if put(root, &derived.path, &text)? {
            changed.push(derived.path);
        }
    }
    for (path, text) in composed(root, program)? {
        if put(root, &path, &text)? {
            changed.push(path);
        }
    }
    Ok(changed)
}

/// Returns what is made of other pages, and so comes last.
fn composed(root: &Path, program: &Path) -> Result<Vec<(String, String)>> {
    let mut composed = pictures::draw(root, program)?;
    composed.push((book::SUMMARY.to_owned(), book::summary(root)?));
    Ok(composed)
}

/// Writes a file, and returns whether that changed it.
fn put(root: &Path, path: &str, text: &str) -> Result<bool> {
    let place = root.join(path);
    if fs::read_to_string(&place).is_ok_and(|before| before == text) {
        return Ok(false);
    }
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&place, text).with_context(|| format!("cannot write {path}"))?;
    Ok(true)
}

/// Returns the derived files that are no longer what the program writes.
///
/// # Errors
///
/// When the program fails.
pub fn drifted(root: &Path, program: &Path) -> Result<Vec<String>> {
    let all = all(program)?;
    let mut drifted = orphans(root, &all)?;
    for derived in all {
        let text = derive(program, &derived)?;
        if fs::read_to_string(root.join(&derived.path)).ok().is_none_or(|found| found != text) {
            drifted.push(derived.path);
        }
    }
    for (path, text) in composed(root, program)? {
        if fs::read_to_string(root.join(&path)).ok().is_none_or(|found| found != text) {
            drifted.push(path);
        }
    }
    Ok(drifted)
}

fn derive(program: &Path, derived: &Derived) -> Result<String> {
    let text = workspace::output(Command::new(program).args(&derived.arguments))?;
    Ok(signed(&text, derived))
}

/// Returns the text with a word at its top on who writes it, unless the program says so itself.
fn signed(text: &str, derived: &Derived) -> String {
    let command = format!("oomkit {}", derived.arguments.join(" "));
    let top = text.lines().take(3).any(|line| line.contains(&command));
    let mut signed = match text.strip_prefix("{\n") {
        _ if top => text.to_owned(),
        Some(rest) if derived.path.ends_with(".json") => {
            format!("{{\n  \"$comment\": \"Written by `{command}`.\",\n{rest}")
        }
        _ => {
            format!("<!-- Written by `{command}`; `cargo xtask codegen` brings it up to date. -->\n\n{text}")
        }
    };
    if !signed.ends_with('\n') {
        signed.push('\n');
    }
    signed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_links_its_pages() {
        assert_eq!(links("| [A1](A1.md) | [x](https://a.example/) |\n| [B2](B2.md) |"), ["A1.md", "B2.md"]);
    }

    #[test]
    fn derived_files_say_who_writes_them() {
        let derived = |path: &str, arguments: &[&str]| Derived {
            path: path.into(),
            arguments: arguments.iter().map(|word| (*word).into()).collect(),
        };
        let page = derived("docs/a.md", &["generate", "a"]);
        let schema = derived("docs/a.json", &["generate", "schema", "a"]);
        for (derived, text, expected) in [
            (
                &page,
                "# A",
                "<!-- Written by `oomkit generate a`; `cargo xtask codegen` brings it up to date. -->\n\n# A\n",
            ),
            (&page, "<!-- oomkit generate a -->\n", "<!-- oomkit generate a -->\n"),
            (
                &schema,
                "{\n  \"b\": 1\n}",
                "{\n  \"$comment\": \"Written by `oomkit generate schema a`.\",\n  \"b\": 1\n}\n",
            ),
        ] {
            assert_eq!(signed(text, derived), expected);
        }
    }
}
