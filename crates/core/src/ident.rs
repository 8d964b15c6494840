//! Who and where: Pid, Uid, Comm, OomScoreAdj, NodeId.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A process or thread id, as the initial pid namespace counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Pid(i64);

impl Pid {
    /// Takes a number as the kernel prints it.
    #[must_use]
    pub const fn new(pid: i64) -> Self {
        Self(pid)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A user id; the kernel prints ids of 2^31 and above as negative numbers in some lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Uid(i64);

impl Uid {
    /// Takes a number as the kernel prints it.
    #[must_use]
    pub const fn new(uid: i64) -> Self {
        Self(uid)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The kernel's adjustment of a task's score, from −1000 (never) to 1000 (first).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct OomScoreAdj(i16);

impl OomScoreAdj {
    /// The adjustment at which a task is never chosen.
    pub const NEVER: Self = Self(-1000);

    /// Takes an adjustment; `None` outside −1000 to 1000.
    #[must_use]
    pub fn new(adj: i64) -> Option<Self> {
        i16::try_from(adj).ok().filter(|adj| (-1000..=1000).contains(adj)).map(Self)
    }

    /// Returns the adjustment.
    #[must_use]
    pub const fn get(self) -> i16 {
        self.0
    }
}

impl fmt::Display for OomScoreAdj {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A NUMA node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct NodeId(u32);

impl NodeId {
    /// Takes a node's number.
    #[must_use]
    pub const fn new(node: u32) -> Self {
        Self(node)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a thread: bytes that its owner chose, usually at most 15.
///
/// It may hold spaces, brackets, line breaks and bytes that are no UTF-8.
/// [`fmt::Display`] escapes what a terminal must not see; JSON carries valid UTF-8 as it is and
/// other bytes as `\xNN`.
#[derive(Clone, Debug)]
pub struct Comm(Name);

/// Names are many and short, so those of the usual length need no memory of their own.
#[derive(Clone, Debug)]
enum Name {
    Short(u8, [u8; Comm::LONGEST]),
    Long(Box<[u8]>),
}

impl Comm {
    /// The longest name that the kernel stores (`TASK_COMM_LEN` less the final NUL).
    pub const LONGEST: usize = 15;

    /// Takes a name as it was read.
    #[must_use]
    pub fn new(name: &[u8]) -> Self {
        let mut short = [0; Self::LONGEST];
        match (short.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(name);
                Self(Name::Short(length, short))
            }
            _ => Self(Name::Long(name.into())),
        }
    }

    /// Returns the bytes of the name.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Name::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Name::Long(bytes) => bytes,
        }
    }
}

impl Default for Comm {
    fn default() -> Self {
        Self::new(b"")
    }
}

impl PartialEq for Comm {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Comm {}

impl PartialOrd for Comm {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Comm {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for Comm {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// Shows a name of nothing but blanks in quotes, so that it can be seen.
impl fmt::Display for Comm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(self.as_bytes());
        if name.trim().is_empty() { f.pad(&format!("\"{name}\"")) } else { f.pad(&name) }
    }
}

impl Serialize for Comm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(self.as_bytes()))
    }
}

impl JsonSchema for Comm {
    fn schema_name() -> Cow<'static, str> {
        "Comm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A thread's name; bytes that are no UTF-8 stand as \\xNN." })
    }
}

/// Returns bytes as text: valid UTF-8 as it is, every other byte as `\xNN`.
///
/// For JSON, which escapes control characters itself.
#[must_use]
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(valid) => Cow::Borrowed(valid),
        Err(_) => Cow::Owned(spell(bytes, |_| false)),
    }
}

/// Returns bytes as text that is safe to show anywhere.
///
/// Control characters, bidirectional overrides, invisible formatting and invalid bytes stand as
/// `\n`, `\t`, `\xNN` or `\u{NNNN}`, so that no name can move a cursor or hide a letter.
#[must_use]
pub fn visible(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(valid) if !valid.chars().any(is_unsafe) => Cow::Borrowed(valid),
        _ => Cow::Owned(spell(bytes, is_unsafe)),
    }
}

/// Keeps a spreadsheet from taking a name for a formula, by an apostrophe before it.
///
/// Numbers stay what they are. See <https://owasp.org/www-community/attacks/CSV_Injection>.
#[must_use]
pub fn no_formula(text: &str) -> Cow<'_, str> {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

fn spell(bytes: &[u8], escape: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' if escape(c) => out.push_str("\\n"),
                '\t' if escape(c) => out.push_str("\\t"),
                c if escape(c) && u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
                c if escape(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_reach_a_terminal_unescaped() {
        for (name, shown) in [
            (&b"java"[..], "java"),
            (b"evil\x1b[31m", "evil\\x1b[31m"),
            (b"two\nlines", "two\\nlines"),
            (b"\xff\xe6\x97\xa5", "\\xff\u{65e5}"),
            ("rtl\u{202e}txt".as_bytes(), "rtl\\u{202e}txt"),
        ] {
            assert_eq!(Comm::new(name).to_string(), shown);
        }
    }

    #[test]
    fn json_keeps_bytes_that_are_no_text() {
        assert_eq!(serde_json::to_string(&Comm::new(b"a\xffb\n")).unwrap(), r#""a\\xffb\n""#);
    }

    #[test]
    fn names_are_no_formulas_and_numbers_are() {
        for (name, cell) in
            [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-v", "'-v"), ("-7", "-7"), ("a=b", "a=b")]
        {
            assert_eq!(no_formula(name), cell);
        }
    }

    #[test]
    fn adjustments_outside_the_range_are_refused() {
        assert_eq!(OomScoreAdj::new(1001), None);
        assert_eq!(OomScoreAdj::new(-1000), Some(OomScoreAdj::NEVER));
    }
}
