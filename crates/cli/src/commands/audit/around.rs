//! The files around an audited one: regular ones, of a size that people write.

use std::{collections::BTreeSet, fs};

use oomkit_audit::sources::Surroundings;

use super::plan::{LARGEST, limited};

/// Reads from the disk, and knows what is audited anyway.
pub(super) struct Around {
    names: BTreeSet<String>,
}

impl Around {
    /// Takes the names of all inputs.
    pub(super) const fn new(names: BTreeSet<String>) -> Self {
        Self { names }
    }
}

impl Surroundings for Around {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        // A file that is audited can name any other one, a device without an end among them.
        let metadata = fs::metadata(name).ok().filter(|metadata| metadata.is_file())?;
        if LARGEST < metadata.len() {
            return None;
        }
        fs::File::open(name).and_then(limited).ok()
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut names: Vec<String> =
            entries.filter_map(|entry| Some(format!("{folder}/{}", entry.file_name().to_str()?))).collect();
        names.sort();
        names
    }

    fn is_input(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}
