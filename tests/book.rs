//! The book: every page is in its contents, every link leads somewhere, every example runs.

mod examples;
mod links;

use std::{fs, path::Path};

use xtask::workspace;

/// A page of the documentation.
struct Page {
    /// Its path from the root of the workspace.
    path: String,
    text: String,
}

impl Page {
    fn read(path: &str) -> Self {
        let text = fs::read_to_string(workspace::root().join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.to_owned(), text }
    }

    /// Returns the fences: what stands behind the first backticks of each, and what is inside.
    fn fences(&self) -> Vec<(&str, &str)> {
        let mut fences = Vec::new();
        let mut rest = self.text.as_str();
        while let Some((_, begun)) = split_at_line(rest, "```") {
            let (head, inside) = begun.split_once('\n').expect("a fence has lines");
            let (text, after) =
                split_at_line(inside, "```").unwrap_or_else(|| panic!("{}: an open fence", self.path));
            fences.push((head.trim(), text));
            rest = after.split_once('\n').map_or("", |(_, rest)| rest);
        }
        fences
    }

    /// Returns the text without what stands in fences.
    fn prose(&self) -> String {
        let mut is_code = false;
        let mut prose = String::new();
        for line in self.text.lines() {
            let is_edge = line.starts_with("```");
            is_code ^= is_edge;
            if !is_code && !is_edge {
                prose += line;
                prose.push('\n');
            }
        }
        prose
    }
}

/// Cuts a text at the first line that begins in a way; what begins it is left out.
fn split_at_line<'a>(text: &'a str, begin: &str) -> Option<(&'a str, &'a str)> {
    if let Some(after) = text.strip_prefix(begin) {
        return Some(("", after));
    }
    let at = text.find(&format!("\n{begin}"))?;
    let (before, after) = text.split_at(at + 1);
    Some((before, after.split_at(begin.len()).1))
}

/// Returns the pages of the book, and those beside it that people read first.
fn pages() -> Vec<Page> {
    let root = workspace::root();
    let is_page = |path: &Path| path.extension().is_some_and(|end| end == "md");
    let docs = workspace::files(&root.join("docs")).expect("a folder").into_iter();
    let docs = docs.filter(|path| is_page(path));
    let docs = docs.map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned());
    let beside = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned);
    docs.chain(beside).map(|path| Page::read(&path)).collect()
}

#[test]
fn every_page_is_in_the_contents() {
    let summary = Page::read(xtask::book::SUMMARY);
    let listed: Vec<&str> =
        summary.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let mut inside: Vec<String> = pages()
        .iter()
        .filter_map(|page| page.path.strip_prefix("docs/"))
        .filter(|path| *path != "SUMMARY.md")
        .map(str::to_owned)
        .collect();
    let mut sorted: Vec<String> = listed.iter().map(|path| (*path).to_owned()).collect();
    sorted.sort();
    inside.sort();
    assert!(150 < sorted.len(), "{}", sorted.len());
    assert_eq!(sorted, inside);
}

#[test]
fn fences_are_cut_out() {
    let page =
        Page { path: "a.md".into(), text: "# A\n\n```sh\none\n```\n\nb\n```log x.log\n\ntwo\n```\n".into() };
    assert_eq!(page.fences(), [("sh", "one\n"), ("log x.log", "\ntwo\n")]);
    assert_eq!(page.prose(), "# A\n\n\nb\n");
}
