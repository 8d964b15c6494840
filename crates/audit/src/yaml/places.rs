//! Places: from a mark back to what stands there, for whoever changes a text.

use std::collections::HashSet;

use super::{Document, Entry, Kind, Mark, Value};

impl<'a> Document<'a> {
    /// Returns the mapping that begins at a place; of several the innermost.
    #[must_use]
    pub fn mapping_at<'d>(&'d self, at: Mark) -> Option<Value<'d>>
    where
        'a: 'd,
    {
        self.values().rev().find(|value| value.is_mapping() && is_at(value.at(), at))
    }

    /// Returns the key that stands at a place, with its value.
    #[must_use]
    pub fn entry_at<'d>(&'d self, at: Mark) -> Option<Entry<'d>>
    where
        'a: 'd,
    {
        self.values().find_map(|value| value.own().find(|entry| is_at(entry.at, at)))
    }

    /// Returns all nodes that are no aliases, outer ones first.
    fn values<'d>(&'d self) -> impl DoubleEndedIterator<Item = Value<'d>>
    where
        'a: 'd,
    {
        let count = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let value = move |node| Value { document: self, node };
        (0..count).map(value).filter(|value| !matches!(value.kind(), Some(Kind::Alias(_))))
    }
}

impl<'d> Value<'d> {
    /// Returns a key that stands in the mapping itself; one that is merged in stands elsewhere.
    #[must_use]
    pub fn own_entry(self, key: &str) -> Option<Entry<'d>> {
        self.own().rev().find(|entry| entry.key == key)
    }

    /// Returns the keys that stand in the mapping itself.
    #[must_use]
    pub fn own_entries(self) -> Vec<Entry<'d>> {
        self.own().collect()
    }

    /// Tells whether an alias leads here or to something that this lies in.
    #[must_use]
    pub fn is_shared(self) -> bool {
        let document = self.document;
        let targets = document.nodes.iter().filter_map(|node| match node.kind {
            Kind::Alias(target) => Some(target),
            _ => None,
        });
        let mut open: Vec<u32> = targets.collect();
        let mut seen = HashSet::new();
        while let Some(node) = open.pop() {
            if node == self.node {
                return true;
            }
            let Some(node) = seen.insert(node).then(|| document.node(node)).flatten() else { continue };
            match node.kind {
                Kind::Sequence(from, to) | Kind::Mapping(from, to) => open.extend(document.range(from, to)),
                Kind::Alias(target) => open.push(target),
                Kind::Scalar(..) => {}
            }
        }
        false
    }
}

fn is_at(one: Mark, other: Mark) -> bool {
    (one.line, one.column) == (other.line, other.column)
}
