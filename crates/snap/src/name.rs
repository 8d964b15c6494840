//! Name: bytes that somebody else chose, such as a path, a host's name or a command line.

use std::{
    borrow::{Borrow, Cow},
    fmt,
    sync::Arc,
};

use oomkit_core::ident::{text, visible};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A name as it was read: any bytes, of any length.
///
/// A copy shares its bytes, since a snapshot has the same paths many times over.
/// [`fmt::Display`] escapes what a terminal must not see; JSON carries valid UTF-8 as it is and
/// other bytes as `\xNN`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<[u8]>);

impl Name {
    /// Takes a name as it was read.
    #[must_use]
    pub fn new(name: &[u8]) -> Self {
        Self(name.into())
    }

    /// Returns the bytes of the name.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self::new(name.as_bytes())
    }
}

/// Lets a map of names be asked by bytes.
impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", visible(&self.0))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&visible(&self.0))
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(&self.0))
    }
}

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A name; bytes that are no UTF-8 stand as \\xNN." })
    }
}
