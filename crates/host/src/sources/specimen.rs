//! What the tests of this folder share: ids, and a file held against what must be known after it.

use oomkit_core::workload::{Known, Names, Workload};

use super::read;

/// Returns an invented container id.
pub(super) fn id(number: u32) -> String {
    format!("{number:08x}").repeat(8)
}

/// Reads a file named `f`; of each id, all that is known is compared.
pub(super) fn check(file: &str, expected: &[(&str, &str)]) {
    let mut names = Names::default();
    let outcome = read(&mut file.as_bytes(), "f", &mut names);
    assert_eq!((outcome.strange, outcome.troubles), (0, Vec::new()), "{file}");
    for (id, fields) in expected {
        let wanted = Some((*id).to_owned());
        let workload = if id.len() == 64 {
            Workload { container_id: wanted, ..Workload::default() }
        } else {
            Workload { pod_uid: wanted, ..Workload::default() }
        };
        let found = names.find(&workload).map_or_else(|| "nothing".to_owned(), |known| shown(&known));
        assert_eq!(found, fields.split_whitespace().collect::<Vec<_>>().join(" "), "{id}");
    }
}

/// Shows the fields that are known.
pub(super) fn shown(known: &Known) -> String {
    let owner = known.owner.as_ref().map(ToString::to_string);
    let limit = known.limit.as_ref().map(ToString::to_string);
    let request = known.request.as_ref().map(ToString::to_string);
    let fields = [
        ("pod", &known.pod),
        ("namespace", &known.namespace),
        ("pod_uid", &known.pod_uid),
        ("qos", &known.qos),
        ("owner", &owner),
        ("container", &known.container),
        ("image", &known.image),
        ("project", &known.project),
        ("service", &known.service),
        ("limit", &limit),
        ("request", &request),
        ("source", &known.source),
    ];
    let mut shown: Vec<String> =
        fields.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?))).collect();
    if known.sandbox {
        shown.push("sandbox".to_owned());
    }
    shown.join(" ")
}
