//! A limit that is missing: what to write, and where.

use super::{
    Change, Edit, UNCERTAIN,
    members::{Tree, Writer},
    spelling,
};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope},
    rules,
    yaml::{self, Document, Value},
};

pub(super) const CODE: &str = "OKA001";

/// The sizes to write, as the platform spells them.
pub(super) struct Sizes {
    /// The limit.
    pub(super) limit: String,
    /// What is asked for where nothing is yet.
    pub(super) request: String,
}

/// Returns the changes that give the scope of a place the limit that the audit proposes.
pub(super) fn edit(model: &LimitModel, place: Place) -> Change {
    let scope = place.scope.and_then(|scope| model.scope(scope)).ok_or(UNCERTAIN)?;
    if scope.meant.is_some() && scope.dialect == Dialect::Kubernetes {
        return Err("its key is misspelt, and would be left beside it");
    }
    // A key that only has a wrong name is no line to add.
    if let Some(edit) = scope.meant.as_ref().and_then(|meant| spelling::renamed(model, meant)) {
        return Ok(vec![edit]);
    }
    let (limit, request) = rules::suggested(scope);
    edit_to(model, scope, Sizes { limit, request })
}

/// Returns the changes that give a scope without a limit this one.
pub(super) fn edit_to(model: &LimitModel, scope: &Scope, sizes: Sizes) -> Change {
    let only = |edit: Option<Edit>| edit.map(|edit| vec![edit]).ok_or(UNCERTAIN);
    match scope.dialect {
        Dialect::Systemd => {
            let line = format!("MemoryMax={}\n", sizes.limit);
            only(below_section(model, scope, &["[Service]", "[Slice]"], line))
        }
        Dialect::Quadlet => {
            let line = format!("PodmanArgs=--memory={0} --memory-swap={0}\n", sizes.limit);
            only(below_section(model, scope, &["[Container]"], line))
        }
        Dialect::Kubernetes | Dialect::Compose => in_yaml(model, scope, sizes),
        Dialect::Nomad => only(super::hcl::edit(model, scope, &sizes.limit)),
        Dialect::Ecs => Err("a task definition may be generated, and none is changed"),
        Dialect::Live | Dialect::History => Err("it is no file that anybody keeps"),
    }
}

/// Puts an assignment below the heading of its section.
fn below_section(model: &LimitModel, scope: &Scope, headings: &[&str], assignment: String) -> Option<Edit> {
    let file = model.file(scope.place.file)?;
    let heading = (1..=scope.place.mark.line)
        .rev()
        .find(|line| file.line(*line).is_some_and(|line| headings.contains(&line.trim())))?;
    // A heading at the very end has no line below it to stand before.
    file.line(heading + 1)?;
    Some(Edit {
        file: scope.place.file,
        line: heading + 1,
        column: 1,
        width: 0,
        text: assignment,
        code: CODE,
        about: scope.place.mark.line,
    })
}

fn in_yaml(model: &LimitModel, scope: &Scope, sizes: Sizes) -> Change {
    let text = &model.file(scope.place.file).ok_or(UNCERTAIN)?.text;
    let stream = yaml::read(text);
    // Documents do not overlap, so a place is in one of them at most.
    let found = |document| Some((document, holder(document, scope)?));
    let (document, holder) = stream.documents.iter().find_map(found).ok_or(UNCERTAIN)?;
    let writer = Writer::new(model, scope, document);
    match scope.dialect {
        Dialect::Compose => in_service(&writer, holder, sizes.limit),
        _ => in_container(&writer, holder, sizes),
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

fn in_service(writer: &Writer<'_>, service: Value<'_>, limit: String) -> Change {
    let limits = ["deploy", "resources", "limits"];
    // One that has a limit of swap keeps it.
    let swap = service.get("memswap_limit").is_none().then(|| ("memswap_limit", Tree::Leaf(limit.clone())));
    // Where one spelling has other limits, the memory has to stand there, too, or both are refused.
    if service.path(&limits).is_none_or(|limits| !limits.is_mapping()) {
        let members: Vec<_> = [("mem_limit", Tree::Leaf(limit))].into_iter().chain(swap).collect();
        return writer.put(service, None, &members);
    }
    let own = limits.iter().try_fold(service, |value, key| Some(value.own_entry(key)?.value));
    let mut edits = writer.put(own.ok_or(UNCERTAIN)?, None, &[("memory", Tree::Leaf(limit))])?;
    if let Some(swap) = swap {
        edits.extend(writer.put(service, None, &[swap])?);
    }
    Ok(edits)
}

fn in_container(writer: &Writer<'_>, container: Value<'_>, Sizes { limit, request }: Sizes) -> Change {
    let memory = |size: String| vec![("memory", Tree::Leaf(size))];
    let limits = || ("limits", Tree::Node(memory(limit.clone())));
    let both = || vec![("requests", Tree::Node(memory(request.clone()))), limits()];
    let Some(resources) = container.own_entry("resources") else {
        // Behind the image is where most people write it.
        let after = container.own_entry("image").or_else(|| container.own_entry("name"));
        return writer.put(container, after, &[("resources", Tree::Node(both()))]);
    };
    match resources.value.own_entry("limits") {
        Some(entry) => writer.put_in(entry, memory(limit)),
        None if resources.value.own_entry("requests").is_some() => writer.put_in(resources, vec![limits()]),
        None => writer.put_in(resources, both()),
    }
}
