//! Files: a folder of a host, read file by file through one buffer.

use std::path::Path;

use oomkit_core::reading::Reading;

use super::{Tree, path_of};

/// A folder whose files are read one after the other; nothing is allocated for a file that fits.
#[derive(Debug)]
pub struct Files<'a> {
    tree: &'a dyn Tree,
    path: Vec<u8>,
    /// The length of the folder's own path, slash included.
    folder: usize,
    buffer: Vec<u8>,
}

impl<'a> Files<'a> {
    /// Starts with the root folder of a tree.
    #[must_use]
    pub fn new(tree: &'a dyn Tree) -> Self {
        Self { tree, path: b"/".to_vec(), folder: 1, buffer: Vec::new() }
    }

    /// Goes on to another folder, which is given by its parts.
    pub fn go(&mut self, parts: &[&[u8]]) {
        self.path.clear();
        for part in parts {
            self.path.extend_from_slice(part);
        }
        while self.path.ends_with(b"/") {
            self.path.pop();
        }
        self.path.push(b'/');
        self.folder = self.path.len();
    }

    /// Returns the path of the folder, without a slash at its end unless it is the root.
    #[must_use]
    pub fn folder(&self) -> &Path {
        let folder = self.path.get(..self.folder).unwrap_or_default();
        path_of(folder.strip_suffix(b"/").filter(|path| !path.is_empty()).unwrap_or(folder))
    }

    /// Reads a file of the folder.
    pub fn read(&mut self, name: &str) -> Reading<&[u8]> {
        self.path.truncate(self.folder);
        self.path.extend_from_slice(name.as_bytes());
        self.tree.read(path_of(&self.path), &mut self.buffer).map(|()| self.buffer.as_slice())
    }

    /// Reads a file of the folder and understands it.
    pub fn value<T>(&mut self, name: &str, understand: impl FnOnce(&[u8]) -> Reading<T>) -> Reading<T> {
        self.read(name).and_then(understand)
    }

    /// Tells whether the folder is still there; asked for where a file is missing that should not be.
    #[must_use]
    pub fn are_there(&self) -> bool {
        !matches!(self.tree.list(self.folder(), &mut |_, _| {}), Reading::Absent | Reading::Vanished)
    }
}
