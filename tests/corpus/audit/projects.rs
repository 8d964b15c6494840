//! Files that are only understood together: overrides, includes, patches, config maps.

use std::collections::BTreeMap;

use oomkit_audit::{Auditor, Report, policy::Policy, sources::Surroundings};

use super::cases::found;

/// Files by their names; some of them are audited, others only lie around.
struct Disk(BTreeMap<&'static str, &'static str>);

/// The names that are audited.
struct Around<'a> {
    disk: &'a Disk,
    inputs: &'a [&'a str],
}

impl Surroundings for Around<'_> {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.disk.0.get(name).map(|text| text.as_bytes().to_vec())
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let names =
            self.disk.0.keys().filter(|name| name.rsplit_once('/').is_some_and(|(of, _)| of == folder));
        names.map(|name| (*name).to_owned()).collect()
    }

    fn is_input(&self, name: &str) -> bool {
        self.inputs.contains(&name)
    }
}

fn audit(files: &[(&'static str, &'static str)], inputs: &[&str]) -> Report {
    let disk = Disk(files.iter().copied().collect());
    let around = Around { disk: &disk, inputs };
    let mut auditor = Auditor::new(Policy::default());
    for name in inputs {
        auditor.add(name, disk.0[name].as_bytes(), &around);
    }
    auditor.finish()
}

/// Returns each scope that counts with its limit in force, and the findings.
fn outcome(files: &[(&'static str, &'static str)], inputs: &[&str]) -> (Vec<String>, Vec<String>) {
    let report = audit(files, inputs);
    let scopes = report.model.leaves().map(|(_, scope)| {
        let size = report.model.ceiling(scope).and_then(|ceiling| ceiling.size);
        format!("{} {}", scope.name, size.map_or_else(|| "-".into(), |size| size.to_string()))
    });
    (scopes.collect(), found(&report))
}

pub(super) fn check(
    what: &str,
    files: &[(&'static str, &'static str)],
    inputs: &[&str],
    scopes: &[&str],
    findings: &[&str],
) {
    let (found_scopes, found_findings) = outcome(files, inputs);
    assert_eq!(found_scopes, scopes, "{what}");
    let loud: Vec<&String> = found_findings.iter().filter(|one| !one.starts_with("OKA020")).collect();
    assert_eq!(loud, findings, "{what}");
}

const BASE: &str = "services:\n  web:\n    image: nginx:1.27\n    mem_limit: 1g\n  api:\n    image: x\n";

#[test]
fn override_files_are_laid_over() {
    check(
        "a limit that only the override has",
        &[("a/compose.yaml", BASE), ("a/compose.override.yaml", "services:\n  api: {mem_limit: 64m}\n")],
        &["a/compose.yaml"],
        &["web 1.0 GiB", "api 64.0 MiB"],
        &[],
    );
    check(
        "a limit that the override takes away",
        &[("compose.yaml", BASE), ("compose.override.yml", "services:\n  web: {mem_limit: !reset null}\n")],
        &["compose.yaml"],
        &["web -", "api -"],
        &["OKA001:2", "OKA001:5"],
    );
    check(
        "both are asked for, and both are read once",
        &[("compose.yaml", BASE), ("compose.override.yaml", "services:\n  web: {mem_limit: 2g}\n")],
        &["compose.yaml", "compose.override.yaml"],
        &["web 2.0 GiB", "api -"],
        &["OKA001:5"],
    );
    check(
        "a variant that patches the base, and what it adds",
        &[
            ("compose.yaml", BASE),
            ("compose.prod.yaml", "services:\n  web: {restart: always}\n  new: {image: y}\n"),
        ],
        &["compose.prod.yaml"],
        &["web 1.0 GiB", "new -"],
        &["OKA001:3"],
    );
}

#[test]
fn includes_and_extensions_are_followed() {
    check(
        "a service of an included file",
        &[
            ("compose.yaml", "include: [sub/mon.yaml]\nservices:\n  web: {image: x, mem_limit: 64m}\n"),
            ("sub/mon.yaml", "services:\n  mon:\n    image: y\n"),
        ],
        &["compose.yaml"],
        &["web 64.0 MiB", "mon -"],
        &["OKA001:2"],
    );
    check(
        "what cannot be read is said, and nothing is said of what it may hold",
        &[("compose.yaml", "services:\n  web:\n    extends: {file: no.yaml, service: app}\n")],
        &["compose.yaml"],
        &["web -"],
        &["OKA096:3"],
    );
    check(
        "a chain, with the nearest value",
        &[
            ("compose.yaml", "services:\n  web:\n    extends: {file: b.yaml, service: one}\n"),
            (
                "b.yaml",
                "services:\n  one:\n    extends: {service: two}\n  two: {image: x, mem_limit: 64m, oom_kill_disable: true}\n",
            ),
        ],
        &["compose.yaml"],
        &["web 64.0 MiB"],
        &["OKA041:4"],
    );
    check(
        "a service that extends itself",
        &[("compose.yaml", "services:\n  web:\n    image: x\n    extends: {service: web}\n")],
        &["compose.yaml"],
        &["web -"],
        &[],
    );
}

#[test]
fn variables_come_from_the_file_beside() {
    check(
        "set, unset and zero",
        &[
            (
                "p/compose.yaml",
                "services:\n  a: {image: x, mem_limit: $A}\n  b: {image: x, mem_limit: $B}\n  c: {image: x, mem_limit: \"${C:-0}\"}\n",
            ),
            ("p/.env", "A=64m\n"),
        ],
        &["p/compose.yaml"],
        &["a 64.0 MiB", "b -", "c -"],
        &["OKA006:3", "OKA006:4"],
    );
}

const PATCH: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        env: [{name: A, value: b}]
";

#[test]
fn a_patch_runs_nothing() {
    check(
        "named by a kustomization",
        &[("k/patches/p.yaml", PATCH), ("k/kustomization.yaml", "patches:\n- path: patches/p.yaml\n")],
        &["k/patches/p.yaml"],
        &[],
        &[],
    );
    check("named by none", &[("k/p.yaml", PATCH)], &["k/p.yaml"], &["app -"], &["OKA001:8", "OKA002:8"]);
}

#[test]
fn variables_come_from_config_maps() {
    let map = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: java, namespace: shop}
data:
  JAVA_OPTS: -Xmx2g
  opts: -Xmx3g
";
    let pod = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - {name: a, image: x, envFrom: [{configMapRef: {name: java}}], resources: {limits: {memory: 1Gi}}}
  - name: b
    image: x
    env: [{name: _JAVA_OPTIONS, valueFrom: {configMapKeyRef: {name: java, key: opts}}}]
    resources: {limits: {memory: 4Gi}}
";
    check(
        "the finding stands where the value stands",
        &[("map.yaml", map), ("pod.yaml", pod)],
        &["map.yaml", "pod.yaml"],
        &["a 1.0 GiB", "b 4.0 GiB"],
        &["OKA080:5"],
    );
}

#[test]
fn json_is_read_like_yaml() {
    check(
        "tabs, escapes and everything on one line",
        &[(
            "a.json",
            "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"w\\/\\u00e9\\ud83d\\ude00\"},\n\t\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"x\",\"resources\":{\"limits\":{\"memory\":\"64Mi\"}}},\n\t{\"name\":\"b\",\"image\":\"x\",\"resources\":{\"requests\":{\"memory\":\"64Mi\"}}}]}}",
        )],
        &["a.json"],
        &["a 64.0 MiB", "b -"],
        &["OKA001:3"],
    );
}
