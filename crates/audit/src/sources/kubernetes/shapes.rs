//! Shapes: where objects of each kind keep their pods.

/// Where a kind keeps the template of its pods.
pub(super) struct Shape {
    /// The kind.
    pub(super) kind: &'static str,
    /// What the group of its version begins with; empty where the kind is known by its name.
    pub(super) group: &'static str,
    /// The way to the template, which holds `metadata` and `spec`.
    pub(super) template: &'static [&'static str],
    /// Whether its pods end by themselves.
    pub(super) ends: bool,
}

/// Every shape; the first that fits counts.
const SHAPES: &[Shape] = &[
    Shape { kind: "Pod", group: "", template: &[], ends: false },
    Shape { kind: "PodTemplate", group: "", template: &["template"], ends: false },
    Shape { kind: "Deployment", group: "", template: &["spec", "template"], ends: false },
    Shape { kind: "ReplicaSet", group: "", template: &["spec", "template"], ends: false },
    Shape { kind: "DaemonSet", group: "", template: &["spec", "template"], ends: false },
    Shape { kind: "StatefulSet", group: "", template: &["spec", "template"], ends: false },
    Shape { kind: "ReplicationController", group: "", template: &["spec", "template"], ends: false },
    Shape { kind: "DeploymentConfig", group: "", template: &["spec", "template"], ends: false },
    Shape { kind: "Job", group: "", template: &["spec", "template"], ends: true },
    Shape { kind: "CronJob", group: "", template: &["spec", "jobTemplate", "spec", "template"], ends: true },
    Shape { kind: "Rollout", group: "argoproj.io", template: &["spec", "template"], ends: false },
    Shape { kind: "Service", group: "serving.knative.dev", template: &["spec", "template"], ends: false },
    Shape {
        kind: "Configuration",
        group: "serving.knative.dev",
        template: &["spec", "template"],
        ends: false,
    },
    Shape { kind: "Revision", group: "serving.knative.dev", template: &[], ends: false },
    Shape { kind: "CloneSet", group: "apps.kruise.io", template: &["spec", "template"], ends: false },
    Shape { kind: "BroadcastJob", group: "apps.kruise.io", template: &["spec", "template"], ends: true },
    Shape {
        kind: "AdvancedCronJob",
        group: "apps.kruise.io",
        template: &["spec", "template", "jobTemplate", "spec", "template"],
        ends: true,
    },
    Shape {
        kind: "AdvancedCronJob",
        group: "apps.kruise.io",
        template: &["spec", "template", "broadcastJobTemplate", "spec", "template"],
        ends: true,
    },
    Shape {
        kind: "ScaledJob",
        group: "keda.sh",
        template: &["spec", "jobTargetRef", "template"],
        ends: true,
    },
];

/// Returns the shapes of a kind.
pub(super) fn of(kind: &str, version: &str) -> impl Iterator<Item = &'static Shape> {
    SHAPES.iter().filter(move |shape| {
        // A service is something else outside of its group; a deployment is one in every group.
        shape.kind == kind && (shape.group.is_empty() || version.starts_with(shape.group))
    })
}
