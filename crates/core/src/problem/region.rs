//! Where in a file: paths, columns, and the regions between two points.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::{
    ident::{text, visible},
    place::LineNo,
};

/// The path of a file: any bytes, without the detours that a path can be written with.
///
/// Whoever makes one gives it relative to the root of the project where that is possible, because CI
/// systems find the file by it, and because the [`Fingerprint`](super::Fingerprint) rests on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(Vec<u8>);

impl FilePath {
    /// Takes a path; `./` and doubled slashes are left out, `..` stays, since a link may stand before it.
    #[must_use]
    pub fn new(path: &[u8]) -> Self {
        let parts = path.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
        let mut clean = parts.collect::<Vec<_>>().join(&b'/');
        if path.starts_with(b"/") {
            clean.insert(0, b'/');
        }
        if clean.is_empty() {
            clean.push(b'.');
        }
        Self(clean)
    }

    /// Returns the bytes of the path.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the path as text that is safe to show anywhere.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        visible(&self.0)
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown())
    }
}

impl Serialize for FilePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(&self.0))
    }
}

impl JsonSchema for FilePath {
    fn schema_name() -> Cow<'static, str> {
        "FilePath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "The path of a file; bytes that are no UTF-8 stand as \\xNN." })
    }
}

/// The position of a character within its line, from 1; characters are Unicode's, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Column(u32);

impl Column {
    /// The first column of a line.
    pub const FIRST: Self = Self(1);

    /// Takes a column, from 1; what is less is taken for it.
    #[must_use]
    pub fn new(column: usize) -> Self {
        Self(u32::try_from(column).unwrap_or(u32::MAX).max(1))
    }

    /// Returns the column, from 1.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Returns the number of characters that stand before it.
    #[must_use]
    pub const fn before(self) -> usize {
        (self.0 - 1) as usize
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A line, and a column in it where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Point {
    /// The line, from 1.
    pub line: LineNo,
    /// The column, from 1.
    pub column: Option<Column>,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Region {
    /// Where it begins.
    pub start: Point,
    /// Where it ends: the point behind its last character.
    pub end: Option<Point>,
}

impl Region {
    /// Makes a region of a whole line.
    #[must_use]
    pub const fn line(line: LineNo) -> Self {
        Self { start: Point { line, column: None }, end: None }
    }

    /// Makes a region that begins here, and whose end is not known.
    #[must_use]
    pub const fn at(line: LineNo, column: Column) -> Self {
        Self { start: Point { line, column: Some(column) }, end: None }
    }

    /// Sets the point behind the last character; one that does not lie behind the start is left out.
    #[must_use]
    pub fn to(self, line: LineNo, column: Column) -> Self {
        let end = Point { line, column: Some(column) };
        Self { end: (self.start < end).then_some(end), ..self }
    }

    /// Returns the columns of the region, the second behind its end, where it lies within one line.
    #[must_use]
    pub fn columns(&self) -> Option<(Column, Option<Column>)> {
        let start = self.start.column?;
        match self.end {
            None => Some((start, None)),
            Some(end) if end.line == self.start.line => Some((start, end.column)),
            Some(_) => None,
        }
    }

    /// Returns the last line.
    #[must_use]
    pub fn last_line(&self) -> LineNo {
        self.end.map_or(self.start.line, |end| end.line)
    }
}

/// Writes `12:7`, or `12` where the column is not known.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start.column {
            Some(column) => write!(f, "{}:{column}", self.start.line),
            None => self.start.line.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_their_detours() {
        for (given, clean) in [
            ("./k8s//web.yaml", "k8s/web.yaml"),
            ("k8s/./web.yaml/", "k8s/web.yaml"),
            ("../a", "../a"),
            ("/etc//systemd", "/etc/systemd"),
            ("", "."),
            ("-", "-"),
            ("a\nb\u{202e}", "a\\nb\\u{202e}"),
        ] {
            assert_eq!(FilePath::new(given.as_bytes()).to_string(), clean);
        }
    }

    #[test]
    fn a_region_ends_behind_its_start() {
        let region = Region::at(LineNo::new(3), Column::new(5));
        for (line, column, end) in [(3, 9, Some((3, 9))), (3, 5, None), (2, 9, None), (4, 1, Some((4, 1)))] {
            let found = region.to(LineNo::new(line), Column::new(column)).end;
            let found = found.map(|end| (end.line.get(), end.column.map_or(0, Column::get)));
            assert_eq!(found, end);
        }
        assert_eq!(region.to_string(), "3:5");
        assert_eq!(Region::line(LineNo::new(3)).to_string(), "3");
        assert_eq!(Column::new(0), Column::FIRST);
    }
}
