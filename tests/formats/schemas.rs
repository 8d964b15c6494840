//! What other programs read, held against the schemas by which they read it.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use oomkit_core::problem::Problems;
use oomkit_render::{ProblemFormat, Style};
use serde_json::{Value, json};

use super::{
    specimens::{clean, compared, model, named, names},
    written,
};

fn schema(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/schemas").join(name)
}

fn runs() -> Vec<Problems> {
    let hostile = names();
    [model(), compared(), clean()].into_iter().chain(hostile.iter().map(|name| named(name))).collect()
}

/// The validator of SARIF, by the schema of OASIS.
pub(crate) struct Sarif(jsonschema::Validator);

impl Sarif {
    pub(crate) fn new() -> Self {
        let text = fs::read_to_string(schema("sarif-2.1.0.json")).expect("the schema can be read");
        // The pattern of a language has a bracket too much, so validators refuse it; no language is written.
        let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
        let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
        let options = jsonschema::options().should_validate_formats(true);
        Self(options.build(&schema).expect("a schema"))
    }

    /// Returns the log, which the schema allows, and whose indices lead to what is named.
    pub(crate) fn log(&self, text: &str) -> Value {
        let log: Value = serde_json::from_str(text).expect("JSON");
        let errors: Vec<String> =
            self.0.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", text.chars().take(4000).collect::<String>());
        // The schema cannot know that an index leads to what is named.
        let run = &log["runs"][0];
        for result in run["results"].as_array().expect("results") {
            let rule = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
            let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            let index = artifact["index"].as_u64().expect("an index") as usize;
            assert_eq!(run["artifacts"][index]["location"]["uri"], artifact["uri"]);
        }
        log
    }
}

#[test]
fn sarif_is_valid() {
    let sarif = Sarif::new();
    let wrong = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": {} } }] });
    assert!(!sarif.0.is_valid(&wrong), "a tool without a name passes");
    for run in runs() {
        let log = sarif.log(&written(&run, ProblemFormat::Sarif, &Style::new(80)));
        assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(run.all().len()));
    }
}

/// The validator of the schema for JUnit is a program; a machine without it skips the test, CI does not.
fn has_xmllint() -> bool {
    let probe = Command::new("xmllint").arg("--version").stdin(Stdio::null()).output();
    if probe.is_err() {
        assert!(
            std::env::var_os("OOMKIT_REQUIRE_TOOLS").is_none(),
            "xmllint is missing; it is in Debian's libxml2-utils"
        );
        // What a test prints is hidden where it passes, and this must be seen.
        let _ = writeln!(io::stderr(), "SKIPPED: xmllint is missing (Debian: libxml2-utils)");
    }
    probe.is_ok()
}

/// Fails unless the schema allows a report.
pub(crate) fn assert_junit(xml: &str) {
    if has_xmllint() {
        let output = xmllint(xml);
        let complaint = String::from_utf8_lossy(&output.stderr).chars().take(2000).collect::<String>();
        assert!(output.status.success(), "{complaint}");
    }
}

#[test]
fn junit_is_valid() {
    for run in runs() {
        assert_junit(&written(&run, ProblemFormat::Junit, &Style::new(80)));
    }
    if has_xmllint() {
        let wrong = xmllint("<testsuites><testsuite name='x'/></testsuites>");
        assert!(!wrong.status.success(), "a suite without its count passes");
    }
}

fn xmllint(xml: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.xml");
    fs::write(&path, xml).expect("the report is written");
    let mut command = Command::new("xmllint");
    command.arg("--nonet").arg("--noout").arg("--schema").arg(schema("junit-10.xsd")).arg(&path);
    command.output().expect("xmllint runs")
}

/// GitLab has no schema for its report, so these are the fields that its documentation asks for.
#[test]
fn gitlab_has_what_it_asks_for() {
    for run in runs() {
        let text = written(&run, ProblemFormat::Gitlab, &Style::new(80));
        let issues: Vec<Value> = serde_json::from_str(&text).expect("a JSON array");
        let mut prints: Vec<&str> = Vec::new();
        for issue in &issues {
            assert!(
                ["info", "minor", "major", "critical", "blocker"]
                    .contains(&issue["severity"].as_str().unwrap())
            );
            assert!(issue["description"].is_string() && issue["check_name"].is_string(), "{issue}");
            assert!(issue["location"]["path"].is_string(), "{issue}");
            assert!(1 <= issue["location"]["lines"]["begin"].as_u64().unwrap(), "{issue}");
            prints.push(issue["fingerprint"].as_str().unwrap());
        }
        prints.sort_unstable();
        let count = prints.len();
        prints.dedup();
        assert_eq!(prints.len(), count, "a fingerprint stands twice");
    }
}
