//! `oomkit audit`: files and folders in, findings and an exit code out.

use std::fs;

use super::run::{Folder, fed, oomkit};

/// A workload that asks for nothing, beside a coordination service that is well kept.
pub(super) const DAC_TEST: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: dac-test}
spec:
  template:
    metadata: {labels: {app: dac-test}}
    spec:
      containers:
        - name: dac-test
          image: registry.example/dac-test:1
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: zookeeper}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: zookeeper}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - labelSelector: {matchLabels: {app: zookeeper}}
              topologyKey: kubernetes.io/hostname
      containers:
        - name: zookeeper
          image: zookeeper:3.9
          resources:
            requests: {memory: 2Gi, cpu: 1}
            limits: {memory: 2Gi, cpu: 1}
";

/// A pod that nothing can be said against.
const WELL_KEPT: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: app
      image: registry.example/app:1
      resources:
        requests: {memory: 256Mi, cpu: 100m}
        limits: {memory: 512Mi}
";

#[test]
fn the_published_incident_would_have_been_told_before() {
    let folder = Folder::new();
    let file = folder.file("deploy.yaml", DAC_TEST);
    let ran = oomkit(["audit", &file]).ends(1);
    for words in [
        "deploy.yaml:9:11",
        "9 |          - name: dac-test\n    |            ^^^^^^^^^^^^^^\n",
        "OKA001",
        "OKA043",
        "StatefulSet/default/zookeeper",
        "adjustment 1000 against -997",
        "limits: {memory: 512Mi}",
    ] {
        assert!(ran.out.contains(words), "{words} in {}", ran.out);
    }
    let ran = oomkit(["audit", "--node-memory", "64Gi", &file]).ends(1);
    assert!(ran.out.contains("62Gi are left on a machine"), "{}", ran.out);

    let json = oomkit(["audit", "--format", "json", &file]).ends(1).json();
    let finding = &json["findings"].as_array().unwrap().iter().find(|one| one["code"] == "OKA043").unwrap();
    assert_eq!((&finding["line"], &finding["severity"]), (&9.into(), &"error".into()));
    assert_eq!(finding["scope"], "Deployment/default/dac-test/containers/dac-test");
    assert_eq!(finding["related"][0]["line"], 26);
    assert_eq!(
        json["summary"]["findings"],
        serde_json::json!({"error": 2, "warning": 1, "note": 0}),
        "{:?}",
        json["findings"]
    );
    assert_eq!(
        (&json["summary"]["memory_limit_set"], &json["summary"]["memory_limit_missing"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn a_folder_is_read_whole_whatever_one_file_is() {
    let folder = Folder::new();
    folder.file("good.yaml", WELL_KEPT);
    folder.file("bad/broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n");
    folder.file("bad/template.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n{{- toYaml .Values }}\n");
    folder.file("bad/latin.yaml", b"apiVersion: v1\nkind: Pod\nname: caf\xe9\n");
    folder.file("bad/bomb.json", b"\0\0\0\0apiVersion");
    folder.file("other/workflow.yml", "on: push\njobs: {a: {runs-on: x, steps: [{run: echo}]}}\n");
    folder.file("other/package.json", "{\"name\": \"x\", \"services\": 5}");
    folder.file("other/notes.txt", "apiVersion: v1");
    folder.file(".gitignore", "ignored/\n");
    folder.file("ignored/pod.yaml", DAC_TEST);
    folder.file("z.yaml", DAC_TEST);
    let ran = oomkit(["audit", "--format", "json", &folder.path("")]).ends(3);
    let json = ran.json();
    let summary = &json["summary"];
    assert_eq!((&summary["containers"], &summary["files_passed_over"]), (&3.into(), &3.into()), "{summary}");
    let found: Vec<String> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let file = one["file"].as_str().unwrap().rsplit('/').next().unwrap();
            format!("{} {file}:{}", one["code"].as_str().unwrap(), one["line"])
        })
        .collect();
    assert_eq!(
        found,
        [
            "OKA096 broken.yaml:3",
            "OKA096 latin.yaml:3",
            "OKA096 template.yaml:4",
            "OKA001 z.yaml:9",
            "OKA002 z.yaml:9",
            "OKA043 z.yaml:9",
        ]
    );
    // Without what cannot be read, the worst finding decides.
    oomkit(["audit", "--exclude", "bad/*", &folder.path("")]).ends(1);
    oomkit(["audit", "--exclude", "bad/*", "--exclude", "z.yaml", &folder.path("")]).ends(0);
}

#[test]
fn the_exit_code_follows_the_worst_finding() {
    let folder = Folder::new();
    let note = folder.file("note.yaml", WELL_KEPT.replace("512Mi", "600M"));
    let warning = folder.file("warning.yaml", WELL_KEPT.replace("        limits: {memory: 512Mi}\n", ""));
    let error = folder.file("error.yaml", WELL_KEPT.replace("512Mi", "512MB"));
    for (file, fail_on, code) in [
        (&note, "error", 0),
        (&note, "warning", 0),
        (&note, "note", 1),
        (&warning, "error", 0),
        (&warning, "warning", 1),
        (&error, "error", 1),
        (&error, "never", 0),
    ] {
        oomkit(["audit", "--fail-on", fail_on, file]).ends(code);
    }
    assert_eq!(oomkit(["audit", &warning]).ends(0).out, oomkit(["audit", &warning]).ends(0).out);
    oomkit(["audit"]).ends(2);
    oomkit(["audit", &folder.path("missing.yaml")]).ends(3);
    oomkit(["audit", "--node-memory", "64GB", &note]).ends(2);
}

#[test]
fn standard_input_and_other_files_are_taken() {
    let ran = fed(WELL_KEPT.as_bytes(), &["audit", "-"]).ends(0);
    assert!(ran.out.contains("No findings") && ran.out.contains("1 container: all"), "{}", ran.out);
    let ran = fed(b"nothing: here\n", &["audit", "-"]).ends(0);
    assert!(ran.out.contains("Nothing to audit") && ran.err.contains("of no known format"), "{ran:?}");
}

#[test]
fn a_policy_sets_levels_and_is_checked() {
    let folder = Folder::new();
    let file = folder.file("a.yaml", DAC_TEST);
    let policy = folder.file("oomkit.toml", "[rules]\nOKA043 = 'off'\nmemory-limit-missing = 'warning'\n");
    let json = oomkit(["audit", "--policy", &policy, "--format", "json", &file]).ends(0).json();
    assert_eq!(json["summary"]["findings"], serde_json::json!({"error": 0, "warning": 2, "note": 0}));
    for (text, words) in [
        ("[rules]\nOKA999 = 'off'\n", "oka999"),
        ("[rules]\nOKA001 = 'fatal'\n", "line 2"),
        ("[node]\nmemory = 'much'\n", "much"),
        ("colour = 1\n", "colour"),
    ] {
        let policy = folder.file("oomkit.toml", text);
        let ran = oomkit(["audit", "--policy", &policy, &file]).ends(2);
        assert!(ran.out.is_empty() && ran.err.contains(words), "{text}: {}", ran.err);
    }
    oomkit(["audit", "--policy", &folder.path("none.toml"), &file]).ends(2);
}

#[test]
fn what_is_silenced_is_in_the_json_and_counts_for_nothing() {
    let folder = Folder::new();
    let text = DAC_TEST.replace(
        "        - name: dac-test\n",
        "        # oomkit: ignore[OKA001, OKA002, OKA043] it runs on machines of its own\n        - name: dac-test\n",
    );
    let file = folder.file("a.yaml", text);
    let json = oomkit(["audit", "--format", "json", &file]).ends(0).json();
    assert_eq!(json["summary"]["findings"], serde_json::json!({"error": 0, "warning": 0, "note": 0}));
    let findings = json["findings"].as_array().unwrap();
    assert!(findings.len() == 3 && findings.iter().all(|one| one["suppressed"] == true), "{findings:?}");
    assert!(oomkit(["audit", &file]).ends(0).out.contains("3 findings silenced by request"));
    let sarif = oomkit(["audit", "--format", "sarif", &file]).ends(0).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let is_told = |result: &serde_json::Value| {
        result["suppressions"][0]["justification"] == "it runs on machines of its own"
    };
    assert!(results.len() == 3 && results.iter().all(is_told), "{results:?}");
}

#[test]
fn a_project_is_made_of_its_files() {
    let folder = Folder::new();
    let main = folder.file(
        "compose.yaml",
        "services:\n  web:\n    image: nginx:1.27\n    mem_limit: ${WEB:-1g}\n  api:\n    extends: {file: base/common.yaml, service: app}\n",
    );
    folder.file("compose.override.yaml", "services:\n  web: {mem_limit: !reset null}\n");
    folder.file("base/common.yaml", "services:\n  app: {image: x, mem_limit: 512Mi}\n");
    folder.file(".env", "WEB=256m\n");
    let json = oomkit(["audit", "--format", "json", &main]).ends(1).json();
    let rows: Vec<String> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!(
                "{} {}",
                one["code"].as_str().unwrap(),
                one["file"].as_str().unwrap().rsplit('/').next().unwrap()
            )
        })
        .collect();
    assert_eq!(rows, ["OKA001 compose.yaml", "OKA010 common.yaml"]);
    fs::remove_file(folder.path("compose.override.yaml")).unwrap();
    let json = oomkit(["audit", "--format", "json", &main]).ends(1).json();
    assert_eq!(json["scopes"][0]["limit_bytes"], 256 << 20);
    // In a folder, an override is read together with what it is laid over, and counted once.
    folder.file("compose.override.yaml", "services:\n  web: {mem_limit: 128m, memswap_limit: 128m}\n");
    let json = oomkit(["audit", "--format", "json", "--exclude", "base/*", &folder.path("")]).ends(1).json();
    assert_eq!(
        (&json["summary"]["containers"], &json["scopes"][0]["limit_bytes"]),
        (&2.into(), &(128 << 20).into())
    );
}

