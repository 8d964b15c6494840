//! Folders against the tables at their heads, and fixtures against the table of origins.

use super::{Complaint, File};

const ORIGINS: &str = "tests/fixtures/README.md";

/// Wants every Rust file to be named at the head of its folder.
pub(super) fn heads(files: &[File]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        let stem = name.strip_suffix(".rs").unwrap_or(name);
        let Some(candidates) = heads_of(folder, stem) else { continue };
        let found: Vec<&File> = files.iter().filter(|file| candidates.contains(&file.path)).collect();
        let named = found.iter().any(|head| names_module(head, stem));
        let what = match (found.first(), named) {
            (_, true) => continue,
            (Some(head), false) => format!("the file is missing from the table in {}", head.path),
            (None, false) => {
                format!("the folder has no head; its table belongs into {}", candidates.join(" or "))
            }
        };
        complaints.push(Complaint { path: file.path.clone(), line: 1, what });
    }
    complaints
}

/// Wants every fixture to have a row in the table of origins.
pub(super) fn fixtures(files: &[File]) -> Vec<Complaint> {
    let table = files.iter().find(|file| file.path == ORIGINS).map_or("", |file| file.text.as_str());
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with('|')).collect();
    let fixtures = files.iter().filter_map(|file| file.path.strip_prefix("tests/fixtures/"));
    let inputs = fixtures.filter(|name| *name != "README.md" && !is_expectation(name));
    inputs
        .filter(|name| {
            let file_name = name.rsplit('/').next().unwrap_or(name);
            !rows.iter().any(|row| has_name(row, file_name))
        })
        .map(|name| Complaint {
            path: format!("tests/fixtures/{name}"),
            line: 1,
            what: format!("the fixture has no row in {ORIGINS}; say where it came from"),
        })
        .collect()
}

/// Returns whether a head declares a module, by its name or by the path of its file.
fn names_module(head: &File, stem: &str) -> bool {
    let path = format!("/{stem}.rs");
    head.code_lines().any(|(_, line)| has_word(line, stem))
        || head.strings.iter().any(|(_, text)| format!("/{text}").ends_with(&path))
}

/// Returns where the table of a folder may stand, or `None` for a file that needs none.
fn heads_of(folder: &str, stem: &str) -> Option<Vec<String>> {
    match folder.strip_prefix("tests") {
        Some("") if stem != "main" => return Some(vec!["tests/main.rs".into()]),
        Some(_) => return None,
        None => {}
    }
    let (_, inside) = folder.split_once("src")?;
    if inside.is_empty() {
        let head = matches!(stem, "lib" | "main");
        return (!head).then(|| vec![format!("{folder}/lib.rs"), format!("{folder}/main.rs")]);
    }
    (folder.rsplit('/').next() != Some("bin")).then(|| vec![format!("{folder}.rs")])
}

/// Returns whether a file is what an input is held against.
fn is_expectation(name: &str) -> bool {
    [".expect.json", ".truth.json.zst", ".snap"].iter().any(|end| name.ends_with(end))
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

/// Returns whether a row names a file, or the run that it belongs to: its name up to a dot.
fn has_name(row: &str, name: &str) -> bool {
    let mut words = row.split(|c: char| c.is_whitespace() || matches!(c, '|' | '`' | '/'));
    words.any(|word| {
        let rest = if word.is_empty() { None } else { name.strip_prefix(word) };
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(complaints: &[Complaint]) -> Vec<&str> {
        complaints.iter().map(|complaint| complaint.path.as_str()).collect()
    }

    #[test]
    fn a_file_stands_in_the_table_of_its_folder() {
        let files = [
            File::new("crates/a/src/lib.rs", "mod rules;\n"),
            File::new(
                "crates/a/src/rules.rs",
                "rules! { known::KNOWN }\n// forgotten\n#[path = \"rules/t.rs\"] mod x;\n",
            ),
            File::new("crates/a/src/rules/t.rs", ""),
            File::new("crates/a/src/rules/known.rs", ""),
            File::new("crates/a/src/rules/forgotten.rs", ""),
            File::new("crates/a/src/lost.rs", ""),
            File::new("crates/a/src/headless/x.rs", ""),
            File::new("tests/main.rs", "mod house;\n"),
            File::new("tests/house.rs", ""),
        ];
        let expected =
            ["crates/a/src/rules/forgotten.rs", "crates/a/src/lost.rs", "crates/a/src/headless/x.rs"];
        assert_eq!(names(&heads(&files)), expected);
    }

    #[test]
    fn a_fixture_has_an_origin() {
        let files = [
            File::new(
                ORIGINS,
                "| run | origin |\n| `6.8_global` | ours |\n| `seed/a.log` | given |\nspoken of: lost.log\n",
            ),
            File::new("tests/fixtures/logs/6.8_global.log.zst", ""),
            File::new("tests/fixtures/logs/6.8_global.kmsg.log.zst", ""),
            File::new("tests/fixtures/logs/6.8_global.truth.json.zst", ""),
            File::new("tests/fixtures/logs/6.8_global_swap.log.zst", ""),
            File::new("tests/fixtures/seed/a.log", ""),
            File::new("tests/fixtures/seed/a.md", ""),
            File::new("tests/fixtures/seed/lost.log", ""),
        ];
        let expected = ["logs/6.8_global_swap.log.zst", "seed/a.md", "seed/lost.log"];
        let found = fixtures(&files);
        assert_eq!(names(&found), expected.map(|name| format!("tests/fixtures/{name}")));
    }
}
