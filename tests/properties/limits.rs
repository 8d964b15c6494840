//! Limits: files that are cut anywhere, or made of anything, end no audit.

use oomkit_audit::{Auditor, policy::Policy, sources::Alone, view};
use proptest::prelude::*;

/// A file that has a little of everything.
const FILE: &str = "\
# oomkit: ignore[OKA001] because until=2027-01-01
x-a: &a {limits: {memory: 512Mi, hugepages-2Mi: 4Mi}, requests: {memory: 1e9, cpu: 100m}}
apiVersion: v1
kind: List
items:
- kind: StatefulSet
  metadata: {name: \"zoo\\tkeeper\", annotations: {oomkit/ignore: 'OKA043 x'}}
  spec:
    replicas: 3
    template:
      spec:
        priorityClassName: system-node-critical
        initContainers: [{name: i, image: x, restartPolicy: Always, resources: *a}]
        containers:
        - {name: c, image: 'redis:7', args: [--maxmemory, 2gb], resources: {<<: *a}, env: [{name: GOMEMLIMIT, value: 1Gi}]}
        - {name: j, image: 'openjdk:8u1', command: [sh, -c, 'java -Xmx99999g $X'], volumeMounts: [{name: v}]}
        volumes: [{name: v, emptyDir: {medium: Memory, sizeLimit: 9Ei}}]
- kind: LimitRange
  spec: {limits: [{type: Container, max: {memory: Mi}, default: {memory: 010}}]}
- kind: ResourceQuota
  spec: {hard: {limits.memory: 1Ki}}
";

const COMPOSE: &str = "\
name: p
include: [a.yaml]
services:
  a: &a
    image: postgres:16
    mem_limit: ${A:-${B:?c}}
    memswap_limit: -1
    mem_reservation: 1e9
    oom_kill_disable: yes
    oom_score_adj: -1001
    shm_size: 0x1000
    tmpfs: [/a:size=50%, /b]
    deploy: {replicas: 4294967296, mode: global, resources: {limits: {memory: 512Mi}}}
  b: {<<: *a, extends: {service: b}, command: \"x 'y\", environment: [A, B=$$C]}
";

fn judge(name: &str, bytes: &[u8]) {
    let policy = Policy::parse("[node]\nmemory = '1Gi'\nswap = '1Gi'\n").unwrap();
    let mut auditor = Auditor::new(policy);
    auditor.add(name, bytes, &Alone);
    let report = auditor.finish();
    for finding in &report.findings {
        let place = finding.evidence.first().expect("a place");
        assert!(place.mark.line != 0 && place.mark.column != 0, "{finding:?}");
        assert!(!finding.message.contains(['\u{1b}', '\n', '\t']), "{}", finding.message);
    }
    let _ = view::document(&report, 0, view::Extent::All);
}

#[test]
fn a_file_may_be_cut_anywhere() {
    for (name, text) in [("a.yaml", FILE), ("compose.yaml", COMPOSE)] {
        for end in 0..=text.len() {
            judge(name, &text.as_bytes()[..end]);
        }
        for start in (0..text.len()).step_by(3) {
            judge(name, &text.as_bytes()[start..]);
        }
    }
}

proptest! {
    #[test]
    fn a_file_may_hold_anything(
        at in 0..FILE.len(),
        length in 0..40_usize,
        noise in "[ -~\\n\\t\u{0}\u{1b}\u{e9}\u{1f600}&*<{}\\[\\]:,-]{0,24}",
        compose: bool,
    ) {
        let (name, text) = if compose { ("compose.yaml", COMPOSE) } else { ("a.yaml", FILE) };
        let at = at % text.len();
        let end = (at + length).min(text.len());
        let bytes = [&text.as_bytes()[..at], noise.as_bytes(), &text.as_bytes()[end..]].concat();
        judge(name, &bytes);
    }

    #[test]
    fn sizes_may_hold_anything(text in "\\PC{0,40}|[-+0-9.eEkKMGTiBm%_ ]{0,12}") {
        use oomkit_audit::quantity::{Scalar, cgroup, docker, go, jvm, kubernetes, mebibytes, systemd};
        let scalar = Scalar::Text(text.as_str().into());
        let _ = (kubernetes::quantity(&text), docker::amount(&scalar), go::limit(&text), jvm::heap(&text));
        let _ = (mebibytes::task(&scalar), systemd::amount(&text, systemd::Zero::Allowed));
        let _ = (kubernetes::thousandths(&scalar), jvm::percentage(&text));
        let _ = cgroup::limit(&text, cgroup::Version::Two, oomkit_core::units::Bytes::new(4096));
    }
}
