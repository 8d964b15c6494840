//! The schemas of the JSON outputs, derived from the types that are written.

use oomkit_audit::policy::PolicyFile;
use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::Value;

use super::super::{
    audit::json::AuditDocument, decode::json::DecodeDocument, postmortem::json::PostmortemDocument,
};

/// Returns the schema of `oomkit decode --format json`.
pub(super) fn decode() -> String {
    of::<DecodeDocument>()
}

/// Returns the schema of `oomkit audit --format json`.
pub(super) fn audit() -> String {
    of::<AuditDocument>()
}

/// Returns the schema of `oomkit postmortem --format json`.
pub(super) fn postmortem() -> String {
    of::<PostmortemDocument>()
}

/// Returns the schema of `oomkit.toml`.
pub(super) fn policy() -> String {
    // A key that means nothing is a mistake there, so nothing may be added.
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let schema = settings.into_generator().into_root_schema_for::<PolicyFile>();
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

fn of<T: JsonSchema>() -> String {
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
        let schema: Value = serde_json::from_str(&decode()).unwrap();
        assert!(10 < check(&schema));
        assert_eq!(schema["properties"]["schema"]["const"], "oomkit.decode/v1");
    }
}