#[test]
fn every_rule_is_explained() {
    for asked in ["OKA001", "memory-limit-missing", "oka043"] {
        let ran = oomkit(["explain", asked]).ends(0);
        assert!(ran.out.contains("OKA0") && ran.out.contains("Why it matters"), "{}", ran.out);
    }
}

/// Returns the codes and lines of the findings that count.
fn open(json: &serde_json::Value) -> Vec<(String, u64)> {
    let counts = |one: &&serde_json::Value| one["known"] == false && one["suppressed"] == false;
    let all = json["findings"].as_array().unwrap().iter().filter(counts);
    all.map(|one| (one["code"].as_str().unwrap().to_owned(), one["line"].as_u64().unwrap())).collect()
}

#[test]
fn a_baseline_leaves_what_is_new_or_worse() {
    let folder = Folder::new();
    let file = folder.file("deploy.yaml", DAC_TEST);
    let before = folder.path("before.json");
    oomkit(["audit", "--format", "json", "--output", &before, &file]).ends(1);
    let ran = oomkit(["audit", "--baseline", &before, &file]).ends(0);
    assert!(ran.out.starts_with("Nothing new, and nothing worse"), "{}", ran.out);
    assert!(ran.out.contains("3 findings of before, no worse than then."), "{}", ran.out);

    // Lines move, figures change, and one more container comes without a limit.
    let more = DAC_TEST.replace(
        "          image: registry.example/dac-test:1\n",
        "          image: registry.example/dac-test:2\n        - name: sidecar\n          image: registry.example/sidecar:1\n",
    );
    folder.file("deploy.yaml", format!("# A remark.\n{more}"));
    let json = oomkit(["audit", "--format", "json", "--baseline", &before, &file]).ends(1).json();
    // The neighbour was in danger before.
    assert_eq!(open(&json), [("OKA001".to_owned(), 12)]);
    let sarif = oomkit(["audit", "--format", "sarif", "--baseline", &before, &file]).ends(1).json();
    let states: Vec<&str> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["baselineState"].as_str().unwrap())
        .collect();
    assert_eq!(states.iter().filter(|state| **state == "new").count(), 1, "{states:?}");

    // What was a warning and is an error has become worse.
    let policy = folder.file("strict.toml", "[rules]\nOKA002 = \"error\"\n");
    folder.file("deploy.yaml", DAC_TEST);
    let json = oomkit(["audit", "--format", "json", "--baseline", &before, "--policy", &policy, &file]);
    assert_eq!(open(&json.ends(1).json()), [("OKA002".to_owned(), 9)]);

    for (text, said) in [("{}", "is no audit"), ("{\"schema\": \"x\", \"findings\": []}", "its schema is")] {
        let other = folder.file("other.json", text);
        let ran = oomkit(["audit", "--baseline", &other, &file]).ends(2);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}

