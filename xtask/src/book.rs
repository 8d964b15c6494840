//! The book: `docs/` as mdBook reads it, with a table of contents that is derived from the pages.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result, bail};

/// Where the table of contents lies, from the root of the workspace.
pub const SUMMARY: &str = "docs/SUMMARY.md";

/// The parts of the book, and in each the pages in the order in which they are read.
///
/// A folder stands for its `README.md` with all of its pages below, or else for all of its pages.
const PARTS: &[(&str, &[&str])] = &[
    (
        "Guide",
        &[
            "first-report.md",
            "by-hand.md",
            "install.md",
            "cron.md",
            "snapshots.md",
            "postmortem.md",
            "ci.md",
            "fleet.md",
        ],
    ),
    (
        "Reference",
        &["cli.md", "exit-codes.md", "columns.md", "glossary.md", "causes.md", "diagnoses", "rules"],
    ),
    ("Development", &["architecture.md", "adding.md", "style.md", "design"]),
];

/// Returns the table of contents; the name of a page is its heading.
///
/// # Errors
///
/// When a page cannot be read, has no heading, or has no place in the book.
pub fn summary(root: &Path) -> Result<String> {
    let docs = root.join("docs");
    let mut text = String::from(
        "<!-- Written by `cargo xtask codegen` from the headings of the pages. -->\n\n# Summary\n\n[Introduction](README.md)\n",
    );
    for (part, entries) in PARTS {
        let _ = writeln!(text, "\n# {part}\n");
        for entry in *entries {
            let path = docs.join(entry);
            if path.is_dir() {
                folder(&mut text, &docs, entry)?;
            } else {
                line(&mut text, &docs, entry, "")?;
            }
        }
    }
    for name in pages(&docs)? {
        let is_known = PARTS.iter().any(|(_, entries)| entries.contains(&name.as_str()));
        if !is_known && !["README.md", "SUMMARY.md"].contains(&name.as_str()) {
            bail!("docs/{name} has no place in the book; give it one in xtask/src/book.rs");
        }
    }
    Ok(text)
}

fn folder(text: &mut String, docs: &Path, name: &str) -> Result<()> {
    let pages = pages(&docs.join(name))?;
    let below = if pages.iter().any(|page| page == "README.md") {
        line(text, docs, &format!("{name}/README.md"), "")?;
        "  "
    } else {
        ""
    };
    for page in pages.iter().filter(|page| *page != "README.md") {
        line(text, docs, &format!("{name}/{page}"), below)?;
    }
    Ok(())
}

fn line(text: &mut String, docs: &Path, page: &str, indent: &str) -> Result<()> {
    let found = fs::read_to_string(docs.join(page)).with_context(|| format!("cannot read docs/{page}"))?;
    let heading = found.lines().find_map(|line| line.strip_prefix("# "));
    let heading = heading.with_context(|| format!("docs/{page} has no heading"))?;
    // A string takes whatever is written into it.
    let _ = writeln!(text, "{indent}- [{heading}]({page})");
    Ok(())
}

/// Returns the names of the pages in a folder, sorted.
fn pages(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|end| end == "md") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
