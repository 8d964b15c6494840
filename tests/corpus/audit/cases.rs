//! Cases that are easily got wrong: what each file comes to, limit by limit and finding by finding.

use super::audit;
use crate::support::Complaints;
use oomkit_audit::{Report, summary::Summary};

/// One file and what it comes to: limits in force, limits missing, and findings as `code:line`.
struct Case {
    what: &'static str,
    file: &'static str,
    text: &'static str,
    counts: (usize, usize),
    findings: &'static [&'static str],
}

/// A pod whose one container has these resources, from line 6 on.
macro_rules! pod {
    ($resources:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n",
            "  - name: app\n    image: registry.example/app:1\n    resources: ",
            $resources,
            "\n"
        )
    };
}

/// A service with these keys, from line 4 on.
macro_rules! service {
    ($keys:literal) => {
        concat!("services:\n  web:\n    image: nginx:1.27\n", $keys)
    };
}

const CASES: &[Case] = &[
    Case {
        what: "every object of a list counts, and of a list of a kind, whose objects may lack a kind",
        file: "list.yaml",
        text: "\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: a}
  spec:
    containers:
    - {name: one, image: x, resources: {limits: {memory: 64Mi}}}
- apiVersion: apps/v1
  kind: DeploymentList
  items:
  - metadata: {name: b}
    spec:
      template:
        spec:
          containers:
          - {name: two, image: x, resources: {limits: {memory: 64Mi}}}
          - {name: three, image: x, resources: {requests: {memory: 64Mi}}}
",
        counts: (2, 1),
        findings: &["OKA001:19"],
    },
    Case {
        what: "zero is no limit",
        file: "a.yaml",
        text: pod!("{limits: {memory: 0}}"),
        counts: (0, 1),
        findings: &["OKA002:6", "OKA004:8"],
    },
    Case {
        what: "zero in quotes is no limit",
        file: "a.yaml",
        text: pod!("{limits: {memory: \"0\"}}"),
        counts: (0, 1),
        findings: &["OKA002:6", "OKA004:8"],
    },
    Case {
        what: "a unit without a number is no limit",
        file: "a.yaml",
        text: pod!("{limits: {memory: Mi}}"),
        counts: (0, 1),
        findings: &["OKA002:6", "OKA004:8"],
    },
    Case {
        what: "m is a thousandth",
        file: "a.yaml",
        text: pod!("{limits: {memory: 512m}}"),
        counts: (1, 0),
        findings: &["OKA011:8"],
    },
    Case {
        what: "MB is refused, and the other objects are audited",
        file: "a.yaml",
        text: concat!(pod!("{limits: {memory: 512MB}}"), "---\n", pod!("{limits: {memory: 512m}}"), "---\n", pod!("{requests: {cpu: 1}}")),
        counts: (1, 2),
        findings: &["OKA010:8", "OKA011:17", "OKA001:24"],
    },
    Case {
        what: "a request above the limit is refused",
        file: "a.yaml",
        text: pod!("{requests: {memory: 2Gi}, limits: {memory: 1Gi}}"),
        counts: (1, 0),
        findings: &["OKA013:8"],
    },
    Case {
        what: "the limit of a pod holds for its containers",
        file: "a.yaml",
        text: "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  resources: {limits: {memory: 1Gi}}
  initContainers:
  - {name: init, image: x}
  containers:
  - {name: app, image: x}
",
        counts: (2, 0),
        findings: &[],
    },
    Case {
        what: "a sidecar counts as a container, another init container does not",
        file: "a.yaml",
        text: "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - {name: proxy, image: x, restartPolicy: Always}
  - {name: init, image: x}
  containers:
  - {name: app, image: x, resources: {limits: {memory: 1Gi}}}
",
        counts: (1, 2),
        findings: &["OKA001:6", "OKA003:7"],
    },
    Case {
        what: "workloads of every kind are workloads",
        file: "a.yaml",
        text: "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: x, image: x, resources: {requests: {cpu: 1}}}]}}}}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: b}
spec: {template: {spec: {containers: [{name: x, image: x, resources: {requests: {cpu: 1}}}]}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: c}
spec: {template: {spec: {containers: [{name: x, image: x, resources: {requests: {cpu: 1}}}]}}}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: d}
spec: {template: {spec: {containers: [{name: x, image: x, resources: {requests: {cpu: 1}}}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: no-workload}
spec: {selector: {app: x}}
---
apiVersion: example.org/v1
kind: Frobnicator
metadata: {name: e}
spec: {deep: {pod: {containers: [{name: x, image: x, resources: {requests: {cpu: 1}}}]}}}
",
        counts: (0, 5),
        findings: &["OKA001:4", "OKA001:9", "OKA001:14", "OKA001:19", "OKA001:29"],
    },
    Case {
        what: "resources that are null hold no limit",
        file: "a.yaml",
        text: pod!("null"),
        counts: (0, 1),
        findings: &["OKA001:6", "OKA002:6"],
    },
    Case {
        what: "limits that are empty hold no limit",
        file: "a.yaml",
        text: pod!("{limits: {}, requests: {memory: 64Mi}}"),
        counts: (0, 1),
        findings: &["OKA001:6"],
    },
    Case {
        what: "a finding points at where the value stands, through anchors and merges",
        file: "a.yaml",
        text: "\
x-small: &small
  limits: {memory: 512MB}
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: a, image: x, resources: *small}
  - {name: b, image: x, resources: {<<: *small, requests: {memory: 1Mi}}}
",
        counts: (0, 2),
        findings: &["OKA010:2", "OKA010:2"],
    },
    Case {
        what: "a placeholder within a text is a text",
        file: "a.yaml",
        text: concat!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  page: \"{{ .Title }}\"\n",
            "  more: |\n    {{ if .X }}\n    {{ end }}\n---\n",
            pod!("{limits: {memory: 64Mi}}")
        ),
        counts: (1, 0),
        findings: &[],
    },
    Case {
        what: "a template is said not to be read, and the rest is",
        file: "a.yaml",
        text: concat!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n{{- include \"labels\" . | nindent 2 }}\nspec: {}\n---\n",
            pod!("{requests: {memory: 64Mi}}")
        ),
        counts: (0, 1),
        findings: &["OKA096:4", "OKA001:12"],
    },
    Case {
        what: "a placeholder in the place of a size is no size",
        file: "a.yaml",
        text: pod!("{limits: {memory: {{ .Values.memory }}}}"),
        counts: (0, 1),
        findings: &["OKA096:8"],
    },
    Case {
        what: "a floating-point number is dropped by Compose",
        file: "compose.yaml",
        text: service!("    mem_limit: 1e9\n"),
        counts: (0, 1),
        findings: &["OKA004:4"],
    },
    Case {
        what: "a reservation is no limit",
        file: "compose.yaml",
        text: service!("    mem_reservation: 64m\n"),
        counts: (0, 1),
        findings: &["OKA007:4", "OKA034:4"],
    },
    Case {
        what: "numbers of YAML are what Go makes of them",
        file: "compose.yaml",
        text: "\
services:
  a: {image: x, mem_limit: 512_000_000}
  b: {image: x, mem_limit: 0x20000000}
  c: {image: x, mem_limit: 010000000}
  d: {image: x, mem_limit: -1}
  e: {image: x, mem_limit: \"-1\"}
  f: {image: x, deploy: {resources: {limits: {memory: 1073741824}}}}
",
        counts: (3, 3),
        findings: &[
            "OKA017:2", "OKA020:2", "OKA017:3", "OKA011:4", "OKA017:4", "OKA001:5", "OKA010:6", "OKA010:7",
        ],
    },
];

#[test]
fn files_come_to_what_is_known_of_them() {
    let mut c = Complaints::default();
    for case in CASES {
        let report = audit(&[(case.file, case.text)]);
        c.same(case.what, "findings", found(&report).join(" "), case.findings.join(" "));
        let summary = Summary::of(&report);
        c.same(case.what, "limits", (summary.limit_set, summary.limit_missing), case.counts);
    }
    c.settle();
}

/// Returns the findings in the order of the report, as `code:line`.
pub(super) fn found(report: &Report) -> Vec<String> {
    let one = |place: oomkit_audit::model::Place| place.mark.line;
    report.findings.iter().map(|finding| format!("{}:{}", finding.code, one(finding.evidence[0]))).collect()
}

#[test]
fn a_namespace_gives_limits_to_its_own() {
    let range = |namespace: &str| {
        format!(
            "apiVersion: v1\nkind: LimitRange\nmetadata: {{name: r{namespace}}}\nspec:\n  limits:\n  - type: Container\n    default: {{memory: 64Mi}}\n"
        )
    };
    let pod = |namespace: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a{namespace}}}\nspec:\n  containers:\n  - {{name: x, image: x, resources: {{requests: {{memory: 32Mi}}}}}}\n"
        )
    };
    for (what, files, missing) in [
        ("written in both, in two files", vec![range(", namespace: shop"), pod(", namespace: shop")], 0),
        ("written in both, the pod first", vec![pod(", namespace: shop"), range(", namespace: shop")], 0),
        ("another one", vec![range(", namespace: shop"), pod(", namespace: bank")], 1),
        ("written nowhere, in one file", vec![format!("{}---\n{}", range(""), pod(""))], 0),
        ("written nowhere, in two files", vec![range(""), pod("")], 1),
    ] {
        let names: Vec<String> = (0..files.len()).map(|number| format!("{number}.yaml")).collect();
        let files: Vec<(&str, &str)> =
            names.iter().zip(&files).map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(Summary::of(&audit(&files)).limit_missing, missing, "{what}");
    }
}
