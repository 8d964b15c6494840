//! Layers: the same key in several files, strongest first, as Compose merges them.

use super::bundle::{Bundle, Part, beside};
use crate::{
    model::FileId,
    yaml::{Entry, Stream, Value},
};

/// How far services may extend services.
const DEEPEST: usize = 8;

/// A value as all files together give it.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers<'d>(Vec<(FileId, Value<'d>)>);

/// A project as all of its files together give it.
pub(super) struct Project<'d> {
    /// The roots of the files that are laid over one another, strongest first.
    stack: Vec<Root<'d>>,
    /// The roots of files that belong to the project as they are.
    included: Vec<Root<'d>>,
    /// The roots of files that services are taken from.
    extended: Vec<Root<'d>>,
}

#[derive(Clone, Copy)]
struct Root<'d> {
    file: FileId,
    name: &'d str,
    value: Value<'d>,
    part: Part,
}

/// A service with its layers.
pub(super) struct Service<'d> {
    /// Its name.
    pub(super) name: &'d str,
    /// Where its name stands.
    pub(super) head: (FileId, Entry<'d>),
    /// What all files say of it.
    pub(super) layers: Layers<'d>,
    /// Whether it extends something that is not at hand.
    pub(super) is_partial: bool,
}

impl<'d> Project<'d> {
    pub(super) fn new(bundle: &'d Bundle, streams: impl Iterator<Item = &'d Stream<'d>>) -> Self {
        let mut project = Self { stack: Vec::new(), included: Vec::new(), extended: Vec::new() };
        for (member, stream) in bundle.files.iter().zip(streams) {
            let Some(value) = stream.documents.iter().find_map(|document| document.root()) else { continue };
            let root = Root { file: member.id, name: &member.name, value, part: member.part };
            match member.part {
                Part::Over => project.stack.insert(0, root),
                Part::Main | Part::Base => project.stack.push(root),
                Part::Included => project.included.push(root),
                Part::Extended => project.extended.push(root),
            }
        }
        project
    }

    /// Returns the name that the project gives itself.
    pub(super) fn name(&self) -> Option<String> {
        self.stack.iter().find_map(|root| root.value.get("name")?.text().map(str::to_owned))
    }

    /// Returns what all files say at the top, under a key.
    pub(super) fn top(&self, key: &str) -> Layers<'d> {
        Layers(self.stack.iter().chain(&self.included).map(|root| (root.file, root.value)).collect()).get(key)
    }

    /// Returns all services, in the order in which the main file has them.
    pub(super) fn services(&self) -> Vec<Service<'d>> {
        let mut heads: Vec<(FileId, Entry<'d>)> = Vec::new();
        // The weakest file first, since it is the one that introduces a service.
        let named = self.stack.iter().rev().chain(&self.included).filter(|root| root.part != Part::Base);
        for root in named {
            for entry in root.value.get("services").map(Value::entries).unwrap_or_default() {
                if !heads.iter().any(|(_, known)| known.key == entry.key) {
                    heads.push((root.file, entry));
                }
            }
        }
        heads.into_iter().map(|head| self.service(head)).collect()
    }

    fn service(&self, head: (FileId, Entry<'d>)) -> Service<'d> {
        let (file, entry) = head;
        let name = entry.key;
        let is_own = |root: &&Root<'d>| root.file == file && root.part == Part::Included;
        let mut is_partial = false;
        let layers = match self.included.iter().find(is_own) {
            Some(root) => self.from(&[*root], name, DEEPEST, &mut is_partial),
            None => {
                // With an image of its own a service is whole; without one it patches another file's.
                let whole = ["image", "build"].iter().any(|key| entry.value.get(key).is_some());
                let stack: Vec<Root<'d>> =
                    self.stack.iter().filter(|root| !whole || root.part != Part::Base).copied().collect();
                self.from(&stack, name, DEEPEST, &mut is_partial)
            }
        };
        Service { name, head, layers, is_partial }
    }

    /// Collects the layers of a service, then those of what it extends.
    fn from(&self, stack: &[Root<'d>], name: &str, deep: usize, is_partial: &mut bool) -> Layers<'d> {
        let of_root = |root: &Root<'d>| Some((root.file, root.value.path(&["services", name])?));
        let mut layers = Layers(stack.iter().filter_map(of_root).collect());
        let extending =
            stack.iter().find_map(|root| Some((root, root.value.path(&["services", name, "extends"])?)));
        let Some((root, extends)) = extending else { return layers };
        let service = extends.get("service").unwrap_or(extends).text().unwrap_or_default();
        let target = match extends.get("file").and_then(Value::text) {
            None => Some(stack.to_vec()),
            Some(file) => {
                let path = beside(root.name, file);
                let all = self.extended.iter().chain(&self.stack).chain(&self.included);
                all.copied().find(|root| root.name == path).map(|root| vec![root])
            }
        };
        let found = match (target, deep.checked_sub(1)) {
            (Some(target), Some(deep)) => self.from(&target, service, deep, is_partial),
            _ => Layers::default(),
        };
        *is_partial |= found.0.is_empty();
        layers.0.extend(found.0);
        layers
    }
}

impl<'d> Layers<'d> {
    /// Returns what the layers say under a key.
    pub(super) fn get(&self, key: &str) -> Self {
        Self(self.entries(key).into_iter().map(|(file, entry)| (file, entry.value)).collect())
    }

    /// Tells whether any layer is a mapping with something in it.
    pub(super) fn has_members(&self) -> bool {
        self.0.iter().any(|(_, value)| value.entries().iter().any(|entry| !entry.value.is_null()))
    }

    /// Returns the strongest entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<(FileId, Entry<'d>)> {
        self.entries(key).into_iter().next()
    }

    /// Returns the entries of a key that count, strongest first.
    pub(super) fn entries(&self, key: &str) -> Vec<(FileId, Entry<'d>)> {
        let mut entries = Vec::new();
        for (file, value) in &self.0 {
            let Some(entry) = value.entry(key) else { continue };
            match entry.value.tag() {
                Some("!reset") => break,
                Some("!override") => {
                    entries.push((*file, entry));
                    break;
                }
                _ => entries.push((*file, entry)),
            }
        }
        // Nothing says less than something, wherever that stands.
        if entries.iter().any(|(_, entry)| !entry.value.is_null()) {
            entries.retain(|(_, entry)| !entry.value.is_null());
        }
        entries
    }
}
