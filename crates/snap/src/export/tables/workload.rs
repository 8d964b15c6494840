//! Workload: what the path of a control group says, with the names that were given.

use oomkit_core::workload::Workload;

use super::super::{Value, column::Field};

pub(super) const FIELDS: &[Field<Option<Workload>>] = &[
    Field::text("unit", "The systemd unit, as the path of the control group has it.", |_, workload| {
        of(workload, |workload| &workload.unit)
    }),
    Field::text("pod_uid", "The UID of the pod, as the path has it.", |_, workload| {
        of(workload, |workload| &workload.pod_uid)
    }),
    Field::text("container_id", "The id of the container, as the path has it.", |_, workload| {
        of(workload, |workload| &workload.container_id)
    }),
    Field::text("namespace", "The namespace of the pod, if `--names` tells it.", |_, workload| {
        of(workload, |workload| &workload.namespace)
    }),
    Field::text("pod", "The name of the pod, if `--names` tells it.", |_, workload| {
        of(workload, |workload| &workload.pod)
    }),
    Field::text(
        "owner",
        "What made the pod, such as `Deployment/web`, if `--names` tells it.",
        |_, workload| of(workload, |workload| &workload.owner),
    ),
    Field::text("container", "The name of the container, if `--names` tells it.", |_, workload| {
        of(workload, |workload| &workload.container)
    }),
    Field::text("image", "The image of the container, if `--names` tells it.", |_, workload| {
        of(workload, |workload| &workload.image)
    }),
];

fn of(workload: &Option<Workload>, field: fn(&Workload) -> &Option<String>) -> Value<'_> {
    Value::text(workload.as_ref().and_then(|workload| field(workload).as_deref()))
}
