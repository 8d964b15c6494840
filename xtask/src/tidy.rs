//! The rules of this house that clippy cannot see.
//!
//! Each rule is a function from a file, or from all of them, to complaints; nothing here reads the disk
//! except [`read`].

use std::{fmt, fs, path::Path};

use anyhow::{Context as _, Result};

use crate::workspace;

mod folders;
mod length;
mod source;
mod words;

pub use source::File;

/// Something that the house does not want.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The file, from the root of the workspace.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do instead.
    pub what: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Reads every file that a rule may have an opinion on.
///
/// # Errors
///
/// When a file or folder cannot be read.
pub fn read(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for path in workspace::files(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        // Fixtures are somebody else's bytes: their names matter, their contents do not.
        let text = if name.ends_with(".rs") || name.ends_with("fixtures/README.md") {
            fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?
        } else {
            String::new()
        };
        files.push(File::new(&name, &text));
    }
    Ok(files)
}

/// Holds the files against all rules.
#[must_use]
pub fn complaints(files: &[File]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        complaints.extend(length::header(file));
        complaints.extend(length::file(file));
        complaints.extend(length::functions(file));
        complaints.extend(words::kernel_spelling(file));
        complaints.extend(words::bare_integers(file));
        complaints.extend(words::promises(file));
    }
    complaints.extend(folders::heads(files));
    complaints.extend(folders::fixtures(files));
    complaints.sort();
    complaints
}
