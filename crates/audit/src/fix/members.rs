//! Members that are put into a mapping of YAML or JSON, in the style of what stands around them.

use super::{Change, Edit, UNCERTAIN, from_column, missing::CODE};
use crate::{
    model::{LimitModel, Scope},
    yaml::{Document, Entry, Mark, Value},
};

/// Why what several places share is left alone.
const SHARED: &str = "an alias leads there, so that others would change, too";

/// What is to be written.
pub(super) enum Tree {
    Leaf(String),
    Node(Vec<(&'static str, Tree)>),
}

/// Puts members into the document of a scope.
pub(super) struct Writer<'a> {
    model: &'a LimitModel,
    scope: &'a Scope,
    is_json: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(model: &'a LimitModel, scope: &'a Scope, document: &Document<'_>) -> Self {
        let text = model.file(scope.place.file).map_or("", |file| &file.text);
        Self { model, scope, is_json: is_json(text, document) }
    }

    /// Puts members into a mapping: behind an entry where one is named, else in front.
    pub(super) fn put(
        &self,
        mapping: Value<'_>,
        after: Option<Entry<'_>>,
        members: &[(&str, Tree)],
    ) -> Change {
        if mapping.is_shared() {
            return Err(SHARED);
        }
        self.edit(mapping, after, members).map(|edit| vec![edit]).ok_or(UNCERTAIN)
    }

    /// Puts members into the mapping of an entry, which may have nothing yet.
    pub(super) fn put_in(&self, entry: Entry<'_>, members: Vec<(&'static str, Tree)>) -> Change {
        if entry.value.is_null() {
            return self.fill(entry, &Tree::Node(members)).map(|edit| vec![edit]).ok_or(UNCERTAIN);
        }
        self.put(entry.value, None, &members)
    }

    fn edit(&self, mapping: Value<'_>, after: Option<Entry<'_>>, members: &[(&str, Tree)]) -> Option<Edit> {
        let at = mapping.at();
        let entries = mapping.own_entries();
        if let Some(rest) = self.from(at)?.strip_prefix('{') {
            // Two of them begin a template.
            if rest.starts_with('{') {
                return None;
            }
            let comma = if entries.is_empty() { "" } else { ", " };
            let text = format!("{}{comma}", self.flow(members));
            return Some(self.at(Mark { column: at.column + 1, width: 0, ..at }, text));
        }
        let behind = after.and_then(|after| entries.iter().find(|entry| after.at.line < entry.at.line));
        if let (Some(after), None) = (after, behind)
            && let Some(line) = self.below(after)
        {
            let indent = usize::try_from(after.at.column).ok()?.checked_sub(1)?;
            return Some(self.at(Mark { line, column: 1, width: 0 }, block(members, indent, Spot::Line)));
        }
        let next = behind.or(entries.first())?.at;
        let indent = usize::try_from(next.column).ok()?.checked_sub(1)?;
        Some(self.at(Mark { width: 0, ..next }, block(members, indent, Spot::Key)))
    }

    /// Writes a value in the place of nothing, or of a `null`, behind its key.
    fn fill(&self, entry: Entry<'_>, tree: &Tree) -> Option<Edit> {
        let rest = self.from(entry.at)?;
        let (key, behind) = rest.split_once(':')?;
        let value = behind.trim_start_matches([' ', '\t']);
        let word = value.split([' ', '\t', ',', '}', '#']).next().unwrap_or_default();
        // What is written may stand in a line further down, or have an anchor; nothing at all reads as `~`.
        let is_nothing =
            word.is_empty() && !self.from(entry.value.at()).is_some_and(|at| at.starts_with('~'));
        let read = entry.value.text()?;
        if read != word && !(is_nothing && read == "~") {
            return None;
        }
        let count = |text: &str| u32::try_from(text.chars().count()).ok();
        let space = behind.len().checked_sub(value.len())?;
        let (offset, space) = match word {
            "" => (count(key)? + 1, " "),
            _ => (count(key)? + 1 + count(behind.get(..space)?)?, ""),
        };
        let at = Mark { column: entry.at.column + offset, width: count(word)?, ..entry.at };
        Some(self.at(at, format!("{space}{}", self.value(tree))))
    }

    fn at(&self, mark: Mark, text: String) -> Edit {
        let Mark { line, column, width } = mark;
        let place = self.scope.place;
        Edit { file: place.file, line, column, width, text, code: CODE, about: place.mark.line }
    }

    fn from(&self, mark: Mark) -> Option<&'a str> {
        from_column(self.model, self.scope.place.file, mark.line, mark.column)
    }

    /// Returns the line below an entry, if its value is certain to end above it.
    fn below(&self, entry: Entry<'_>) -> Option<u32> {
        let value = entry.value.text().filter(|text| !text.is_empty() && !text.contains('\n'))?;
        let at = entry.value.at();
        let file = self.model.file(self.scope.place.file)?;
        // A text may run over several lines, and then only its beginning stands here.
        let is_here = file.line(at.line)?.contains(value) && !self.from(at)?.starts_with(['|', '>']);
        file.line(at.line + 1)?;
        is_here.then_some(at.line + 1)
    }

    /// Writes members on one line.
    fn flow(&self, members: &[(&str, Tree)]) -> String {
        let member = |(key, tree): &(&str, Tree)| format!("{}: {}", self.quoted(key), self.value(tree));
        members.iter().map(member).collect::<Vec<_>>().join(", ")
    }

    fn value(&self, tree: &Tree) -> String {
        match tree {
            Tree::Leaf(text) => self.quoted(text),
            Tree::Node(members) => format!("{{{}}}", self.flow(members)),
        }
    }

    fn quoted(&self, text: &str) -> String {
        if self.is_json { format!("\"{text}\"") } else { text.to_owned() }
    }
}

/// Tells whether a document is JSON: a mapping in braces whose keys are in quotes.
pub(super) fn is_json(text: &str, document: &Document<'_>) -> bool {
    let letter = |at: Mark| {
        let line = text.lines().nth(usize::try_from(at.line).ok()?.checked_sub(1)?)?;
        line.chars().nth(usize::try_from(at.column).ok()?.checked_sub(1)?)
    };
    let Some(root) = document.root() else { return false };
    let first = root.own_entries().first().map(|entry| entry.at);
    letter(root.at()) == Some('{') && first.is_none_or(|first| letter(first) == Some('"'))
}

/// Where a block is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// At the beginning of a line.
    Line,
    /// In front of a key.
    Key,
}

/// Writes members on lines of their own.
fn block(members: &[(&str, Tree)], indent: usize, spot: Spot) -> String {
    let line = |(key, tree): &(&str, Tree)| match spot {
        Spot::Line => format!("{:indent$}{key}:{}\n", "", tree.block(indent)),
        Spot::Key => format!("{key}:{}\n{:indent$}", tree.block(indent), ""),
    };
    members.iter().map(line).collect()
}

impl Tree {
    /// Writes it behind its key, members on lines of their own.
    fn block(&self, indent: usize) -> String {
        match self {
            Self::Leaf(text) => format!(" {text}"),
            Self::Node(members) => {
                let inner = indent + 2;
                let line = |(key, tree): &(&str, Self)| format!("\n{:inner$}{key}:{}", "", tree.block(inner));
                members.iter().map(line).collect()
            }
        }
    }
}
