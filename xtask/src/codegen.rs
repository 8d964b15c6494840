//! Derived files: what the program writes about itself, and whether the workspace still has the same.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::workspace;

/// A file that the program can write.
struct Derived {
    path: &'static str,
    arguments: &'static [&'static str],
}

/// Every derived file and what writes it.
const DERIVED: &[Derived] = &[
    Derived { path: "docs/schemas/decode.json", arguments: &["generate", "schema", "decode"] },
    Derived { path: "docs/cli.md", arguments: &["generate", "cli-reference"] },
    Derived { path: "docs/exit-codes.md", arguments: &["generate", "exit-codes"] },
    Derived { path: "docs/glossary.md", arguments: &["generate", "glossary"] },
];

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
pub fn write(root: &Path, program: &Path) -> Result<Vec<&'static str>> {
    let mut changed = Vec::new();
    for derived in DERIVED {
        let text = derive(program, derived)?;
        let path = root.join(derived.path);
        if fs::read_to_string(&path).is_ok_and(|before| before == text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", derived.path))?;
        changed.push(derived.path);
    }
    Ok(changed)
}

/// Returns the derived files that are no longer what the program writes.
///
/// # Errors
///
/// When the program fails.
pub fn drifted(root: &Path, program: &Path) -> Result<Vec<&'static str>> {
    let mut drifted = Vec::new();
    for derived in DERIVED {
        let text = derive(program, derived)?;
        if fs::read_to_string(root.join(derived.path)).ok().is_none_or(|found| found != text) {
            drifted.push(derived.path);
        }
    }
    Ok(drifted)
}

fn derive(program: &Path, derived: &Derived) -> Result<String> {
    let text = workspace::output(Command::new(program).args(derived.arguments))?;
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
    fn derived_files_say_who_writes_them() {
        const PAGE: Derived = Derived { path: "docs/a.md", arguments: &["generate", "a"] };
        const SCHEMA: Derived = Derived { path: "docs/a.json", arguments: &["generate", "schema", "a"] };
        for (derived, text, expected) in [
            (
                &PAGE,
                "# A",
                "<!-- Written by `oomkit generate a`; `cargo xtask codegen` brings it up to date. -->\n\n# A\n",
            ),
            (&PAGE, "<!-- oomkit generate a -->\n", "<!-- oomkit generate a -->\n"),
            (
                &SCHEMA,
                "{\n  \"b\": 1\n}",
                "{\n  \"$comment\": \"Written by `oomkit generate schema a`.\",\n  \"b\": 1\n}\n",
            ),
        ] {
            assert_eq!(signed(text, derived), expected);
        }
    }
}
