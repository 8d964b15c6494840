//! The files that a project is made of: override files, included and extended ones.

use std::sync::Arc;

use crate::{
    dialect::Dialect,
    model::{FileId, LimitModel, ProblemKind},
    sources::Input,
    yaml::{self, Entry, Stream, Value},
};

/// How many files one project may be made of.
const MOST: usize = 64;

/// The files of one project.
pub(super) struct Bundle {
    /// The files, the main one first.
    pub(super) files: Vec<Member>,
}

/// One file of a project.
pub(super) struct Member {
    pub(super) id: FileId,
    pub(super) name: String,
    pub(super) text: Arc<str>,
    pub(super) part: Part,
}

/// What a file is to its project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The file that was asked for.
    Main,
    /// A file that is laid over the main one.
    Over,
    /// A file that the main one is laid over; its services count only where the main one names them.
    Base,
    /// A file whose services are of the project as well.
    Included,
    /// A file that services are taken from.
    Extended,
}

/// The names that Compose looks for by itself.
const BASES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Tells whether a file is named as Compose's files are.
pub(super) fn is_compose_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| {
        ["compose", "docker-compose"].iter().any(|base| {
            stem.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
        })
    })
}

impl Bundle {
    /// Gathers the files of the project that the input is the main file of; `None` where it is read
    /// together with another one.
    pub(super) fn gather(input: &Input<'_>, model: &mut LimitModel) -> Option<Self> {
        let main =
            Member { id: input.file, name: input.name.into(), text: input.text.into(), part: Part::Main };
        let mut bundle = Self { files: vec![main] };
        let name = input.file_name();
        if BASES.contains(&name) {
            bundle.add_first_of(input, model, overrides(name), Part::Over);
        } else if is_compose_name(name) {
            let is_override = name.contains(".override.");
            if is_override && BASES.iter().any(|base| input.around.is_input(&beside(input.name, base))) {
                return None;
            }
            bundle.add_first_of(input, model, BASES.map(str::to_owned).to_vec(), Part::Base);
        }
        for (entry, path, part) in mentioned(input.yaml) {
            bundle.follow(input, model, (input.name, input.file), &entry, (path, part));
        }
        let mut next = 1;
        while let Some(member) = bundle.files.get(next) {
            let (name, text, id) = (member.name.clone(), member.text.clone(), member.id);
            let stream = yaml::read(&text);
            for (entry, path, part) in mentioned(&stream) {
                bundle.follow(input, model, (&name, id), &entry, (path, part));
            }
            next += 1;
        }
        Some(bundle)
    }

    /// Parses all files but the main one, which is parsed already.
    pub(super) fn parse_others(&self) -> Vec<Stream<'_>> {
        self.files.iter().skip(1).map(|member| yaml::read(&member.text)).collect()
    }

    fn add_first_of(&mut self, input: &Input<'_>, model: &mut LimitModel, names: Vec<String>, part: Part) {
        for name in names {
            let path = beside(input.name, &name);
            if let Some(bytes) = input.around.read(&path) {
                return self.add(model, path, &bytes, part);
            }
        }
    }

    fn add(&mut self, model: &mut LimitModel, name: String, bytes: &[u8], part: Part) {
        let text: Arc<str> = String::from_utf8_lossy(bytes).into();
        let id = model.add_file(&name, text.clone());
        if let Some(file) = model.file_mut(id) {
            file.dialect = Some(Dialect::Compose);
            // It may have been passed over before, without its text.
            file.text = text.clone();
        }
        self.files.push(Member { id, name, text, part });
    }

    fn follow(
        &mut self,
        input: &Input<'_>,
        model: &mut LimitModel,
        (from, id): (&str, FileId),
        entry: &Entry<'_>,
        (path, part): (&str, Part),
    ) {
        let name = beside(from, path);
        if self.files.iter().any(|member| member.name == name) {
            return;
        }
        // Included files that are asked for themselves are read for themselves.
        if part == Part::Included && input.around.is_input(&name) {
            return;
        }
        let place = crate::model::Place { file: id, mark: entry.value.at(), scope: None };
        if path.contains('$') || MOST <= self.files.len() {
            let what = format!("{} names {path:?}, which was not followed", entry.key);
            return model.complain(place, ProblemKind::Unresolved, what);
        }
        match input.around.read(&name) {
            Some(bytes) => self.add(model, name, &bytes, part),
            None => {
                let what = format!("{} names {path:?}, which cannot be read", entry.key);
                model.complain(place, ProblemKind::Unresolved, what);
            }
        }
    }
}

/// Returns the files that a file mentions, each with the entry that does.
fn mentioned<'d>(stream: &'d Stream<'d>) -> Vec<(Entry<'d>, &'d str, Part)> {
    let mut found = Vec::new();
    for root in stream.documents.iter().filter_map(|document| document.root()) {
        if let Some(include) = root.entry("include") {
            for item in include.value.items() {
                let paths = item.get("path").unwrap_or(item);
                let all: Vec<Value<'d>> =
                    if paths.is_sequence() { paths.items().collect() } else { vec![paths] };
                let texts =
                    all.into_iter().filter_map(|path| Some((Entry { value: path, ..include }, path.text()?)));
                found.extend(texts.map(|(entry, path)| (entry, path, Part::Included)));
            }
        }
        for service in root.get("services").map(Value::entries).unwrap_or_default() {
            if let Some(extends) = service.value.entry("extends")
                && let Some(file) = extends.value.get("file")
                && let Some(path) = file.text()
            {
                found.push((Entry { value: file, ..extends }, path, Part::Extended));
            }
        }
    }
    found
}

/// Returns the names of the files that are laid over a base by themselves.
fn overrides(base: &str) -> Vec<String> {
    let stem = base.split('.').next().unwrap_or(base);
    ["yaml", "yml"].iter().map(|extension| format!("{stem}.override.{extension}")).collect()
}

/// Returns a path as seen from the folder of another file.
pub(super) fn beside(name: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.into();
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let absolute = name.starts_with('/');
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_file_that_names_them() {
        for (name, path, expected) in [
            ("a/compose.yaml", "x.yaml", "a/x.yaml"),
            ("a/compose.yaml", "../b/./x.yaml", "b/x.yaml"),
            ("compose.yaml", "../x.yaml", "../x.yaml"),
            ("/srv/a/compose.yaml", ".env", "/srv/a/.env"),
            ("a/compose.yaml", "/etc/x.yaml", "/etc/x.yaml"),
        ] {
            assert_eq!(beside(name, path), expected);
        }
    }

    #[test]
    fn names_of_compose_files() {
        for name in ["compose.yaml", "docker-compose.yml", "docker-compose.prod.yml", "compose-dev.yaml"] {
            assert!(is_compose_name(name), "{name}");
        }
        for name in ["composer.json", "my-compose.yaml", "compose.json", "composition.yaml"] {
            assert!(!is_compose_name(name), "{name}");
        }
    }
}
