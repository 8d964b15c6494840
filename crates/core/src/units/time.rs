//! SinceBoot and WallTime: the kernel's clock and people's clock, which never mix.

use std::{borrow::Cow, fmt};

use jiff::{
    Timestamp, Zoned,
    tz::{Offset, TimeZone},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// Time on the kernel's clock: microseconds since boot, suspend not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinceBoot(u64);

impl SinceBoot {
    /// Takes microseconds since boot.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since boot.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Returns how far apart two moments of one boot are, in microseconds.
    #[must_use]
    pub const fn distance_micros(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// Shows seconds with six digits, as the kernel does.
impl fmt::Display for SinceBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

impl Serialize for SinceBoot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_precision_loss, reason = "microseconds fit a double for 285 years")]
        serializer.serialize_f64(self.0 as f64 / 1e6)
    }
}

impl JsonSchema for SinceBoot {
    fn schema_name() -> Cow<'static, str> {
        "SinceBoot".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "description": "Seconds on the kernel's clock since boot." })
    }
}

/// A moment of people's clock, with the offset from UTC in which it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallTime {
    instant: Timestamp,
    offset: Offset,
}

impl WallTime {
    /// Takes an instant and the offset in which to show it.
    #[must_use]
    pub const fn new(instant: Timestamp, offset: Offset) -> Self {
        Self { instant, offset }
    }

    /// Returns the instant.
    #[must_use]
    pub const fn instant(self) -> Timestamp {
        self.instant
    }

    /// Returns what a clock on the wall shows, and in which offset.
    #[must_use]
    pub fn local(self) -> Zoned {
        self.instant.to_zoned(TimeZone::fixed(self.offset))
    }

    /// Returns another instant, to be shown in the same offset.
    #[must_use]
    pub const fn at(self, instant: Timestamp) -> Self {
        Self { instant, ..self }
    }
}

/// Shows the moment by RFC 3339, as in `2022-05-10T15:45:51+08:00`.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.instant.display_with_offset(self.offset).to_string())
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for WallTime {
    fn schema_name() -> Cow<'static, str> {
        "WallTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "A moment by RFC 3339." })
    }
}
