//! Folders: their files in sorted order, each once, whatever the links do.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// What was found below a folder.
#[derive(Debug)]
pub(super) enum Found {
    /// A regular file.
    File(PathBuf),
    /// A folder that holds binary journals, which are read together.
    Journals(PathBuf),
    /// Something that could not be looked at.
    Denied(PathBuf, io::Error),
}

/// Walks `root` and hands out what it finds, folder by folder, names in byte order.
pub(super) fn walk(root: &Path, found: &mut dyn FnMut(Found)) {
    let mut seen = BTreeSet::new();
    if let Err(error) = descend(root, &mut seen, found) {
        found(Found::Denied(root.to_path_buf(), error));
    }
}

fn descend(folder: &Path, seen: &mut BTreeSet<(u64, u64)>, found: &mut dyn FnMut(Found)) -> io::Result<()> {
    let metadata = fs::metadata(folder)?;
    // A link may lead back up; a folder that was walked is not walked again.
    if !seen.insert((metadata.dev(), metadata.ino())) {
        return Ok(());
    }
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort_unstable();
    if paths.iter().any(|path| is_journal_name(path)) {
        found(Found::Journals(folder.to_path_buf()));
    }
    for path in paths.into_iter().filter(|path| !is_journal_name(path)) {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                if let Err(error) = descend(&path, seen, found) {
                    found(Found::Denied(path, error));
                }
            }
            Ok(metadata) if metadata.is_file() => {
                // A link such as `current` beside the file that it names would count it twice.
                if seen.insert((metadata.dev(), metadata.ino())) {
                    found(Found::File(path));
                }
            }
            // Sockets, pipes and devices hold no logs, and reading them may never end.
            Ok(_) => {}
            // A dangling link, or a file that was rotated away a moment ago.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => found(Found::Denied(path, error)),
        }
    }
    Ok(())
}

/// Tells whether journald would name a journal so; `~` marks one that was not closed, as after a crash.
fn is_journal_name(path: &Path) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|extension| matches!(extension, "journal" | "journal~"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_come_sorted_and_once_in_spite_of_loops() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path("b/deep")).unwrap();
        fs::create_dir(path("journal")).unwrap();
        for name in ["z.log", "b/deep/x.log", "b/a.log", "journal/system.journal", "journal/user.journal"] {
            fs::write(path(name), "").unwrap();
        }
        symlink(root.path(), path("b/deep/loop")).unwrap();
        symlink(path("z.log"), path("zz-current")).unwrap();
        symlink("nowhere", path("dangling")).unwrap();
        let mut seen = Vec::new();
        walk(root.path(), &mut |found| {
            seen.push(match found {
                Found::File(file) => file.strip_prefix(root.path()).unwrap().display().to_string(),
                Found::Journals(folder) => format!("journals in {}", folder.file_name().unwrap().display()),
                Found::Denied(path, error) => panic!("{}: {error}", path.display()),
            });
        });
        assert_eq!(seen, ["b/a.log", "b/deep/x.log", "journals in journal", "z.log"]);
    }
}
