//! A limit that is missing: what to write, and where.

use super::{Edit, from_column};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope},
    rules,
    yaml::{self, Document, Entry, Mark, Value},
};

pub(super) const CODE: &str = "OKA001";

/// The sizes to write, as the platform spells them.
pub(super) struct Sizes {
    /// The limit.
    pub(super) limit: String,
    /// What is asked for where nothing is yet.
    pub(super) request: String,
}

/// Returns the change that gives the scope of a place the limit that the audit proposes.
pub(super) fn edit(model: &LimitModel, place: Place) -> Option<Edit> {
    let scope = model.scope(place.scope?)?;
    let (limit, request) = rules::suggested(scope);
    edit_to(model, scope, Sizes { limit, request })
}

/// Returns the change that gives a scope without a limit this one.
pub(super) fn edit_to(model: &LimitModel, scope: &Scope, sizes: Sizes) -> Option<Edit> {
    match scope.dialect {
        Dialect::Systemd => {
            let line = format!("MemoryMax={}\n", sizes.limit);
            below_section(model, scope, &["[Service]", "[Slice]"], line)
        }
        Dialect::Quadlet => {
            let line = format!("PodmanArgs=--memory={0} --memory-swap={0}\n", sizes.limit);
            below_section(model, scope, &["[Container]"], line)
        }
        Dialect::Kubernetes | Dialect::Compose => in_yaml(model, scope, sizes),
        Dialect::Nomad => super::hcl::edit(model, scope, &sizes.limit),
        // JSON has quotes and commas of its own; a live cgroup is no file that anybody keeps.
        Dialect::Ecs | Dialect::Live | Dialect::History => None,
    }
}

/// Puts an assignment below the heading of its section.
fn below_section(model: &LimitModel, scope: &Scope, headings: &[&str], assignment: String) -> Option<Edit> {
    let file = model.file(scope.place.file)?;
    let heading = (1..=scope.place.mark.line)
        .rev()
        .find(|line| file.line(*line).is_some_and(|line| headings.contains(&line.trim())))?;
    let edit = |line, text| Edit {
        file: scope.place.file,
        line,
        column: 1,
        width: 0,
        text,
        code: CODE,
        about: scope.place.mark.line,
    };
    // A heading at the very end has no line below it to stand before.
    file.line(heading + 1)?;
    Some(edit(heading + 1, assignment))
}

fn in_yaml(model: &LimitModel, scope: &Scope, Sizes { limit, request }: Sizes) -> Option<Edit> {
    let text = &model.file(scope.place.file)?.text;
    let stream = yaml::read(text);
    // Documents do not overlap, so a place is in one of them at most.
    let holder = stream.documents.iter().find_map(|document| holder(document, scope))?;
    if scope.dialect == Dialect::Compose {
        let members = [("mem_limit", Tree::Leaf(limit.clone())), ("memswap_limit", Tree::Leaf(limit))];
        return put(model, scope, holder, None, &members);
    }
    let memory = |size: String| Tree::Node(vec![("memory", Tree::Leaf(size))]);
    let both = || vec![("requests", memory(request.clone())), ("limits", memory(limit.clone()))];
    let Some(resources) = holder.own_entry("resources") else {
        // Behind the image is where most people write it.
        let after = holder.own_entry("image").or_else(|| holder.own_entry("name"));
        return put(model, scope, holder, after, &[("resources", Tree::Node(both()))]);
    };
    let resources = resources.value;
    match resources.own_entry("limits").map(|entry| entry.value) {
        Some(limits) => put(model, scope, limits, None, &[("memory", Tree::Leaf(limit))]),
        None if resources.own_entry("requests").is_some() => {
            put(model, scope, resources, None, &[("limits", memory(limit))])
        }
        None => put(model, scope, resources, None, &both()),
    }
}

/// Returns the mapping that a scope is written as.
fn holder<'d>(document: &'d Document<'d>, scope: &Scope) -> Option<Value<'d>> {
    let at = scope.place.mark;
    match scope.dialect {
        Dialect::Compose => Some(document.entry_at(at)?.value),
        _ => document.mapping_at(at),
    }
}

/// What is to be written.
enum Tree {
    Leaf(String),
    Node(Vec<(&'static str, Tree)>),
}

impl Tree {
    /// Writes it behind its key, on one line.
    fn flow(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::Node(members) => format!("{{{}}}", flow(members)),
        }
    }

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

fn flow(members: &[(&str, Tree)]) -> String {
    members.iter().map(|(key, tree)| format!("{key}: {}", tree.flow())).collect::<Vec<_>>().join(", ")
}

/// Puts members into a mapping: behind an entry where one is named, else in front.
fn put(
    model: &LimitModel,
    scope: &Scope,
    mapping: Value<'_>,
    after: Option<Entry<'_>>,
    members: &[(&str, Tree)],
) -> Option<Edit> {
    if mapping.is_shared() {
        // It would change what others are, too.
        return None;
    }
    let file = scope.place.file;
    let edit = |mark: Mark, text| Edit {
        file,
        line: mark.line,
        column: mark.column,
        width: 0,
        text,
        code: CODE,
        about: scope.place.mark.line,
    };
    let at = mapping.at();
    let entries = mapping.own_entries();
    if let Some(rest) = from_column(model, file, at.line, at.column)?.strip_prefix('{') {
        if rest.starts_with('{') {
            return None;
        }
        let comma = if entries.is_empty() { "" } else { ", " };
        return Some(edit(Mark { column: at.column + 1, ..at }, format!("{}{comma}", flow(members))));
    }
    let behind = after.and_then(|after| entries.iter().find(|entry| after.at.line < entry.at.line));
    if let (Some(after), None) = (after, behind)
        && let Some(line) = below(model, scope, after)
    {
        let indent = usize::try_from(after.at.column).ok()?.checked_sub(1)?;
        return Some(edit(Mark { line, column: 1, width: 0 }, block(members, indent, Spot::Line)));
    }
    let next = behind.or(entries.first())?.at;
    let indent = usize::try_from(next.column).ok()?.checked_sub(1)?;
    Some(edit(next, block(members, indent, Spot::Key)))
}

/// Where a block is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// At the beginning of a line.
    Line,
    /// In front of a key.
    Key,
}

fn block(members: &[(&str, Tree)], indent: usize, spot: Spot) -> String {
    let line = |(key, tree): &(&str, Tree)| match spot {
        Spot::Line => format!("{:indent$}{key}:{}\n", "", tree.block(indent)),
        Spot::Key => format!("{key}:{}\n{:indent$}", tree.block(indent), ""),
    };
    members.iter().map(line).collect()
}

/// Returns the line below an entry, if its value is certain to end above it.
fn below(model: &LimitModel, scope: &Scope, entry: Entry<'_>) -> Option<u32> {
    let value = entry.value.text().filter(|text| !text.is_empty() && !text.contains('\n'))?;
    let at = entry.value.at();
    let file = model.file(scope.place.file)?;
    // A text may run over several lines, and then only its beginning stands here.
    let is_here = file.line(at.line)?.contains(value)
        && !from_column(model, scope.place.file, at.line, at.column)?.starts_with(['|', '>']);
    file.line(at.line + 1)?;
    is_here.then_some(at.line + 1)
}
