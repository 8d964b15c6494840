//! What CI systems run: the scripts of the action, the hook and the component, as they are written.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use oomkit_audit::yaml;

use super::run::Folder;
use crate::formats::schemas::{Sarif, assert_junit};

const UNLIMITED: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: app
      image: registry.example/app:1
";

/// Runs a script in a folder as a CI system would, with the program on the path.
fn run(script: &str, folder: &Folder, variables: &[(&str, &str)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_oomkit")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    // GitHub's shell for `shell: bash`.
    command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
    command.current_dir(folder.path("")).env("PATH", path).envs(variables.iter().copied());
    command.output().expect("bash starts")
}

fn text_of(name: &str) -> String {
    fs::read_to_string(xtask::workspace::root().join(name)).expect("the file can be read")
}

/// Returns a text of a document, by keys and positions.
fn at(text: &str, document: usize, path: &[&str]) -> String {
    let stream = yaml::read(text);
    let mut value = stream.documents[document].root().expect("a document");
    for step in path {
        value = match step.parse::<usize>() {
            Ok(position) => value.items().nth(position),
            Err(_) => value.get(step),
        }
        .unwrap_or_else(|| panic!("{path:?} has no {step}"));
    }
    value.text().expect("a text").to_owned()
}

#[test]
fn the_action_annotates_summarises_and_fails() {
    let action = text_of("action.yml");
    let audit = at(&action, 0, &["runs", "steps", "1", "run"]);
    let folder = Folder::new();
    folder.file("deploy/my pod.yaml", UNLIMITED);
    let summary = folder.path("summary.md");
    let run_with = |fail_on: &str, paths: &str| {
        let variables = [
            ("INPUT_PATHS", paths),
            ("INPUT_FAIL_ON", fail_on),
            ("INPUT_POLICY", ""),
            ("INPUT_OPTIONS", "--node-memory=64Gi\n"),
            ("INPUT_SARIF", "oomkit.sarif"),
            ("GITHUB_STEP_SUMMARY", &summary),
        ];
        run(&audit, &folder, &variables)
    };
    let output = run_with("error", "deploy/my pod.yaml\n");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("::error file=deploy/my pod.yaml,line=6,"), "{said}");
    let log = Sarif::new().log(&fs::read_to_string(folder.path("oomkit.sarif")).unwrap());
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "OKA001");
    assert!(fs::read_to_string(&summary).unwrap().contains("OKA001"));
    assert_eq!(run_with("never", "deploy").status.code(), Some(0));
    // A part that cannot be read fails the step, and does not keep the rest from being told.
    folder.file("deploy/broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n");
    let output = run_with("error", "deploy");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("OKA001"));
}

#[test]
fn the_hook_runs_on_the_files_that_it_asks_for() {
    let hooks = text_of(".pre-commit-hooks.yaml");
    let entry = at(&hooks, 0, &["0", "entry"]);
    let folder = Folder::new();
    folder.file("pod.yaml", UNLIMITED);
    let output = run(&format!("{entry} --fail-on=warning pod.yaml"), &folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("OKA001"));
}

#[test]
fn the_component_writes_its_reports() {
    let template = text_of("templates/oomkit-audit.yml");
    let folder = Folder::new();
    folder.file("deploy/pod.yaml", UNLIMITED);
    let codes: Vec<Option<i32>> = (0..3)
        .map(|line| {
            let script = at(&template, 1, &["oomkit-audit", "script", &line.to_string()]);
            let script = script.replace("$[[ inputs.paths ]]", "deploy").replace(
                "$[[ inputs.fail-on ]]",
                &at(&template, 0, &["spec", "inputs", "fail-on", "default"]),
            );
            assert!(!script.contains("$[["), "{script}");
            run(&script, &folder, &[]).status.code()
        })
        .collect();
    assert_eq!(codes, [Some(0), Some(0), Some(1)]);
    let reports = |kind: &str| {
        let name = at(&template, 1, &["oomkit-audit", "artifacts", "reports", kind]);
        fs::read_to_string(folder.path(&name)).expect("the report was written")
    };
    assert_junit(&reports("junit"));
    let issues: serde_json::Value = serde_json::from_str(&reports("codequality")).expect("JSON");
    assert_eq!(issues[0]["location"]["path"], "deploy/pod.yaml");
}
