//! YAML with the line and column of every key and scalar, through anchors, aliases and merges.
//!
//! Aliases and `<<` are followed and never copied, so a small file cannot become a large tree; what a
//! document may make its reader do is bounded by its fuel.  A document that is broken says where, and
//! the documents behind it are read all the same.  JSON is YAML.

mod build;
mod places;
mod scalar;

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, HashSet},
};

pub use build::read;

use crate::quantity::Scalar;

/// How deep merges may lie in merges, and aliases in aliases.
const DEEPEST: usize = 16;

/// Where something stands; line and column count from 1, columns and width in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// How many characters of the line it takes; at least 1.
    pub width: u32,
}

/// All documents of a text.
#[derive(Debug, Default)]
pub struct Stream<'a> {
    /// The documents in their order, broken ones among them.
    pub documents: Vec<Document<'a>>,
    /// The comments in their order, if they were asked for.
    pub comments: Vec<Comment<'a>>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment<'a> {
    /// Where its sign stands.
    pub at: Mark,
    /// What stands behind the sign.
    pub text: Cow<'a, str>,
    /// Whether something else stands before it on its line.
    pub beside: bool,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub at: Mark,
    /// What, as a fragment.
    pub what: String,
}

/// A key that stands twice in one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where it stands first.
    pub first: Mark,
    /// Where it stands again; this one counts.
    pub again: Mark,
}

/// One document.
#[derive(Debug, Default)]
pub struct Document<'a> {
    nodes: Vec<Node<'a>>,
    /// The members of all sequences and mappings; a mapping has key and value in turns.
    members: Vec<u32>,
    root: Option<u32>,
    /// The tags of nodes that have one of somebody's own, such as `!reset`.
    tags: HashMap<u32, String>,
    /// Whether `<<` stands anywhere; without it nobody looks for it in each mapping.
    merges: bool,
    fuel: Cell<u64>,
    /// Where the document begins.
    pub start: Mark,
    /// Why it could not be read; then it has no root.
    pub trouble: Option<Trouble>,
    /// Keys that stand twice.
    pub duplicates: Vec<Duplicate>,
}

#[derive(Debug)]
struct Node<'a> {
    at: Mark,
    kind: Kind<'a>,
}

#[derive(Debug)]
enum Kind<'a> {
    Scalar(Cow<'a, str>, Spelling),
    /// The range of its members.
    Sequence(u32, u32),
    /// The range of its members.
    Mapping(u32, u32),
    Alias(u32),
}

/// How a scalar is spelled, which decides whether it can be anything but a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// Without quotes.
    Plain,
    /// In quotes, as a block, or tagged as a text.
    Text,
}

/// A value of a document: a scalar, a sequence or a mapping; aliases are followed.
#[derive(Clone, Copy, Debug)]
pub struct Value<'d> {
    document: &'d Document<'d>,
    node: u32,
}

/// A key with its value.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'d> {
    /// The key.
    pub key: &'d str,
    /// Where the key stands.
    pub at: Mark,
    /// The value.
    pub value: Value<'d>,
}

impl<'a> Document<'a> {
    /// Returns the value that the document is, if it could be read and is not empty.
    #[must_use]
    pub fn root<'d>(&'d self) -> Option<Value<'d>>
    where
        'a: 'd,
    {
        self.root.map(|node| Value::of(self, node))
    }

    /// Tells whether its aliases lead to more than anybody would write, so that reading was stopped.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.fuel.get() == 0
    }

    /// Uses up some fuel; returns whether there was enough.
    fn burn(&self, amount: usize) -> bool {
        let left = self.fuel.get().saturating_sub(amount as u64);
        self.fuel.set(left);
        0 < left
    }

    fn node(&self, at: u32) -> Option<&Node<'a>> {
        self.nodes.get(at as usize)
    }

    fn range(&self, from: u32, to: u32) -> &[u32] {
        self.members.get(from as usize..to as usize).unwrap_or_default()
    }
}

impl<'d> Value<'d> {
    /// Follows aliases to what they name.
    fn of(document: &'d Document<'d>, node: u32) -> Self {
        let mut at = node;
        for _ in 0..DEEPEST {
            match document.node(at).map(|node| &node.kind) {
                Some(Kind::Alias(target)) => at = *target,
                _ => break,
            }
        }
        Self { document, node: at }
    }

    fn kind(self) -> Option<&'d Kind<'d>> {
        self.document.node(self.node).map(|node| &node.kind)
    }

    /// Returns where the value stands, which may be in an anchor far away.
    #[must_use]
    pub fn at(self) -> Mark {
        self.document.node(self.node).map_or_else(Mark::default, |node| node.at)
    }

