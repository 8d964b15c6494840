//! JSON of any size, value by value, in bounded memory; a broken value does not end the file.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, Read},
};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The longest text that is read; what is kept of it is far less.
const LONGEST_TEXT: usize = 1 << 20;
/// What is kept of a text, in bytes.
const KEPT_TEXT: usize = 4096;
/// What is kept of one value: numbers, texts, lists and maps together.
const KEPT_VALUES: usize = 50_000;
/// Troubles that are told of each file.
const TOLD: usize = 10;
/// Keys whose lists are taken apart while they are read.
const LISTS: &[&str] = &["items", "containers"];

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The line, from 1.
    pub line: u64,
    /// The byte in the line, from 1.
    pub column: u64,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// A value, cut to what a file of names can need.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// `null`, and what was cut off.
    Null,
    Bool(bool),
    Number(f64),
    Integer(i64),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl Json {
    /// Returns the value at a path of keys; `Null` where there is none.
    pub(crate) fn at(&self, path: &[&str]) -> &Self {
        path.iter().fold(self, |value, key| {
            let found = value.map().iter().find(|(name, _)| name == key);
            found.map_or(&Self::Null, |(_, value)| value)
        })
    }

    /// Returns a text that is not empty.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Returns a text of its own.
    pub(crate) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// Returns a whole number, also one that is written as a text, as protocol buffers do.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns the elements of a list; none of anything else.
    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }

    /// Returns the entries of a map; none of anything else.
    pub(crate) fn map(&self) -> &[(String, Self)] {
        match self {
            Self::Map(map) => map,
            _ => &[],
        }
    }
}

/// Reads one value that is all of `bytes`.
pub(crate) fn one(bytes: &[u8]) -> Result<Json, Trouble> {
    let mut found = None;
    let (troubles, _) = each(&mut &*bytes, &mut |value| found = Some(value));
    match (found, troubles.into_iter().next()) {
        (Some(value), _) => Ok(value),
        (None, Some(trouble)) => Err(trouble),
        (None, None) => Err(Trouble { line: 1, column: 1, what: "the file is empty".into() }),
    }
}

/// Hands over each value of a file: the elements of arrays and lists, or what stands by itself.
///
/// Returns what could not be read, and how often that was so.
pub(crate) fn each(input: &mut dyn BufRead, take: &mut dyn FnMut(Json)) -> (Vec<Trouble>, u64) {
    let mut feed = Feed::new(input);
    let mut troubles = Vec::new();
    let mut count = 0;
    let mut tell = |feed: &Feed<'_>, what: String| {
        if troubles.len() < TOLD {
            troubles.push(Trouble { line: feed.line, column: feed.column.max(1), what });
        }
        count += 1;
    };
    loop {
        let ended = {
            let mut parser = serde_json::Deserializer::from_reader(&mut feed);
            loop {
                if parser.end().is_ok() {
                    break None;
                }
                let budget = Cell::new(KEPT_VALUES);
                if let Err(error) = (Top { take, budget: &budget }).deserialize(&mut parser) {
                    break Some(error);
                }
            }
        };
        let Some(error) = ended else { break };
        tell(&feed, words(&error));
        if feed.failed || !feed.find_next() {
            break;
        }
    }
    (troubles, count)
}

/// Returns what a parser says without its place, which is counted from wherever it began.
fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words).to_owned()
}

/// The bytes of a file, with the place that the parser has come to.
struct Feed<'a> {
    input: &'a mut dyn BufRead,
    line: u64,
    column: u64,
    last: u8,
    /// The last byte starts a line and is to be read again.
    again: bool,
    in_text: bool,
    escaped: bool,
    text: usize,
    /// The input itself failed, so there is nothing more to be had of it.
    failed: bool,
}

impl<'a> Feed<'a> {
    fn new(input: &'a mut dyn BufRead) -> Self {
        Self {
            input,
            line: 1,
            column: 0,
            last: b'\n',
            again: false,
            in_text: false,
            escaped: false,
            text: 0,
            failed: false,
        }
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        if std::mem::take(&mut self.again) {
            return Ok(Some(self.last));
        }
        let byte = loop {
            match self.input.fill_buf() {
                Ok(buffer) => break buffer.first().copied(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        };
        let Some(byte) = byte else { return Ok(None) };
        self.input.consume(1);
        if self.last == b'\n' && 0 < self.column {
            self.line += 1;
            self.column = 0;
        }
        self.column += 1;
        self.last = byte;
        Ok(Some(byte))
    }

    /// Keeps track of how long the text is that the parser is in.
    fn measure(&mut self, byte: u8) -> io::Result<()> {
        match (self.in_text, byte) {
            (false, b'"') => (self.in_text, self.text) = (true, 0),
            (false, _) => {}
            (true, _) if self.escaped => self.escaped = false,
            (true, b'\\') => self.escaped = true,
            (true, b'"') => self.in_text = false,
            (true, _) => {
                self.text += 1;
                if LONGEST_TEXT < self.text {
                    return Err(io::Error::other("a text of more than 1 MiB"));
                }
            }
        }
        Ok(())
    }

    /// Skips to the next line at whose start a value may begin; tells whether there is one.
    ///
    /// In files of one value a line, and in those that are printed with indents, nothing else begins
    /// a line so.
    fn find_next(&mut self) -> bool {
        (self.in_text, self.escaped) = (false, false);
        // The parser may have looked at the byte already.
        self.again = self.column == 1 && 1 < self.line;
        while let Ok(Some(byte)) = self.next() {
            if self.column == 1 && matches!(byte, b'{' | b'[') {
                self.again = true;
                return true;
            }
        }
        false
    }
}

impl Read for Feed<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(room) = out.first_mut() else { return Ok(0) };
        let Some(byte) = self.next()? else { return Ok(0) };
        self.measure(byte)?;
        *room = byte;
        Ok(1)
    }
}

