//! Jobs in JSON: as the API takes and `nomad job inspect` prints them, and HCL written as JSON.
//!
//! Source: `api/jobs.go`, `api/tasks.go` and `jobspec2/parse.go` of Nomad.

use super::body::{Block, Body, Field, Meaning};
use crate::{
    model::Origin,
    yaml::{Entry, Mark, Value},
};

/// How deep a job may lie; no real one comes near.
const DEEPEST: usize = 32;

/// Blocks of HCL whose labels are keys in JSON.
const LABELLED: &[&str] = &["job", "group", "task", "variable"];

/// Keys of the API and the words of HCL for the same.
const OF_API: &[(&str, &str)] = &[
    ("TaskGroups", "group"),
    ("Tasks", "task"),
    ("Resources", "resources"),
    ("MemoryMB", "memory"),
    ("MemoryMaxMB", "memory_max"),
    ("Count", "count"),
    ("Type", "type"),
    ("Namespace", "namespace"),
    ("Driver", "driver"),
    ("Config", "config"),
    ("Env", "env"),
    ("Lifecycle", "lifecycle"),
    ("Hook", "hook"),
    ("Sidecar", "sidecar"),
    ("Name", "name"),
    ("ID", "id"),
];

/// Returns the jobs of a document, if it holds any.
pub(super) fn jobs(root: Value<'_>) -> Vec<Block> {
    let of_api = root.get("Job").unwrap_or(root);
    if of_api.get("TaskGroups").is_some_and(Value::is_sequence) {
        let body = api(of_api, 0);
        let label = body.text("id").or_else(|| body.text("name")).unwrap_or("(unnamed)").to_owned();
        let at = body.field("id").or_else(|| body.field("name")).map_or(of_api.at(), |field| field.at);
        return vec![Block { kind: "job".into(), label, at, body }];
    }
    hcl(root, 0).blocks.into_iter().filter(|block| block.kind == "job").collect()
}

/// Tells whether a document is a job, without reading it.
pub(super) fn is_job(root: Value<'_>) -> bool {
    let of_api = root.get("Job").unwrap_or(root);
    let of_hcl = || root.get("job").map(Value::entries).unwrap_or_default();
    of_api.get("TaskGroups").is_some_and(Value::is_sequence)
        || of_hcl().iter().any(|job| job.value.get("group").or_else(|| job.value.get("task")).is_some())
}

/// Reads a body of the API, whose keys are those of the program's own structures.
fn api(value: Value<'_>, depth: usize) -> Body {
    let mut body = Body::default();
    for entry in value.entries() {
        let Some((_, key)) = OF_API.iter().find(|(key, _)| *key == entry.key) else { continue };
        if depth == DEEPEST {
            break;
        }
        let labelled = LABELLED.contains(key);
        if labelled {
            for one in entry.value.items() {
                let inner = api(one, depth + 1);
                let name = inner.field("name");
                let at = name.map_or(one.at(), |name| name.at);
                let label = name.and_then(Field::text).unwrap_or("(unnamed)").to_owned();
                body.blocks.push(Block { kind: (*key).into(), label, at, body: inner });
            }
        } else if entry.value.is_mapping() {
            // Drivers and environments have keys of their own, which are spelled as in HCL.
            let is_free = matches!(*key, "config" | "env");
            let inner = if is_free { hcl(entry.value, depth + 1) } else { api(entry.value, depth + 1) };
            body.blocks.push(block(key, entry.at, inner));
        } else {
            body.fields.push(field(key, entry.value, depth));
        }
    }
    body
}

/// Reads a body of HCL that is written as JSON.
fn hcl(value: Value<'_>, depth: usize) -> Body {
    let mut body = Body::default();
    for entry in value.entries() {
        if depth == DEEPEST {
            break;
        }
        let is_list = entry.value.is_sequence() && entry.value.items().any(Value::is_mapping);
        if !entry.value.is_mapping() && !is_list {
            body.fields.push(field(entry.key, entry.value, depth));
            continue;
        }
        let several = if is_list { entry.value.items().collect() } else { vec![entry.value] };
        for one in several {
            if LABELLED.contains(&entry.key) {
                body.blocks.extend(one.entries().into_iter().map(|inner| labelled(entry, inner, depth)));
            } else {
                body.blocks.push(block(entry.key, entry.at, hcl(one, depth + 1)));
            }
        }
    }
    body
}

fn labelled(outer: Entry<'_>, inner: Entry<'_>, depth: usize) -> Block {
    let body = hcl(inner.value, depth + 1);
    Block { kind: outer.key.into(), label: inner.key.into(), at: inner.at, body }
}

fn block(kind: &str, at: Mark, body: Body) -> Block {
    Block { kind: kind.into(), label: String::new(), at, body }
}

fn field(key: &str, value: Value<'_>, depth: usize) -> Field {
    let spelled = value.text().unwrap_or_default().to_owned();
    let meaning = match value.scalar() {
        Some(crate::quantity::Scalar::Text(text)) if text.contains("${") => {
            Meaning::Unknown(format!("{text} is filled in when the job is run"))
        }
        Some(scalar) => Meaning::Scalar(scalar.into_owned()),
        None if depth < DEEPEST => {
            Meaning::List(value.items().map(|item| field(key, item, depth + 1)).collect())
        }
        None => Meaning::Unknown("it lies too deep".into()),
    };
    Field { key: key.into(), at: value.at(), meaning, spelled, origin: Origin::Written }
}
