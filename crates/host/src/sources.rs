//! The foreign files that know names: what `kubectl`, `docker`, `crictl`, `podman` and `nomad` print.
//!
//! What a value is, its shape says; a file may hold any mixture of them, as arrays, lists or one
//! after the other.

use std::io::BufRead;

use oomkit_core::workload::{Known, Names};

mod cri;
mod docker;
pub(crate) mod json;
mod kubernetes;
mod nomad;
pub(crate) mod oci;
mod podman;
mod quantity;
#[cfg(test)]
mod specimen;
pub(crate) mod state;
pub mod systemd;

use json::Json;

pub use json::Trouble;

/// The shapes, in the order in which they are tried: the most particular first.
const SHAPES: &[fn(&Json, &mut Sink<'_>) -> Shape] =
    &[kubernetes::read, cri::read, oci::read, podman::read, docker::read, nomad::read];

/// Whether a value is of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// It is, and it was read.
    Known,
    /// It is of another one.
    Other,
}

/// What came of reading a file of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Values that were understood.
    pub understood: u64,
    /// Values of no shape that is known.
    pub strange: u64,
    /// What could not be read, the first of it.
    pub troubles: Vec<Trouble>,
    /// What could not be read, counted.
    pub trouble_count: u64,
}

/// Reads a file of names; what cannot be read is told, and the rest is still read.
///
/// `source` is the name by which the file was asked for.
pub fn read(input: &mut dyn BufRead, source: &str, names: &mut Names) -> Outcome {
    let mut outcome = Outcome::default();
    let mut sink = Sink { names, source };
    let (troubles, trouble_count) = json::each(input, &mut |value| {
        let is_known = take(&value, &mut sink);
        outcome.understood += u64::from(is_known);
        outcome.strange += u64::from(!is_known);
    });
    Outcome { troubles, trouble_count, ..outcome }
}

/// Takes a value; a list inside of a list is taken apart.
fn take(value: &Json, sink: &mut Sink<'_>) -> bool {
    let items = value.at(&["items"]).list();
    if !items.is_empty() {
        return items.iter().filter(|item| take(item, sink)).count() != 0;
    }
    SHAPES.iter().any(|read| read(value, sink) == Shape::Known)
}

/// Where names go.
struct Sink<'a> {
    names: &'a mut Names,
    source: &'a str,
}

impl Sink<'_> {
    fn container(&mut self, id: &str, known: Known) {
        // As Kubernetes writes it: `containerd://…`.
        let id = id.rsplit_once("://").map_or(id, |(_, id)| id);
        self.names.add_container(id, self.named(known));
    }

    fn pod(&mut self, id: &str, known: Known) {
        self.names.add_pod(id, self.named(known));
    }

    fn named(&self, known: Known) -> Known {
        Known { source: Some(self.source.to_owned()), ..known }
    }
}

/// Reads the labels that Kubernetes and Compose put on containers, whatever the runtime.
fn of_labels<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Known {
    let of = |name: &str| label(name).map(str::to_owned);
    Known {
        pod: of("io.kubernetes.pod.name"),
        namespace: of("io.kubernetes.pod.namespace"),
        pod_uid: of("io.kubernetes.pod.uid"),
        container: of("io.kubernetes.container.name"),
        project: of("com.docker.compose.project").or_else(|| of("io.podman.compose.project")),
        service: of("com.docker.compose.service"),
        sandbox: label("io.kubernetes.docker.type") == Some("podsandbox"),
        ..Known::default()
    }
}