/// A value at the top of the file.
struct Top<'a> {
    take: &'a mut dyn FnMut(Json),
    budget: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element_seed(Cut(self.budget))? {
            (self.take)(value);
            self.budget.set(KEPT_VALUES);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut entries = Vec::new();
        let mut is_list = false;
        while let Some(key) = map.next_key::<String>()? {
            if LISTS.contains(&key.as_str()) {
                is_list |= map.next_value_seed(Items { take: self.take, budget: self.budget })?;
                self.budget.set(KEPT_VALUES);
            } else {
                let value = map.next_value_seed(Cut(self.budget))?;
                if entries.len() < KEPT_VALUES {
                    entries.push((key, value));
                }
            }
        }
        if !is_list {
            (self.take)(Json::Map(entries));
        }
        Ok(())
    }
}

/// The list of a file that is one; what it is told is whether there was one.
struct Items<'a> {
    take: &'a mut dyn FnMut(Json),
    budget: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<bool, A::Error> {
        Top { take: self.take, budget: self.budget }.visit_seq(list).map(|()| true)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<bool, A::Error> {
        Cut(self.budget).visit_map(map).map(|_| false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }
}

/// A value, of which the budget says how much is kept.
struct Cut<'a>(&'a Cell<usize>);

impl Cut<'_> {
    fn spend(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        0 < left
    }
}

impl<'de> DeserializeSeed<'de> for Cut<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        if self.spend() {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Json::Null)
        }
    }
}

impl<'de> Visitor<'de> for Cut<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond every size that there is")]
        Ok(i64::try_from(value).map_or(Json::Number(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(kept(value).to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut kept = Vec::new();
        while let Some(value) = list.next_element_seed(Cut(self.0))? {
            if value != Json::Null {
                kept.push(value);
            }
        }
        Ok(Json::List(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Cut(self.0))?;
            if value != Json::Null {
                entries.push((kept(&key).to_owned(), value));
            }
        }
        Ok(Json::Map(entries))
    }
}

fn kept(text: &str) -> &str {
    text.get(..text.floor_char_boundary(KEPT_TEXT)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the `n` of each value, and what was told.
    fn read(text: &str) -> (Vec<i64>, Vec<String>) {
        let mut found = Vec::new();
        let (troubles, count) = each(&mut text.as_bytes(), &mut |value| {
            found.push(value.at(&["n"]).integer().unwrap_or(-1));
        });
        assert_eq!(troubles.len() as u64, count);
        (found, troubles.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn values_stand_in_arrays_lists_lines_or_one_after_the_other() {
        for (text, found) in [
            ("", vec![]),
            (" \n", vec![]),
            (r#"{"n":1}"#, vec![1]),
            (r#"[{"n":1},{"n":"2"}]"#, vec![1, 2]),
            ("{\"n\":1}\n{\"n\":2}\n\n", vec![1, 2]),
            (r#"{"n":1}{"n":2}[{"n":3}]"#, vec![1, 2, 3]),
            (r#"{"kind":"List","items":[{"n":1},{"n":2}],"metadata":{}}"#, vec![1, 2]),
            (r#"{"containers":[{"n":1}]}"#, vec![1]),
            (r#"{"containers":{"a":1},"n":4}"#, vec![4]),
            (r#"{"items":null,"n":4}"#, vec![4]),
        ] {
            assert_eq!(read(text), (found, vec![]), "{text}");
        }
    }

    #[test]
    fn a_broken_value_has_a_place_and_the_rest_is_read() {
        for (text, found, told) in [
            ("{\"n\":1}\n{\"n\":,}\n{\"n\":3}\n", vec![1, 3], "line 2, column 6: expected value"),
            ("{\"n\":1}\n{\"n\":2\n{\"n\":3}\n", vec![1, 3], "line 3, column 1: expected `,` or `}`"),
            ("[\n  {\"n\":1},\n  {\"n\":x}\n]\n[{\"n\":4}]", vec![1, 4], "line 3, column 8: expected value"),
            ("[{\"n\":1},{\"n\":2}", vec![1, 2], "line 1, column 16: EOF while parsing a list"),
            ("kind: List\n", vec![], "line 1, column 1: expected value"),
            (
                "12\n{\"n\":1}",
                vec![1],
                "line 1, column 3: invalid type: integer `12`, expected an object or an array of objects",
            ),
        ] {
            assert_eq!(read(text), (found, vec![told.to_owned()]), "{text}");
        }
    }

    #[test]
    fn nothing_of_any_size_is_held() {
        let long = "x".repeat(LONGEST_TEXT);
        let (found, told) =
            read(&format!("{{\"n\":1,\"a\":\"{long}\"}}\n{{\"n\":2,\"a\":\"{long}x\"}}\n{{\"n\":3}}\n"));
        assert_eq!(
            (found, told),
            (vec![1, 3], vec!["line 2, column 1048590: a text of more than 1 MiB".to_owned()])
        );

        let many = "1,".repeat(KEPT_VALUES * 2);
        let mut kept = 0;
        each(&mut format!("{{\"a\":[{many}1],\"n\":1}}").as_bytes(), &mut |value| {
            kept = value.at(&["a"]).list().len()
        });
        assert!(KEPT_VALUES / 2 < kept && kept <= KEPT_VALUES, "{kept}");

        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep).1, ["line 1, column 128: recursion limit exceeded"]);
    }
}