#[test]
fn a_revision_of_git_leaves_what_is_new_since() {
    let folder = Folder::new();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-C", &folder.path(""), "-c", "user.name=t", "-c", "user.email=t@example.invalid"]);
        let output = command.args(arguments).output().expect("git starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let old = folder.file("deploy/old one.yaml", DAC_TEST);
    folder.file("notes.txt", "none");
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "one"]);
    let all = folder.path("deploy");
    let ran = oomkit(["audit", "--diff-against", "HEAD", &all]).ends(0);
    assert!(ran.out.starts_with("Nothing new, and nothing worse"), "{}", ran.out);

    let new =
        folder.file("deploy/new.yaml", WELL_KEPT.replace("limits: {memory: 512Mi}", "limits: {cpu: 1}"));
    let json = oomkit(["audit", "--format", "json", "--fail-on", "warning", "--diff-against", "HEAD", &all])
        .ends(1)
        .json();
    let files: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["known"] == false)
        .map(|one| one["file"].as_str().unwrap())
        .collect();
    assert!(!files.is_empty() && files.iter().all(|file| *file == new), "{files:?}");
    // A file by itself, and one that the revision does not have.
    oomkit(["audit", "--diff-against", "HEAD", &old]).ends(0);
    oomkit(["audit", "--fail-on", "note", "--diff-against", "HEAD", &new]).ends(1);
    for (revision, said) in [("nowhere", "is no revision"), ("--help", "is no revision")] {
        let ran = oomkit(["audit", &format!("--diff-against={revision}"), &all]).ends(2);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    let ran = fed(DAC_TEST.as_bytes(), &["audit", "--diff-against", "HEAD", "-"]).ends(2);
    assert!(ran.err.contains("no earlier standard input"), "{}", ran.err);
}

