//! Limit: what may be used, where "max" is never a number.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::units::Bytes;

/// A memory limit that a cgroup has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// No limit: v2 writes `max`, v1 a sentinel near the largest number.
    Max,
    /// A limit of this size.
    At(Bytes),
}

impl Limit {
    /// Returns the size of a finite limit.
    #[must_use]
    pub const fn size(self) -> Option<Bytes> {
        match self {
            Self::Max => None,
            Self::At(size) => Some(size),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.pad("max"),
            Self::At(size) => size.fmt(f),
        }
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Max => serializer.serialize_str("max"),
            Self::At(size) => size.serialize(serializer),
        }
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A limit in bytes, or \"max\" where there is none.",
            "oneOf": [{ "type": "integer", "minimum": 0 }, { "const": "max" }]
        })
    }
}
