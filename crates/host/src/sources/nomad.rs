//! What `nomad alloc status -json` and `nomad job allocs -json` print of an allocation.

use oomkit_core::workload::{Known, Owner};

use super::{Json, Shape, Sink};

pub(super) fn read(value: &Json, sink: &mut Sink<'_>) -> Shape {
    let (Some(id), Some(job)) = (value.at(&["ID"]).text(), value.at(&["JobID"]).text()) else {
        return Shape::Other;
    };
    let known = Known {
        namespace: value.at(&["Namespace"]).owned(),
        owner: Some(Owner { kind: "Job".to_owned(), name: job.to_owned(), uid: None }),
        ..Known::default()
    };
    sink.pod(id, known);
    Shape::Known
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check;

    #[test]
    fn allocations_have_jobs() {
        let file = r#"[{"ID":"0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b","JobID":"cache","Namespace":"default",
            "Name":"cache.redis[0]","TaskGroup":"redis"}]"#;
        check(
            file,
            &[("0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b", "namespace=default owner=Job/cache source=f")],
        );
    }
}
