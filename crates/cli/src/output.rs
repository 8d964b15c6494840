//! Where the output goes: standard output, or a file that appears whole or not at all.

mod plain;

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, StdoutLock, Write},
    path::{Path, PathBuf},
    process,
};

use oomkit_core::ident::visible;

use crate::failure::Failure;

pub(crate) use plain::Plain;

/// An output that is only valid once it was committed.
pub(crate) enum Output {
    /// Standard output.
    Standard(BufWriter<StdoutLock<'static>>),
    /// A file that is no regular one, such as `/dev/null` or a named pipe: nothing can take its place.
    Special(BufWriter<File>),
    /// A temporary file that takes its final name at the end.
    Staged(Staged),
}

/// A file under construction; it is removed unless it was committed.
pub(crate) struct Staged {
    writer: BufWriter<File>,
    temporary: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl Output {
    /// Opens the output: `path`, or standard output where there is none.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Standard(BufWriter::with_capacity(1 << 16, io::stdout().lock())));
        };
        let cannot =
            |error: io::Error| Failure::host(format!("cannot write {}", shown(path))).because(&error);
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                Err(Failure::usage(format!("cannot write {}", shown(path))).cause("it is a directory"))
            }
            Ok(found) if !found.is_file() => {
                let file = OpenOptions::new().write(true).open(path).map_err(cannot)?;
                Ok(Self::Special(BufWriter::new(file)))
            }
            // A link keeps pointing where it points: its target is what is replaced.
            Ok(found) => {
                let target = fs::canonicalize(path).map_err(cannot)?;
                let staged = Staged::new(target).map_err(cannot)?;
                staged.writer.get_ref().set_permissions(found.permissions()).map_err(cannot)?;
                Ok(Self::Staged(staged))
            }
            Err(_) => Ok(Self::Staged(Staged::new(path.to_path_buf()).map_err(cannot)?)),
        }
    }

    /// Ends the output; a file takes its final name here.
    pub(crate) fn commit(mut self) -> Result<(), Failure> {
        self.flush().map_err(|error| Failure::output(&error))?;
        match self {
            Self::Staged(staged) => staged.commit(),
            Self::Standard(_) | Self::Special(_) => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(writer) => writer.write(bytes),
            Self::Special(writer) => writer.write(bytes),
            Self::Staged(staged) => staged.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(writer) => writer.flush(),
            Self::Special(writer) => writer.flush(),
            Self::Staged(staged) => staged.flush(),
        }
    }
}

impl Staged {
    /// Starts a file that takes its name when it is committed.
    #[cfg(feature = "parquet")]
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let cannot = |error| Failure::host(format!("cannot write {}", shown(path))).because(&error);
        Self::new(path.to_path_buf()).map_err(cannot)
    }

    /// Lets the file take another name in the same folder.
    #[cfg(feature = "parquet")]
    pub(crate) fn rename(&mut self, target: &Path) {
        self.target = target.to_path_buf();
    }

    fn new(target: PathBuf) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut last = None;
        // The same folder, so that the rename stays within one file system; a few names, in case a
        // killed run left one behind.
        for attempt in 0..16 {
            let mut temporary = OsString::from(".");
            temporary.push(name);
            temporary.push(format!(".{}-{attempt}.partial", process::id()));
            let temporary = target.with_file_name(temporary);
            match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => {
                    return Ok(Self { writer: BufWriter::new(file), temporary, target, committed: false });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists)))
    }

    /// Ends the file, which takes its name here.
    pub(crate) fn commit(mut self) -> Result<(), Failure> {
        let done = self
            .writer
            .flush()
            .and_then(|()| self.writer.get_ref().sync_all())
            .and_then(|()| fs::rename(&self.temporary, &self.target));
        done.map_err(|error| Failure::host(format!("cannot write {}", shown(&self.target))).because(&error))?;
        self.committed = true;
        Ok(())
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.committed {
            // Whoever dropped the output already has a failure to tell of.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();

        let mut dropped = Output::open(Some(&path)).unwrap();
        dropped.write_all(b"half").unwrap();
        dropped.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(dropped);
        assert_eq!(names(folder.path()), ["report.json"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");

        let mut whole = Output::open(Some(&path)).unwrap();
        whole.write_all(b"new").unwrap();
        whole.commit().unwrap();
        assert_eq!(names(folder.path()), ["report.json"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn devices_are_written_to_and_links_keep_their_target() {
        let null = Path::new("/dev/null");
        assert!(matches!(Output::open(Some(null)), Ok(Output::Special(_))));

        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut output = Output::open(Some(&link)).unwrap();
        output.write_all(b"new").unwrap();
        output.commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let failure = Output::open(Some(Path::new("/nonexistent/x.json"))).err().unwrap();
        assert!(
            failure.to_string().starts_with("cannot write /nonexistent/x.json\n  caused by: "),
            "{failure}"
        );
    }
}
