//! Tree: the files of a host, live or captured; everything above reads through it.

use std::{ffi::OsStr, fmt, ops::Deref, os::unix::ffi::OsStrExt as _, path::Path};

use oomkit_core::reading::Reading;

mod capture;
mod files;
mod folder;
mod mask;
mod open;
mod recording;

pub use capture::{Capture, CaptureError};
pub use files::Files;
pub use folder::Folder;
pub use mask::Arguments;
pub use open::Open;
pub use recording::Recording;

/// The largest file that is read; a kernel's own are far smaller, and what a runtime keeps is too.
pub const LARGEST: usize = 16 << 20;

/// The files of a host, by their absolute paths on it.
///
/// A tree is only read, never written to.
pub trait Tree: fmt::Debug + Send + Sync {
    /// Reads a whole file into `out`, which is emptied first.
    ///
    /// A file that is missing is [`Reading::Absent`], unless the tree knows that it was there.
    fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()>;

    /// Hands over each name in a folder, in no particular order, without `.` and `..`.
    fn list(&self, path: &Path, each: &mut dyn FnMut(&[u8], Kind)) -> Reading<()>;

    /// Hands over the name of each folder in a folder, in no particular order.
    fn folders(&self, path: &Path, each: &mut dyn FnMut(&[u8])) -> Reading<()> {
        self.list(path, &mut |name, kind| {
            if kind == Kind::Folder {
                each(name);
            }
        })
    }

    /// Returns where a symbolic link points.
    fn link(&self, path: &Path) -> Reading<Vec<u8>>;
}

/// A tree can be read through whatever points to it.
impl<P> Tree for P
where
    P: Deref<Target: Tree> + fmt::Debug + Send + Sync,
{
    fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()> {
        (**self).read(path, out)
    }

    fn list(&self, path: &Path, each: &mut dyn FnMut(&[u8], Kind)) -> Reading<()> {
        (**self).list(path, each)
    }

    fn folders(&self, path: &Path, each: &mut dyn FnMut(&[u8])) -> Reading<()> {
        (**self).folders(path, each)
    }

    fn link(&self, path: &Path) -> Reading<Vec<u8>> {
        (**self).link(path)
    }
}

/// What stands behind a name in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A file, as far as a listing tells.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, to whatever.
    Link,
}

/// Returns bytes as a path; the names of a host may be any.
#[must_use]
pub fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// Returns the whole of a file as a value of its own, for files that are read once.
pub fn read(tree: &dyn Tree, path: impl AsRef<Path>) -> Reading<Vec<u8>> {
    let mut out = Vec::new();
    tree.read(path.as_ref(), &mut out).map(|()| out)
}

/// Returns the sorted names of a folder, for folders that are read once.
pub fn names(tree: &dyn Tree, path: impl AsRef<Path>) -> Reading<Vec<(Vec<u8>, Kind)>> {
    let mut found = Vec::new();
    let listed = tree.list(path.as_ref(), &mut |name, kind| found.push((name.to_owned(), kind)));
    found.sort();
    listed.map(|()| found)
}
