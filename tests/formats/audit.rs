//! The audit in the formats of CI systems, as the program writes them.

use super::schemas::{Sarif, assert_junit};
use crate::program::run::{Folder, Ran, oomkit};

/// A container without a limit, one that is silenced, and a file that is broken.
fn project() -> Folder {
    let folder = Folder::new();
    let pod = |name: &str, remark: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n    \
             - name: app{remark}\n      image: registry.example/app:1\n"
        )
    };
    folder.file("a::b,c%.yaml", pod("web", ""));
    folder.file("quiet.yaml", pod("quiet", "  # oomkit: ignore[OKA001, OKA002, OKA009] a test"));
    folder.file("broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n");
    folder
}

fn audited(folder: &Folder, format: &str) -> Ran {
    // What cannot be read outweighs what was found.
    oomkit(["audit", "--format", format, &folder.path("")]).ends(3)
}

#[test]
fn sarif_holds_what_was_found_silenced_and_not_read() {
    let folder = project();
    let log = Sarif::new().log(&audited(&folder, "sarif").out);
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let results = run["results"].as_array().unwrap();
    let lines = |code: &str, silenced: bool| -> Vec<u64> {
        let wanted = results.iter().filter(|result| {
            result["ruleId"] == code
                && result["suppressions"].as_array().is_some_and(|all| !all.is_empty()) == silenced
        });
        let line = |result: &serde_json::Value| {
            result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap()
        };
        wanted.map(line).collect()
    };
    assert_eq!((lines("OKA001", false), lines("OKA001", true)), (vec![6], vec![6]));
}

#[test]
fn junit_is_what_its_schema_allows() {
    let ran = audited(&project(), "junit");
    assert_junit(&ran.out);
    assert!(ran.out.contains("OKA001") && ran.out.contains("could not be read"), "{}", ran.out);
}

#[test]
fn annotations_of_github_keep_to_their_line() {
    let ran = audited(&project(), "github");
    let found = ran.out.lines().find(|line| line.contains("OKA001")).expect("a command");
    assert!(found.starts_with("::error file="), "{found}");
    assert!(found.contains("a%3A%3Ab%2Cc%25.yaml,line=6,"), "{found}");
}

#[test]
fn gitlab_has_a_fingerprint_for_each() {
    let issues = audited(&project(), "gitlab").json();
    let of_rule = |code: &str| {
        let found = issues
            .as_array()
            .unwrap()
            .iter()
            .filter(|issue| issue["check_name"].as_str().is_some_and(|name| name.contains(code)));
        found.map(|issue| issue["fingerprint"].as_str().unwrap().len()).collect::<Vec<_>>()
    };
    // What is silenced is not told.
    assert_eq!(of_rule("OKA001"), [32]);
}
