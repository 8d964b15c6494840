//! Folder: a host below a root folder; with `/` as the root, the live host.

use std::{
    io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    path::{Component, Path, PathBuf},
};

use oomkit_core::reading::Reading;
use rustix::{
    fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2, readlinkat},
    io::{Errno, pread},
};

use super::{Kind, LARGEST, Tree, path_of};

/// How often a path is tried again that others change meanwhile.
const TRIES: usize = 8;
/// Symbolic links that are followed on the way to a file, as the kernel does.
const LINKS: usize = 40;
/// The least room that is made for a read: most files of a process fit.
const ROOM: usize = 4096;

const LOOK: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// A host below a root folder.
///
/// Links are resolved below the root, so that a captured disk never leads to files of this host.
#[derive(Debug)]
pub struct Folder {
    /// `None` for the live host, whose paths need no care.
    root: Option<OwnedFd>,
}

impl Folder {
    /// Returns the host that this program runs on.
    #[must_use]
    pub const fn live() -> Self {
        Self { root: None }
    }

    /// Opens the folder in which the files of a host lie.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or it may not be read.
    pub fn open(root: &Path) -> io::Result<Self> {
        if root == Path::new("/") {
            return Ok(Self::live());
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { root: Some(openat(CWD, root, flags, Mode::empty())?) })
    }

    /// Tells whether this is the host that this program runs on.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.root.is_none()
    }

    fn open_at(&self, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let Some(root) = &self.root else { return openat(CWD, path, flags, Mode::empty()) };
        let inside = path.strip_prefix("/").unwrap_or(path);
        let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..TRIES {
            match openat2(root, inside, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN) => {}
                // Linux before 5.6, and sandboxes that never heard of the call.
                Err(Errno::NOSYS | Errno::PERM) => {
                    let parent = walk(root.as_fd(), inside, flags.contains(OFlags::NOFOLLOW))?;
                    let (folder, name) = parent;
                    return openat(&folder, name, flags | OFlags::NOFOLLOW, Mode::empty());
                }
                opened => return opened,
            }
        }
        Err(Errno::AGAIN)
    }
}

impl Folder {
    /// Reads a whole file, and returns it open where it could be read.
    pub(super) fn read_open(&self, path: &Path, out: &mut Vec<u8>) -> (Reading<()>, Option<OwnedFd>) {
        out.clear();
        let read = self.open_at(path, LOOK).and_then(|file| {
            // Elsewhere a device or a pipe may stand where a file is expected.
            let is_file =
                self.is_live() || FileType::from_raw_mode(fstat(&file)?.st_mode) == FileType::RegularFile;
            let way = if self.is_live() && is_told_at_once(path) { Way::AtOnce } else { Way::ToTheEnd };
            let is_whole = if is_file { fill(file.as_fd(), out, way)? } else { return Err(Errno::NOTSUP) };
            Ok((is_whole, file))
        });
        match read {
            Ok((true, file)) => (Reading::Known(()), Some(file)),
            Ok((false, _)) => {
                out.clear();
                (Reading::malformed(b"the file is larger than 16 MiB"), None)
            }
            Err(error) => {
                out.clear();
                (io::Error::from(error).into(), None)
            }
        }
    }
}

impl Tree for Folder {
    fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()> {
        self.read_open(path, out).0
    }

    fn list(&self, path: &Path, each: &mut dyn FnMut(&[u8], Kind)) -> Reading<()> {
        match self.open_at(path, LOOK | OFlags::DIRECTORY).and_then(|folder| list(&folder, each)) {
            Ok(()) => Reading::Known(()),
            Err(error) => io::Error::from(error).into(),
        }
    }

    fn link(&self, path: &Path) -> Reading<Vec<u8>> {
        // One call in place of three matters where there is a link for each process.
        let target = if self.is_live() {
            readlinkat(CWD, path, Vec::new())
        } else {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            self.open_at(path, flags).and_then(|link| readlinkat(&link, "", Vec::new()))
        };
        match target {
            Ok(target) => Reading::Known(target.into_bytes()),
            Err(error) => io::Error::from(error).into(),
        }
    }
}

