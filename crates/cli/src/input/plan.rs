//! The plan: arguments turned into sources, in the order in which they are read.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

use oomkit_core::ident::visible;

use super::{
    pattern, rotation,
    walk::{self, Found},
};
use crate::failure::Failure;

/// What is to be read, and the folders that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The sources, oldest of each rotated set first.
    pub(super) sources: Vec<Source>,
    /// The names of the folders that were asked for.
    pub(super) folders: Vec<String>,
    /// The size of all files together.
    pub(super) bytes: Option<u64>,
}

/// One source.
#[derive(Debug)]
pub(super) enum Source {
    /// Standard input.
    Standard,
    /// A file; `folder` is the folder in whose walk it was found.
    File {
        /// Where it is.
        path: PathBuf,
        /// The position of the folder in the plan's list.
        folder: Option<usize>,
    },
    /// A folder of binary journals.
    Journals {
        /// Where it is.
        path: PathBuf,
        /// The position of the folder in the plan's list.
        folder: Option<usize>,
    },
    /// Something that could not even be found.
    Broken {
        /// The name that it was asked for by.
        name: String,
        /// Why.
        failure: Failure,
    },
}

/// Plans the reading of `arguments`.
pub(crate) fn plan(arguments: &[OsString]) -> Plan {
    let mut plan = Plan { bytes: Some(0), ..Plan::default() };
    for argument in arguments {
        plan.add(argument);
    }
    rotation::sort(&mut plan.sources, |source| match source {
        Source::File { path, .. } => Some(path),
        _ => None,
    });
    plan
}

impl Plan {
    /// Tells whether there is exactly one source, and which file it is.
    pub(crate) fn single_file(&self) -> Option<&Path> {
        match self.sources.as_slice() {
            [Source::File { path, folder: None }] => Some(path),
            _ => None,
        }
    }

    /// Adds a folder of binary journals that was asked for by option.
    pub(crate) fn add_journals(&mut self, root: &Path) {
        let before = self.sources.len();
        walk::walk(root, &mut |found| match found {
            Found::Journals(path) => self.sources.push(Source::Journals { path, folder: None }),
            Found::File(_) => {}
            Found::Denied(path, error) => {
                self.add_broken(&path, |name| Failure::input(format!("cannot read {name}")).because(&error));
            }
        });
        if before == self.sources.len() {
            self.add_broken(root, |name| {
                Failure::input(format!("cannot read {name}")).cause("the folder holds no journals")
            });
        }
    }

    fn add(&mut self, argument: &OsStr) {
        if argument == "-" {
            self.bytes = None;
            self.sources.push(Source::Standard);
            return;
        }
        let path = Path::new(argument);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.add_folder(path),
            Ok(metadata) => self.add_file(path.to_path_buf(), metadata.len(), None),
            // What exists under this very name was meant, even if it looks like a pattern.
            Err(error) if error.kind() == io::ErrorKind::NotFound && pattern::is_pattern(argument) => {
                self.add_pattern(argument);
            }
            Err(error) => {
                self.add_broken(path, |name| Failure::input(format!("cannot read {name}")).because(&error))
            }
        }
    }

    fn add_pattern(&mut self, pattern: &OsStr) {
        match pattern::expand(pattern) {
            Ok(paths) if paths.is_empty() => self.add_broken(Path::new(pattern), |name| {
                Failure::input(format!("cannot read {name}")).cause("no file matches the pattern")
            }),
            Ok(paths) => paths.iter().for_each(|path| match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => self.add_folder(path),
                Ok(metadata) => self.add_file(path.clone(), metadata.len(), None),
                Err(error) => {
                    self.add_broken(path, |name| {
                        Failure::input(format!("cannot read {name}")).because(&error)
                    });
                }
            }),
            Err(error) => self.add_broken(Path::new(pattern), |name| {
                Failure::input(format!("cannot read {name}")).because(&error)
            }),
        }
    }

    fn add_folder(&mut self, root: &Path) {
        let folder = Some(self.folders.len());
        self.folders.push(shown(root));
        walk::walk(root, &mut |found| match found {
            Found::File(path) => {
                let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
                self.add_file(path, size, folder);
            }
            Found::Journals(path) => self.sources.push(Source::Journals { path, folder }),
            Found::Denied(path, error) => {
                self.add_broken(&path, |name| Failure::input(format!("cannot read {name}")).because(&error));
            }
        });
    }

    fn add_file(&mut self, path: PathBuf, size: u64, folder: Option<usize>) {
        self.bytes = self.bytes.map(|bytes| bytes.saturating_add(size));
        self.sources.push(Source::File { path, folder });
    }

    fn add_broken(&mut self, path: &Path, failure: impl FnOnce(&str) -> Failure) {
        let name = shown(path);
        let failure = failure(&name);
        self.sources.push(Source::Broken { name, failure });
    }
}

/// Returns a path as it is named in the output.
pub(crate) fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_sources_in_the_order_of_age() {
        let root = tempfile::tempdir().unwrap();
        for name in ["kern.log", "kern.log.1", "kern.log.2.gz", "dir/b.log", "dir/a.log"] {
            fs::create_dir_all(root.path().join(name).parent().unwrap()).unwrap();
            fs::write(root.path().join(name), "1234").unwrap();
        }
        let arguments: Vec<OsString> = ["kern.log*", "dir", "missing", "no*ne"]
            .iter()
            .map(|name| root.path().join(name).into())
            .collect();
        let plan = plan(&arguments);
        let names: Vec<String> = plan
            .sources
            .iter()
            .map(|source| match source {
                Source::File { path, folder } => {
                    format!("{} {folder:?}", path.strip_prefix(root.path()).unwrap().display())
                }
                Source::Broken { failure, .. } => failure.line().replace(&shown(root.path()), ""),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            names,
            [
                "kern.log.2.gz None",
                "kern.log.1 None",
                "kern.log None",
                "dir/a.log Some(0)",
                "dir/b.log Some(0)",
                "cannot read /missing: no such file or directory",
                "cannot read /no*ne: no file matches the pattern",
            ]
        );
        assert_eq!((plan.folders.len(), plan.bytes), (1, Some(20)));
    }
}
