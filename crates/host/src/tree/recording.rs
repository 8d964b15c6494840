//! Recording: a tree that keeps what is read of another one, to be written as a capture.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
    os::unix::ffi::OsStrExt as _,
    path::Path,
    sync::{Mutex, PoisonError},
};

use oomkit_core::reading::Reading;

use super::{
    Arguments, Kind, Tree,
    capture::{escape_lines, escape_path},
    path_of,
};

/// A tree that hands on what another one says and remembers it.
///
/// Files that nobody asks for are not in the capture.
#[derive(Debug)]
pub struct Recording<'a> {
    inner: &'a dyn Tree,
    seen: Mutex<BTreeMap<Vec<u8>, Seen>>,
}

#[derive(Debug)]
enum Seen {
    File(Vec<u8>),
    Link(Vec<u8>),
    /// A path with a word that says why there are no contents.
    Word(&'static str),
    Folder,
}

impl<'a> Recording<'a> {
    /// Starts to record what is read of a tree.
    #[must_use]
    pub const fn of(inner: &'a dyn Tree) -> Self {
        Self { inner, seen: Mutex::new(BTreeMap::new()) }
    }

    /// Writes what was read so far as a capture, all of it.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_as(out, |_, contents| Cow::Borrowed(contents))
    }

    /// Writes what was read so far as a capture that may leave this host: without environments, and with
    /// as much of arguments as is asked for.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    pub fn write_masked(&self, out: &mut dyn Write, arguments: Arguments) -> io::Result<()> {
        self.write_as(out, |path, contents| arguments.masked(path, contents))
    }

    fn write_as(
        &self,
        out: &mut dyn Write,
        masked: impl for<'c> Fn(&[u8], &'c [u8]) -> Cow<'c, [u8]>,
    ) -> io::Result<()> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(b"//! oomkit-capture 1\n")?;
        let mut text = Vec::new();
        for (path, seen) in &*seen {
            text.clear();
            text.extend_from_slice(b"//- ");
            escape_path(path, &mut text);
            match seen {
                Seen::File(contents) => {
                    text.push(b'\n');
                    escape_lines(&masked(path, contents), &mut text);
                }
                Seen::Link(target) => {
                    text.extend_from_slice(b" -> ");
                    escape_path(target, &mut text);
                    text.push(b'\n');
                }
                Seen::Word(word) => {
                    text.push(b' ');
                    text.extend_from_slice(word.as_bytes());
                    text.push(b'\n');
                }
                Seen::Folder => text.push(b'\n'),
            }
            out.write_all(&text)?;
        }
        Ok(())
    }

    /// Remembers what a path holds; contents are not forgotten for a word.
    fn note(&self, path: &[u8], seen: Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(path);
        if !matches!(known, Some(Seen::File(_) | Seen::Link(_))) || matches!(seen, Seen::File(_)) {
            all.insert(path.to_owned(), seen);
        }
    }

    fn note_listed(&self, folder: &Path, name: &[u8], kind: Kind) {
        let mut path = folder.as_os_str().as_bytes().to_owned();
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        match kind {
            Kind::Folder => {
                path.push(b'/');
                let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                all.entry(path).or_insert(Seen::Folder);
            }
            Kind::Link => {
                let target = self.inner.link(path_of(&path));
                self.note(&path, Seen::Link(target.known().unwrap_or_default()));
            }
            Kind::File => {
                let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                all.entry(path).or_insert(Seen::Word("unread"));
            }
        }
    }

    fn note_failed(&self, path: &Path, reading: &Reading<()>, folder: bool) {
        let word = match reading {
            Reading::Known(()) => return,
            // It was listed a moment ago, or nobody would ask for it.
            Reading::Absent if folder => "vanished",
            Reading::Absent => return,
            Reading::Denied => "denied",
            Reading::Vanished => "vanished",
            Reading::Malformed(_) => "broken",
        };
        let mut path = path.as_os_str().as_bytes().to_owned();
        if folder && !path.ends_with(b"/") {
            path.push(b'/');
        }
        if *reading == Reading::Absent && !self.is_known(&path) {
            return;
        }
        self.note(&path, Seen::Word(word));
    }

    fn is_known(&self, path: &[u8]) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains_key(path)
    }
}

impl Tree for Recording<'_> {
    fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()> {
        let reading = self.inner.read(path, out);
        match &reading {
            Reading::Known(()) => self.note(path.as_os_str().as_bytes(), Seen::File(out.clone())),
            failed => self.note_failed(path, failed, false),
        }
        reading
    }

    fn list(&self, path: &Path, each: &mut dyn FnMut(&[u8], Kind)) -> Reading<()> {
        let reading = self.inner.list(path, &mut |name, kind| {
            self.note_listed(path, name, kind);
            each(name, kind);
        });
        self.note_failed(path, &reading, true);
        reading
    }

    fn folders(&self, path: &Path, each: &mut dyn FnMut(&[u8])) -> Reading<()> {
        let reading = self.inner.folders(path, &mut |name| {
            self.note_listed(path, name, Kind::Folder);
            each(name);
        });
        self.note_failed(path, &reading, true);
        reading
    }

    fn link(&self, path: &Path) -> Reading<Vec<u8>> {
        let reading = self.inner.link(path);
        if let Reading::Known(target) = &reading {
            self.note(path.as_os_str().as_bytes(), Seen::Link(target.clone()));
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Capture, names, read},
        *,
    };

    #[test]
    fn a_recording_reads_like_what_was_recorded() {
        let host = b"//- /proc/meminfo\nMemFree: 1 kB\n//- /proc/7/comm\na\\x00\\\n//- /proc/8/ vanished\n\
            //- /proc/9/status denied\n//- /proc/10/\n//- /proc/self -> 7\n//- /proc/other\nnever read\n";
        let host = Capture::new(host.to_vec()).unwrap();
        let look = |tree: &dyn Tree| {
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                read(tree, "/proc/meminfo"),
                read(tree, "/proc/7/comm"),
                read(tree, "/proc/self/comm"),
                read(tree, "/proc/8/status"),
                read(tree, "/proc/9/status"),
                read(tree, "/proc/missing"),
                names(tree, "/proc"),
                names(tree, "/proc/8"),
            )
        };
        let recording = Recording::of(&host);
        let told = look(&recording);
        assert_eq!(told, look(&host));
        let mut text = Vec::new();
        recording.write(&mut text).unwrap();
        let again = Capture::new(text.clone()).unwrap();
        assert_eq!(look(&again), told, "{}", String::from_utf8_lossy(&text));
        assert!(!String::from_utf8_lossy(&text).contains("never read"));
    }
}
