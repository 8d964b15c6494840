//! What packages say of themselves, as the workspace has it.

use std::fs;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use textwrap::{Options, WordSplitter};
use xtask::workspace;

/// The package of cargo that is shipped.
const PACKAGE: &str = "oomkit";

/// What stands at the head of a package.
#[derive(Clone, Debug)]
pub struct About {
    /// The name of the program and of its packages.
    pub name: String,
    /// The version, as cargo has it.
    pub version: String,
    /// What it is, in less than a line.
    pub summary: String,
    /// What it is, in a paragraph: the first one of the README, in lines as packages want them.
    pub description: String,
    /// The licence, as an expression of SPDX.
    pub license: String,
    /// Where its source is kept.
    pub repository: String,
    /// Who wrote it.
    pub author: String,
    /// The moment that every file in a package bears, in seconds since 1970.
    pub moment: u64,
}

impl About {
    /// Reads the manifest of the program, the README and the time of the last commit.
    ///
    /// `SOURCE_DATE_EPOCH` takes the place of the commit, as for other programs that build what can be
    /// built again.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read or lacks what a package needs.
    pub fn read() -> Result<Self> {
        let metadata = metadata(&["--no-deps"])?;
        let packages = metadata.get("packages").and_then(Value::as_array);
        let package =
            packages.into_iter().flatten().find(|package| package.get("name") == Some(&PACKAGE.into()));
        let package = package.context("cargo knows no such package")?;
        let text = |key: &str| {
            let text = package.get(key).and_then(Value::as_str).map(str::to_owned);
            text.with_context(|| format!("the manifest of {PACKAGE} has no {key}"))
        };
        let description = text("description")?;
        let author = package.get("authors").and_then(|authors| authors.get(0)).and_then(Value::as_str);
        let readme =
            fs::read_to_string(workspace::root().join("README.md")).context("cannot read README.md")?;
        Ok(Self {
            name: text("name")?,
            version: text("version")?,
            summary: description.split_once(": ").map_or(description.as_str(), |(head, _)| head).to_owned(),
            description: wrapped(&paragraph(&readme)?),
            license: text("license")?,
            repository: text("repository")?,
            author: author.context("the manifest names no author")?.to_owned(),
            moment: moment()?,
        })
    }
}

/// Asks cargo for the workspace.
pub(crate) fn metadata(options: &[&str]) -> Result<Value> {
    let mut command = workspace::cargo(["metadata", "--format-version", "1", "--locked"]);
    let text = workspace::output(command.args(options))?;
    serde_json::from_str(&text).context("cargo metadata is no JSON")
}

/// Returns the first paragraph below the title.
fn paragraph(readme: &str) -> Result<String> {
    let mut paragraphs = readme.split("\n\n").map(str::trim);
    let first = paragraphs.find(|paragraph| !paragraph.is_empty() && !paragraph.starts_with('#'));
    first.map(str::to_owned).context("README.md has no paragraph")
}

/// Breaks a text into lines of less than 80 columns, with room for the space that Debian puts before each.
fn wrapped(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let options = Options::new(78).break_words(false).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(&words.join(" "), options)
}

fn moment() -> Result<u64> {
    let moment = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(moment) => moment,
        Err(_) => {
            let mut git = std::process::Command::new("git");
            git.args(["log", "-1", "--format=%ct"]).current_dir(workspace::root());
            workspace::output(&mut git).context("set SOURCE_DATE_EPOCH where there is no git")?
        }
    };
    match moment.trim().parse() {
        Ok(moment) => Ok(moment),
        Err(_) => bail!("{:?} is no number of seconds since 1970", moment.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_no_word_is_lost() {
        let text = "who was killed, whose limit it was, and where the memory had gone.\n".repeat(4);
        let lines = wrapped(&text);
        assert!(3 < lines.lines().count() && lines.lines().all(|line| line.len() < 79), "{lines}");
        assert!(lines.split_whitespace().eq(text.split_whitespace()));
    }

    #[test]
    fn the_first_paragraph_is_below_the_title() {
        assert_eq!(paragraph("# A\n\nOne.\nTwo.\n\nThree.\n").unwrap(), "One.\nTwo.");
        assert!(paragraph("# A\n").is_err());
    }
}
