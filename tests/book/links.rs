//! Links: each leads to a file and a heading that are there, and none out of the book.

use std::{collections::BTreeMap, path::Path};

use xtask::workspace;

use super::{Page, pages};
use crate::support::Complaints;

/// Where files of this repository are that are no pages of the book.
const REPOSITORY: &str = "https://github.com/oomkit/oomkit/blob/main/";

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let by_path: BTreeMap<&str, &Page> = pages.iter().map(|page| (page.path.as_str(), page)).collect();
    let mut c = Complaints::default();
    let mut checked = 0;
    for page in &pages {
        for link in links(&page.prose()) {
            checked += 1;
            if let Err(why) = follow(page, &link, &by_path) {
                c.add(&page.path, format!("{link}: {why}"));
            }
        }
        c.checked();
    }
    assert!(200 < checked, "{checked}");
    c.settle();
}

/// Returns why a link leads nowhere.
fn follow(page: &Page, link: &str, pages: &BTreeMap<&str, &Page>) -> Result<(), &'static str> {
    if let Some(path) = link.strip_prefix(REPOSITORY) {
        return workspace::root().join(path).exists().then_some(()).ok_or("there is no such file here");
    }
    if link.contains("://") || link.starts_with("mailto:") {
        return Ok(());
    }
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target =
        if path.is_empty() { page.path.clone() } else { joined(&page.path, path).ok_or("it leads out")? };
    if page.path.starts_with("docs/") && !target.starts_with("docs/") {
        return Err("the book does not have it; link to the repository");
    }
    if !pages.contains_key(target.as_str()) && !workspace::root().join(&target).exists() {
        return Err("there is no such file");
    }
    if heading.is_empty() {
        return Ok(());
    }
    let target = pages.get(target.as_str()).ok_or("only pages have headings")?;
    let found = target.prose().lines().any(|line| anchor(line).as_deref() == Some(heading));
    found.then_some(()).ok_or("there is no such heading")
}

/// Returns the path that a link of a page leads to.
fn joined(page: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/').filter(|part| !part.is_empty()) {
        match part {
            "." => {}
            ".." => parts.pop().map(|_| ())?,
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Returns the targets of the links in a text, code aside.
fn links(prose: &str) -> Vec<String> {
    let without_code: String = prose.split('`').step_by(2).collect();
    let targets = without_code.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(|target| target.trim_matches(['<', '>']).to_owned()).collect()
}

/// Returns the anchor of a line that is a heading, as GitHub and mdBook make it.
fn anchor(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#');
    if heading.len() == line.len() || !heading.starts_with(' ') {
        return None;
    }
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

#[test]
fn links_are_found_and_followed() {
    assert_eq!(links("[a](b.md) `[c](d.md)` [e](<f.md#g>)"), ["b.md", "f.md#g"]);
    assert_eq!(joined("docs/rules/A.md", "../cli.md").as_deref(), Some("docs/cli.md"));
    assert_eq!(joined("README.md", "../cli.md"), None);
    assert_eq!(anchor("## `oomkit decode`: a, b").as_deref(), Some("oomkit-decode-a-b"));
    assert_eq!(anchor("#include"), None);
    let page = Page { path: "docs/a.md".into(), text: "# A\n".into() };
    let pages = BTreeMap::from([("docs/a.md", &page)]);
    for (link, leads) in [
        ("#a", true),
        ("#b", false),
        ("no-such.md", false),
        ("../README.md", false),
        ("../docs/cli.md", true),
        ("https://github.com/oomkit/oomkit/blob/main/README.md", true),
        ("https://github.com/oomkit/oomkit/blob/main/no-such", false),
    ] {
        assert_eq!(follow(&page, link, &pages).is_ok(), leads, "{link}");
    }
    assert!(Path::new(&workspace::root()).join("README.md").exists());
}
