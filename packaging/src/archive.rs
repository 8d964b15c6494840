//! Archives that are the same bytes each time: sorted, with one owner, one moment and no device of theirs.

use std::{collections::BTreeSet, io::Write as _};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// What a package does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is run.
    Program,
    /// People may change it, and an update keeps that.
    Setting,
    /// It says who may do what with the rest.
    License,
    /// It is read by people.
    Reading,
    /// It is read by other programs.
    Data,
}

impl Role {
    /// Returns the permissions of such a file.
    #[must_use]
    pub const fn mode(self) -> u16 {
        match self {
            Self::Program => 0o755,
            _ => 0o644,
        }
    }
}

/// A file at its place in a package.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it stands, below the root and without a slash before it.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// What it is for.
    pub role: Role,
}

impl File {
    /// Makes a file at a place.
    #[must_use]
    pub fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>, role: Role) -> Self {
        Self { path: path.into(), bytes: bytes.into(), role }
    }
}

/// Compresses as gzip does, without a name and a time in the head.
///
/// # Errors
///
/// None in practice, since it writes into memory.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().context("cannot compress")
}

/// Makes a tar archive of files and the folders above them, each below a folder unless that is empty.
///
/// # Errors
///
/// When a path does not fit into the head of an entry.
pub fn tar(files: &[File], below: &str, moment: u64) -> Result<Vec<u8>> {
    let mut sorted: Vec<&File> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut builder = Builder::new(Vec::new());
    for folder in folders(&sorted) {
        let path = format!("{below}{folder}");
        let path = if path.is_empty() { "./" } else { &path };
        let mut header = header(EntryType::Directory, 0, 0o755, moment);
        builder.append_data(&mut header, path, std::io::empty())?;
    }
    for file in sorted {
        let path = format!("{below}{}", file.path);
        let mode = u32::from(file.role.mode());
        let mut header = header(EntryType::Regular, u64::try_from(file.bytes.len())?, mode, moment);
        builder.append_data(&mut header, path, file.bytes.as_slice())?;
    }
    builder.into_inner().context("cannot make the archive")
}

/// Returns every folder above the files, the root first.
fn folders(files: &[&File]) -> BTreeSet<String> {
    let mut folders = BTreeSet::from([String::new()]);
    for file in files {
        folders.extend(file.path.match_indices('/').map(|(at, _)| file.path.split_at(at + 1).0.to_owned()));
    }
    folders
}

fn header(kind: EntryType, size: u64, mode: u32, moment: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(moment);
    header.set_uid(0);
    header.set_gid(0);
    // A name of at most 31 letters always fits.
    let _ = header.set_username("root");
    let _ = header.set_groupname("root");
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_files_does_not_matter() {
        let files = [File::new("b/c", *b"1", Role::Program), File::new("a", *b"2", Role::Data)];
        let turned: Vec<File> = files.iter().rev().cloned().collect();
        let archive = tar(&files, "", 7).unwrap();
        assert_eq!(archive, tar(&turned, "", 7).unwrap());
        let mut read = tar::Archive::new(archive.as_slice());
        let entries: Vec<(String, u32, u64)> = read
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let path = entry.path().unwrap().to_string_lossy().into_owned();
                (path, entry.header().mode().unwrap(), entry.header().mtime().unwrap())
            })
            .collect();
        let expected = [("./", 0o755, 7), ("b/", 0o755, 7), ("a", 0o644, 7), ("b/c", 0o755, 7)];
        assert_eq!(entries, expected.map(|(path, mode, moment)| (path.to_owned(), mode, moment)));
        assert_eq!(gzip(&archive).unwrap(), gzip(&archive).unwrap());
    }
}