    /// Returns the tag, if it is one that somebody made up, such as `!reset`.
    #[must_use]
    pub fn tag(self) -> Option<&'d str> {
        self.document.tags.get(&self.node).map(String::as_str)
    }

    /// Returns the letters of a scalar, whatever its type.
    #[must_use]
    pub fn text(self) -> Option<&'d str> {
        match self.kind()? {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// Returns what YAML makes of a scalar, as Go's readers do.
    #[must_use]
    pub fn scalar(self) -> Option<Scalar<'d>> {
        match self.kind()? {
            Kind::Scalar(text, Spelling::Plain) => Some(scalar::resolve(text)),
            Kind::Scalar(text, Spelling::Text) => Some(Scalar::Text(Cow::Borrowed(text))),
            _ => None,
        }
    }

    /// Tells whether this is `null`, `~` or nothing at all.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    /// Returns a scalar that is true or false.
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Returns a scalar that is a whole number.
    #[must_use]
    pub fn integer(self) -> Option<i128> {
        match self.scalar()? {
            Scalar::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Tells whether this is a mapping.
    #[must_use]
    pub fn is_mapping(self) -> bool {
        matches!(self.kind(), Some(Kind::Mapping(..)))
    }

    /// Tells whether this is a sequence.
    #[must_use]
    pub fn is_sequence(self) -> bool {
        matches!(self.kind(), Some(Kind::Sequence(..)))
    }

    /// Returns the members of a sequence; of anything else there are none.
    #[must_use = "iterators are lazy"]
    pub fn items(self) -> impl Iterator<Item = Self> {
        let members = match self.kind() {
            Some(Kind::Sequence(from, to)) => self.document.range(*from, *to),
            _ => &[],
        };
        let document = self.document;
        members.iter().take_while(|_| document.burn(1)).map(|node| Self::of(document, *node))
    }

    /// Returns the value of a key, its own or a merged one.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|entry| entry.value)
    }

    /// Returns the value at the end of a path of keys.
    #[must_use]
    pub fn path(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Returns a key with its value, its own or a merged one.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<Entry<'d>> {
        self.find(key, DEEPEST)
    }

    fn find(self, key: &str, depth: usize) -> Option<Entry<'d>> {
        let own = self.own();
        if !self.document.burn(1 + own.len() / 16) {
            return None;
        }
        // The last of two equal keys counts.
        if let Some(entry) = own.rev().find(|entry| entry.key == key) {
            return Some(entry);
        }
        let depth = depth.checked_sub(1)?;
        self.merged().into_iter().find_map(|merged| merged.find(key, depth))
    }

    /// Returns all keys with their values: its own first, then the merged ones that it has not itself.
    #[must_use]
    pub fn entries(self) -> Vec<Entry<'d>> {
        let mut entries = Vec::new();
        self.collect(&mut entries, &mut HashSet::new(), DEEPEST);
        entries
    }

    fn collect(self, entries: &mut Vec<Entry<'d>>, seen: &mut HashSet<&'d str>, depth: usize) {
        let merged = self.merged();
        let own = self.own();
        if !self.document.burn(1 + own.len()) {
            return;
        }
        // The last of two equal keys counts, and stands where the last stands.
        let before = entries.len();
        entries.extend(own.rev().filter(|entry| entry.key != "<<" && seen.insert(entry.key)));
        if let Some(added) = entries.get_mut(before..) {
            added.reverse();
        }
        if let Some(depth) = depth.checked_sub(1) {
            merged.into_iter().for_each(|merged| merged.collect(entries, seen, depth));
        }
    }

    /// Returns the keys that stand in the mapping itself.
    fn own(self) -> impl DoubleEndedIterator<Item = Entry<'d>> + ExactSizeIterator {
        let members = match self.kind() {
            Some(Kind::Mapping(from, to)) => self.document.range(*from, *to),
            _ => &[],
        };
        let document = self.document;
        members.chunks_exact(2).map(move |pair| {
            let key = pair.first().map_or(u32::MAX, |key| *key);
            let value = pair.last().map_or(u32::MAX, |value| *value);
            let key = Value::of(document, key);
            Entry { key: key.text().unwrap_or_default(), at: key.at(), value: Value::of(document, value) }
        })
    }

    /// Returns the mappings that `<<` brings in, strongest first.
    fn merged(self) -> Vec<Self> {
        if !self.document.merges {
            return Vec::new();
        }
        let Some(merge) = self.own().rev().find(|entry| entry.key == "<<") else { return Vec::new() };
        if merge.value.is_sequence() { merge.value.items().collect() } else { vec![merge.value] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a value as one line, with the line and column of every scalar.
    fn draw(value: Value<'_>) -> String {
        if value.is_mapping() {
            let entries = value.entries();
            let parts: Vec<String> =
                entries.iter().map(|e| format!("{}: {}", e.key, draw(e.value))).collect();
            return format!("{{{}}}", parts.join(", "));
        }
        if value.is_sequence() {
            return format!("[{}]", value.items().map(draw).collect::<Vec<_>>().join(", "));
        }
        let at = value.at();
        format!("{}@{}:{}", value.text().unwrap(), at.line, at.column)
    }

    fn drawn(text: &str) -> Vec<String> {
        let stream = read(text);
        let one = |document: &Document<'_>| match (document.root(), &document.trouble) {
            (Some(root), _) => draw(root),
            (None, Some(trouble)) => format!("broken at {}", trouble.at.line),
            (None, None) => "empty".into(),
        };
        stream.documents.iter().map(one).collect()
    }

    #[test]
    fn scalars_know_their_place() {
        for (text, expected) in [
            ("a: 1\nb:\n  - x\n  -   y\n", vec!["{a: 1@1:4, b: [x@3:5, y@4:7]}"]),
            ("a: &x {m: 1}\nb: *x\n", vec!["{a: {m: 1@1:11}, b: {m: 1@1:11}}"]),
            (
                "a: &x {m: 1, n: 2}\nb:\n  <<: *x\n  n: 3\n",
                vec!["{a: {m: 1@1:11, n: 2@1:17}, b: {n: 3@4:6, m: 1@1:11}}"],
            ),
            (
                "a: &x {m: 1}\nc: &y {m: 2, o: 4}\nb: {<<: [*x, *y]}\n",
                vec!["{a: {m: 1@1:11}, c: {m: 2@2:11, o: 4@2:17}, b: {m: 1@1:11, o: 4@2:17}}"],
            ),
            ("a: 1\n---\nb: [1, 2\n---\nc: 3\n", vec!["{a: 1@1:4}", "broken at 3", "{c: 3@5:4}"]),
            ("{\"a\":\"x\\ty\",\n\t\"b\": [1,2]}", vec!["{a: x\ty@1:6, b: [1@2:8, 2@2:10]}"]),
            ("a: *nowhere\n---\nb: 1\n", vec!["broken at 1", "{b: 1@3:4}"]),
            ("", vec![]),
            ("---\n---\na: 1\n", vec!["~@1:4", "{a: 1@3:4}"]),
            ("\u{e4}\u{f6}: \"\u{fc}\" # x\nk: v\n", vec!["{\u{e4}\u{f6}: \u{fc}@1:5, k: v@2:4}"]),
        ] {
            assert_eq!(drawn(text), expected, "{text}");
        }
    }

    #[test]
    fn the_last_of_two_keys_counts_and_both_are_named() {
        let stream = read("a:\n  m: 1\n  n: 2\n  m: 3\n");
        let document = &stream.documents[0];
        assert_eq!(draw(document.root().unwrap()), "{a: {n: 2@3:6, m: 3@4:6}}");
        let (first, again) = (Mark { line: 2, column: 3, width: 1 }, Mark { line: 4, column: 3, width: 1 });
        assert_eq!(document.duplicates, [Duplicate { key: "m".into(), first, again }]);
        assert_eq!(document.root().unwrap().path(&["a", "m"]).unwrap().text(), Some("3"));
    }

    #[test]
    fn tags_of_ones_own_are_kept() {
        let stream = read("a: !reset null\nb: !override {c: 1}\nd: !!str 5\n");
        let root = stream.documents[0].root().unwrap();
        let tags: Vec<_> = root.entries().iter().map(|entry| entry.value.tag()).collect();
        assert_eq!(tags, [Some("!reset"), Some("!override"), None]);
        assert_eq!(root.get("d").unwrap().scalar(), Some(Scalar::Text("5".into())));
    }

    #[test]
    fn comments_are_kept_where_they_are_asked_for() {
        let stream = read("# oomkit: one\na: 1 # oomkit: two\nb: |\n  # oomkit: no comment\n");
        let seen: Vec<_> = stream.comments.iter().map(|c| (c.at.line, c.text.trim(), c.beside)).collect();
        assert_eq!(seen, [(1, "oomkit: one", false), (2, "oomkit: two", true)]);
        assert!(read("# nothing\na: 1\n").comments.is_empty());
    }

    #[test]
    fn a_small_file_cannot_become_a_large_tree() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            text += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        fn count(value: Value<'_>) -> usize {
            1 + value.items().map(count).sum::<usize>()
        }
        let stream = read(&text);
        let document = &stream.documents[0];
        let visited = count(document.root().unwrap().get("a11").unwrap());
        assert!(visited < 2_000_000 && document.is_exhausted(), "{visited}");

        let looped = read("a: &a\n  <<: *a\n  b: *a\n");
        let document = &looped.documents[0];
        assert!(document.root().unwrap().path(&["a", "c"]).is_none());
        assert!(document.root().unwrap().path(&["a", "b", "b", "b"]).is_some());
    }
}
