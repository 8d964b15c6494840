//! The plan: arguments turned into files, folders walked as git sees them.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;
use oomkit_audit::sources;
use oomkit_core::ident::visible;

use crate::failure::Failure;

/// The largest file that is read; nobody writes larger ones by hand.
pub(super) const LARGEST: u64 = 64 << 20;

/// What is to be read.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The sources in their order.
    pub(super) sources: Vec<Source>,
    /// The files that are there already, since links and arguments may name one twice.
    seen: BTreeSet<(u64, u64)>,
}

/// One source.
#[derive(Debug)]
pub(super) enum Source {
    /// Standard input.
    Standard,
    /// A file that was asked for.
    Asked {
        /// How it is called.
        name: String,
        /// Where it is.
        path: PathBuf,
    },
    /// A file that was found in a folder.
    Found {
        /// How it is called.
        name: String,
        /// Where it is.
        path: PathBuf,
    },
    /// Something that cannot be read.
    Broken {
        /// How it is called.
        name: String,
        /// Why.
        failure: Failure,
    },
}

impl Plan {
    /// Plans the reading of `arguments` without what the globs exclude.
    pub(super) fn new(arguments: &[OsString], exclude: &[String]) -> Result<Self, Failure> {
        let exclude = globs(exclude)?;
        let mut plan = Self::default();
        for argument in arguments {
            if argument == "-" {
                plan.sources.push(Source::Standard);
                continue;
            }
            let path = Path::new(argument);
            match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => plan.walk(path, &exclude),
                Ok(metadata) => {
                    if plan.seen.insert((metadata.dev(), metadata.ino())) {
                        plan.sources.push(Source::Asked { name: shown(path), path: path.to_path_buf() });
                    }
                }
                Err(error) => plan.fail(path, &error),
            }
        }
        Ok(plan)
    }

    /// Returns the names of all files.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.sources.iter().map(|source| source.name().to_owned()).collect()
    }

    /// Returns where a file is, by its name.
    pub(super) fn path(&self, name: &str) -> Option<&Path> {
        self.sources.iter().find_map(|source| match source {
            Source::Asked { name: known, path } | Source::Found { name: known, path } if known == name => {
                Some(path.as_path())
            }
            _ => None,
        })
    }

    fn walk(&mut self, root: &Path, exclude: &GlobSet) {
        let walk = WalkBuilder::new(root)
            // A folder such as `.deploy` holds manifests like any other; git's own holds none.
            .hidden(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .require_git(false)
            // What somebody ignores on one machine must not change the audit on another.
            .git_global(false)
            .sort_by_file_name(Ord::cmp)
            .build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.sources.push(Source::Broken {
                        name: shown(root),
                        failure: Failure::input(format!("cannot walk {}", shown(root))).because(&error),
                    });
                    continue;
                }
            };
            let path = entry.path();
            let name = shown(path);
            if !sources::is_candidate(&name) || exclude.is_match(path) {
                continue;
            }
            match fs::metadata(path) {
                Ok(metadata) if metadata.is_file() => {
                    if self.seen.insert((metadata.dev(), metadata.ino())) {
                        self.sources.push(Source::Found { name, path: path.to_path_buf() });
                    }
                }
                // A dangling link is nobody's manifest.
                Err(error) if error.kind() != io::ErrorKind::NotFound => self.fail(path, &error),
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn fail(&mut self, path: &Path, error: &io::Error) {
        let name = shown(path);
        let failure = Failure::input(format!("cannot read {name}")).because(error);
        self.sources.push(Source::Broken { name, failure });
    }
}

impl Source {
    /// Returns how it is called.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Standard => "-",
            Self::Asked { name, .. } | Self::Found { name, .. } | Self::Broken { name, .. } => name,
        }
    }

    /// Returns its bytes.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        let read = match self {
            Self::Standard => limited(io::stdin().lock()),
            Self::Asked { path, .. } | Self::Found { path, .. } => fs::File::open(path).and_then(limited),
            Self::Broken { failure, .. } => return Err(failure.clone()),
        };
        read.map_err(|error| Failure::input(format!("cannot read {}", self.name())).because(&error))
    }
}

/// Reads a stream to its end, unless that is too far away.
pub(super) fn limited(stream: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if LARGEST < bytes.len() as u64 {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 64 MiB"));
    }
    Ok(bytes)
}

pub(super) fn globs(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let wrong = |error: &globset::Error| {
            Failure::usage(format!("--exclude {pattern:?} is no pattern")).because(error)
        };
        // A pattern means the same wherever the audit is started.
        for pattern in [pattern.clone(), format!("**/{pattern}")] {
            set.add(GlobBuilder::new(&pattern).build().map_err(|error| wrong(&error))?);
        }
    }
    set.build().map_err(|error| Failure::usage("the patterns of --exclude are too many").because(&error))
}

/// Returns a path as it is named in the output, without a `./` that nobody wrote.
pub(super) fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    visible(path.as_os_str().as_encoded_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_as_git_sees_them() {
        let root = tempfile::tempdir().unwrap();
        for name in [
            ".gitignore",
            "b.yaml",
            "a.yml",
            "notes.txt",
            "out/c.yaml",
            ".deploy/d.json",
            ".git/e.yaml",
            "charts/f.yaml",
        ] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, if name == ".gitignore" { "out/\n" } else { "" }).unwrap();
        }
        std::os::unix::fs::symlink(root.path().join("b.yaml"), root.path().join("z.yaml")).unwrap();
        let plan = Plan::new(&[root.path().into()], &["charts/*".into()]).unwrap();
        let names: Vec<String> =
            plan.sources.iter().map(|source| source.name().replace(&shown(root.path()), "")).collect();
        assert_eq!(names, ["/.deploy/d.json", "/a.yml", "/b.yaml"]);
        assert!(Plan::new(&[], &["[a-".into()]).is_err());
    }
}