/// Tells whether what a read leaves room for is all of a file, so that nobody has to ask for its end.
///
/// It is where the kernel prints a file of a process in one piece (`single_open` and
/// `simple_read_from_buffer` in `fs/proc/base.c`); lists of mappings come in pieces, and are not among them.
pub(super) fn is_told_at_once(path: &Path) -> bool {
    let Some(inside) = path.as_os_str().as_encoded_bytes().strip_prefix(b"/proc/") else { return false };
    let mut parts = inside.splitn(2, |byte| *byte == b'/');
    let is_process = parts.next().is_some_and(|pid| pid.iter().all(u8::is_ascii_digit));
    is_process && matches!(parts.next(), Some(b"stat" | b"status" | b"oom_score_adj"))
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Until a read brings nothing.
    ToTheEnd,
    /// Until a read leaves room, where all is [told at once](is_told_at_once).
    AtOnce,
    /// The same, once more from the beginning of a file that is open.
    Again,
}

/// Reads a file behind what is in `out`; returns whether it is small enough.
pub(super) fn fill(file: BorrowedFd<'_>, out: &mut Vec<u8>, way: Way) -> Result<bool, Errno> {
    loop {
        if out.capacity() - out.len() < ROOM {
            out.reserve(ROOM.max(out.len()));
        }
        let read = out.len() as u64;
        let room = rustix::buffer::spare_capacity(out);
        let more = if way == Way::Again { pread(file, room, read) } else { rustix::io::read(file, room) };
        match more {
            Ok(0) => return Ok(true),
            Ok(_) if LARGEST < out.len() => return Ok(false),
            Ok(_) if way != Way::ToTheEnd && out.len() < out.capacity() => return Ok(true),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn list(folder: &OwnedFd, each: &mut dyn FnMut(&[u8], Kind)) -> Result<(), Errno> {
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let kind = match entry.file_type() {
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            FileType::Unknown => match kind_of(folder, entry.file_name()) {
                Ok(kind) => kind,
                // It went away between the listing and the look.
                Err(_) => continue,
            },
            _ => Kind::File,
        };
        match entry.file_name().to_bytes() {
            b"." | b".." => {}
            name => each(name, kind),
        }
    }
    Ok(())
}

/// Asks for the kind of a file that some file systems do not list.
fn kind_of(folder: &OwnedFd, name: &std::ffi::CStr) -> Result<Kind, Errno> {
    let stat = rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::File,
    })
}

/// Resolves all of a path but its last name below the root, one name at a time.
///
/// Where the last name is a link and may be followed, so is it.
fn walk(root: BorrowedFd<'_>, path: &Path, keep_last: bool) -> Result<(OwnedFd, PathBuf), Errno> {
    let at = OFlags::PATH | OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let top = || openat(root, ".", at, Mode::empty());
    let mut folders = vec![top()?];
    let mut links = 0;
    // The names that are still to come, the next one last.
    let mut rest: Vec<PathBuf> = parts(path);
    loop {
        let Some(name) = rest.pop() else {
            let last = folders.pop().map_or_else(top, Ok)?;
            return Ok((last, PathBuf::from(".")));
        };
        let here = match folders.last() {
            Some(here) => here,
            None => return Err(Errno::NOENT),
        };
        if name.as_os_str() == ".." {
            if 1 < folders.len() {
                folders.pop();
            }
            continue;
        }
        let is_last = rest.is_empty();
        if !(is_last && keep_last)
            && let Ok(target) = readlinkat(here, &name, Vec::new())
        {
            links += 1;
            if LINKS < links {
                return Err(Errno::LOOP);
            }
            let target = path_of(target.as_bytes()).to_owned();
            if target.is_absolute() {
                folders.truncate(1);
            }
            rest.extend(parts(&target));
            continue;
        }
        if is_last {
            let last = folders.pop().map_or_else(top, Ok)?;
            return Ok((last, name));
        }
        let next = openat(here, &name, at, Mode::empty())?;
        folders.push(next);
    }
}