/// The published incident, told and mended: the whole way of a manifest through CI.
#[test]
fn a_missing_limit_is_written_and_the_next_audit_agrees() {
    let folder = Folder::new();
    let manifest = DAC_TEST
        .replace("image: registry.example/dac-test:1", "image: registry.example/dac-test:1 # nightly");
    let file = folder.file("deploy.yaml", &manifest);
    oomkit(["audit", &file]).ends(1);

    let ran = oomkit(["audit", "--fix", "--dry-run", &file]).ends(1);
    let added = "+          resources:\n+            requests:\n+              memory: 512Mi\n+            limits:\n+              memory: 512Mi\n";
    assert!(ran.out.starts_with("--- a/") && ran.out.contains(added), "{}", ran.out);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), manifest, "nothing is changed");

    let ran = oomkit(["audit", "--fix", &file]).ends(0);
    assert!(ran.err.contains("deploy.yaml:9 is fixed (OKA001)"), "{}", ran.err);
    let fixed = std::fs::read_to_string(&file).unwrap();
    let lines = "          resources:\n            requests:\n              memory: 512Mi\n            limits:\n              memory: 512Mi\n";
    assert_eq!(fixed, manifest.replace("1 # nightly\n", &format!("1 # nightly\n{lines}")));
    oomkit(["audit", "--fail-on", "warning", &file]).ends(0);
    // What is right already is not touched.
    oomkit(["audit", "--fix", &file]).ends(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), fixed);
}

