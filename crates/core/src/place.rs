//! Where a thing was read: input, line, and the line's own text.

use schemars::JsonSchema;
use serde::Serialize;

/// The number of a line within its input, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct LineNo(u64);

impl LineNo {
    /// Takes a line number, from 1.
    #[must_use]
    pub const fn new(line: u64) -> Self {
        Self(line)
    }

    /// Returns the number, from 1.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl std::fmt::Display for LineNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The position of an input in the list of inputs, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct InputId(u32);

impl InputId {
    /// Takes a position in the list of inputs, from 0.
    #[must_use]
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// Returns the position, from 0.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// One line of input that a statement rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// The input that the line stands in.
    pub input: InputId,
    /// The number of the line, from 1.
    pub line: LineNo,
    /// The line without its wrapping; bytes that are no UTF-8 stand as `\xNN`.
    pub text: String,
}
