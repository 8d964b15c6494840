//! Pictures of what the program prints, made from the files that the first page of the book shows.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anstyle_svg::Term;
use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// The page whose files the pictures are of.
const PAGE: &str = "docs/first-report.md";

/// Columns of the terminal that is drawn.
const WIDTH: &str = "100";

/// A picture: the command that is shown, and how many lines of what it prints.
struct Picture {
    name: &'static str,
    command: &'static [&'static str],
    lines: usize,
}

const PICTURES: &[Picture] = &[
    Picture { name: "decode", command: &["decode", "kern.log"], lines: 22 },
    Picture { name: "audit", command: &["audit", "deploy/"], lines: 20 },
    Picture { name: "postmortem", command: &["postmortem", "kern.log", "--manifests", "deploy/"], lines: 20 },
];

/// Draws every picture; returns the path of each, from the root of the workspace, and its text.
///
/// # Errors
///
/// When the page has not the files, or the program does not start.
pub(crate) fn draw(root: &Path, program: &Path) -> Result<Vec<(String, String)>> {
    let folder = laid_out(root)?;
    let drawn = PICTURES.iter().map(|picture| {
        let text = printed(picture, program, &folder)?;
        Ok((format!("docs/pictures/{}.svg", picture.name), Term::new().render_svg(&text)))
    });
    drawn.collect()
}

/// Writes the files that the page shows into a folder.
fn laid_out(root: &Path) -> Result<PathBuf> {
    let page = fs::read_to_string(root.join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let folder = workspace::target().join("pictures");
    let files = files(&page);
    if files.is_empty() {
        bail!("{PAGE} shows no file");
    }
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder)
}

/// Returns the files of a page: fences with a name behind their language.
fn files(page: &str) -> Vec<(&str, &str)> {
    let fences = page.split("\n```").skip(1).step_by(2).filter_map(|fence| fence.split_once('\n'));
    // The line break before the fence ends belongs to the file.
    let named = fences.filter_map(|(head, text)| Some((head.split_once(' ')?.1.trim(), text)));
    named.collect()
}

/// Returns what is drawn: the command as it is typed, and the first lines that it prints.
fn printed(picture: &Picture, program: &Path, folder: &Path) -> Result<String> {
    let mut command = Command::new(program);
    command.args(["--color", "always", "--width", WIDTH]).args(picture.command).current_dir(folder);
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    // Findings end with a code of their own, so the code says nothing here.
    let output = command.output().with_context(|| format!("cannot start {}", program.display()))?;
    let said = String::from_utf8(output.stdout).context("the program printed no text")?;
    if said.is_empty() {
        bail!("nothing to draw: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    let mut text = format!("$ oomkit {}\n", picture.command.join(" "));
    for line in said.lines().take(picture.lines) {
        text += line;
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_files() {
        let page = "# A\n\n```sh\nls\n```\n\n```log a/b.log\none\n```\n\n```console\n$ ls\n```\n";
        assert_eq!(files(page), [("a/b.log", "one")]);
    }
}