/// Returns the names of a path, the first one last.
fn parts(path: &Path) -> Vec<PathBuf> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(PathBuf::from(name)),
        Component::ParentDir => Some(PathBuf::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    let mut names: Vec<PathBuf> = names.collect();
    names.reverse();
    names
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn files_of_a_process_that_come_in_one_piece_are_whole() {
        for (path, expected) in [
            ("/proc/1/stat", true),
            ("/proc/self/stat", false),
            ("/proc/1/smaps", false),
            ("/proc/1/task/1/stat", false),
            ("/proc/stat", false),
            ("/srv/proc/1/stat", false),
        ] {
            assert_eq!(is_told_at_once(Path::new(path)), expected, "{path}");
        }
        let own = format!("/proc/{}/status", std::process::id());
        let mut out = Vec::new();
        Folder::live().read(Path::new(&own), &mut out).known().unwrap();
        let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines(&out), lines(&fs::read(&own).unwrap()));
    }

    /// Resolves by hand, as where the kernel cannot.
    fn by_hand(root: &Path, path: &str) -> Result<Vec<u8>, Errno> {
        let root = openat(CWD, root, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
        let inside = Path::new(path).strip_prefix("/").unwrap();
        let (folder, name) = walk(root.as_fd(), inside, false)?;
        let file = openat(&folder, &name, LOOK | OFlags::NOFOLLOW, Mode::empty())?;
        let mut out = Vec::new();
        fill(file.as_fd(), &mut out, Way::ToTheEnd).map(|_| out)
    }

    #[test]
    fn links_stay_below_the_root_however_they_are_resolved() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("secret"), "outside").unwrap();
        let root = home.path().join("root");
        fs::create_dir_all(root.join("var/log/pods/a")).unwrap();
        fs::write(root.join("var/log/pods/a/0.log"), "inside").unwrap();
        fs::write(root.join("secret"), "the root's own").unwrap();
        for (target, link) in [
            ("/var/log/pods/a/0.log", "absolute"),
            ("var/log/pods/a/0.log", "relative"),
            ("../secret", "escaping"),
            ("../../../../../secret", "var/log/deep"),
            ("loop", "loop"),
            ("/var/log/pods", "pods"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let tree = Folder::open(&root).unwrap();
        for (path, expected) in [
            ("/var/log/pods/a/0.log", Ok("inside")),
            ("/absolute", Ok("inside")),
            ("/relative", Ok("inside")),
            ("/pods/a/0.log", Ok("inside")),
            ("/var/../pods/a/0.log", Ok("inside")),
            ("/escaping", Ok("the root's own")),
            ("/var/log/deep", Ok("the root's own")),
            ("/loop", Err(())),
            ("/missing/file", Err(())),
        ] {
            let text = |read: Vec<u8>| String::from_utf8(read).unwrap();
            let read = super::super::read(&tree, path).known().map(text).ok_or(());
            assert_eq!(read.as_deref(), expected.as_ref().map(|text| *text), "{path}");
            let walked = by_hand(&root, path).map(text).map_err(|_| ());
            assert_eq!(walked.as_deref(), expected.as_ref().map(|text| *text), "{path} by hand");
        }
        assert_eq!(tree.link(Path::new("/absolute")), Reading::Known(b"/var/log/pods/a/0.log".to_vec()));
        assert_eq!(super::super::read(&tree, "/nothing"), Reading::Absent);
        assert_eq!(
            super::super::names(&tree, "/"),
            Reading::Known(vec![
                (b"absolute".to_vec(), Kind::Link),
                (b"escaping".to_vec(), Kind::Link),
                (b"loop".to_vec(), Kind::Link),
                (b"pods".to_vec(), Kind::Link),
                (b"relative".to_vec(), Kind::Link),
                (b"secret".to_vec(), Kind::File),
                (b"var".to_vec(), Kind::Folder),
            ])
        );
    }
}