/// A space in a name ends it for `patch`, unless a tab stands behind it.
#[test]
fn patches_of_names_with_spaces_apply() {
    let folder = Folder::new();
    let file = folder.file("a folder/my deploy.yaml", DAC_TEST);
    let ran = oomkit(["audit", "--fix", "--dry-run", &file]).ends(1);
    let headed =
        |mark: &str| ran.out.lines().any(|line| line.starts_with(mark) && line.ends_with("my deploy.yaml\t"));
    assert!(headed("--- a/") && headed("+++ b/"), "{}", ran.out);
    let patch = folder.file("fix.patch", &ran.out);
    let Ok(applied) = std::process::Command::new("patch").args(["-p1", "-d", "/", "-i", &patch]).output()
    else {
        // Not every machine has it.
        return;
    };
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stdout));
    oomkit(["audit", "--fail-on", "warning", &file]).ends(0);
}

#[test]
fn what_a_kustomization_patches_is_a_note() {
    let folder = Folder::new();
    let base = folder.file(
        "base.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: app, image: x}\n",
    );
    oomkit(["audit", &base]).ends(1);
    folder.file("kustomization.yaml", "resources: [base.yaml]\n");
    oomkit(["audit", &base]).ends(1);
    folder.file("kustomization.yaml", "resources: [./base.yaml]\npatches:\n- path: patch.yaml\n");
    let ran = oomkit(["--width", "400", "audit", &base]).ends(0);
    assert!(ran.out.contains("audit what kustomize build renders"), "{}", ran.out);
}

#[test]
fn what_is_not_fixed_is_said_with_the_reason() {
    let folder = Folder::new();
    let text = "x: &base\n  image: x\nservices:\n  a: *base\n  b: *base\n";
    let file = folder.file("compose.yaml", text);
    let ran = oomkit(["audit", "--fix", "--fail-on", "never", &file]).ends(0);
    assert!(ran.err.contains("compose.yaml:4 is not fixed (OKA001): an alias leads there"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn only_what_is_a_text_on_the_disk_is_fixed() {
    let folder = Folder::new();
    let file = folder.file("pod.yaml", format!("\u{feff}{}", WELL_KEPT.replace("512Mi", "512MB")));
    let before = std::fs::read(&file).unwrap();
    let ran = oomkit(["audit", "--fix", &file]).ends(1);
    assert!(ran.err.contains("is left as it is"), "{}", ran.err);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let file = folder.file("plain.yaml", WELL_KEPT.replace("512Mi", "512MB"));
    oomkit(["audit", "--fix", &file]).ends(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), WELL_KEPT.replace("512Mi", "512M"));
    // Keys with a question mark are YAML, too, and none in front of them is.
    let odd = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - ? name\n      : app\n      ? image\n      : x:1\n";
    let file = folder.file("odd.yaml", odd);
    let ran = oomkit(["audit", "--fix", &file]).ends(1);
    assert!(ran.err.contains("is left as it is"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), odd);
    let file = folder.file("plain.yaml", WELL_KEPT);
    let ran = fed(WELL_KEPT.as_bytes(), &["audit", "--fix", "-"]).ends(2);
    assert!(ran.err.contains("standard input is none"), "{}", ran.err);
    oomkit(["audit", "--dry-run", &file]).ends(2);
}
