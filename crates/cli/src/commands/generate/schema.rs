//! The schemas of the JSON outputs, derived from the types that are written.

use oomkit_audit::policy::PolicyFile;
use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::Value;

use super::{
    super::{
        audit::json::AuditDocument,
        decode::json::DecodeDocument,
        postmortem::json::PostmortemDocument,
        recommend::RecommendDocument,
        snap::{
            DiffDocument, SnapshotDocument, SnapshotsDocument, TopDocument, TrendDocument, VerifyDocument,
        },
    },
    SchemaOf,
};

/// Returns the schema of an output or of a file.
pub(super) fn of(what: SchemaOf) -> String {
    match what {
        SchemaOf::Decode => output::<DecodeDocument>(),
        SchemaOf::Audit => output::<AuditDocument>(),
        SchemaOf::Postmortem => output::<PostmortemDocument>(),
        SchemaOf::Snapshots => output::<SnapshotsDocument>(),
        SchemaOf::Snapshot => output::<SnapshotDocument>(),
        SchemaOf::SnapshotTop => output::<TopDocument>(),
        SchemaOf::SnapshotDiff => output::<DiffDocument>(),
        SchemaOf::SnapshotTrend => output::<TrendDocument>(),
        SchemaOf::SnapshotVerify => output::<VerifyDocument>(),
        SchemaOf::Recommend => output::<RecommendDocument>(),
        SchemaOf::Policy => policy(),
    }
}

/// Returns the schema of `oomkit.toml`.
fn policy() -> String {
    // A key that means nothing is a mistake there, so nothing may be added.
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let schema = settings.into_generator().into_root_schema_for::<PolicyFile>();
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

fn output<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(Open);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    // A schema is made of strings and numbers, which always have a text.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// Says of every object that fields may be added: readers must not break on a newer oomkit.
#[derive(Clone, Debug)]
struct Open;

impl Transform for Open {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if schema.get("properties").is_some() {
            schema.insert("additionalProperties".into(), Value::Bool(true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_open() {
        fn check(value: &Value) -> usize {
            let Value::Object(map) = value else {
                return value.as_array().map_or(0, |values| values.iter().map(check).sum());
            };
            let mine = usize::from(map.get("properties").is_some_and(Value::is_object));
            if mine == 1 && map.get("type") == Some(&"object".into()) {
                assert_eq!(map.get("additionalProperties"), Some(&Value::Bool(true)));
            }
            mine + map.values().map(check).sum::<usize>()
        }
        let schema: Value = serde_json::from_str(&of(SchemaOf::Decode)).unwrap();
        assert!(10 < check(&schema));
        assert_eq!(schema["properties"]["schema"]["const"], "oomkit.decode/v1");
    }
}
