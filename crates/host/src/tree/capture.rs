//! Capture: a host in one text file, which reads like the host itself.
//!
//! ```text
//! //! oomkit-capture 1
//! Lines before the first heading are a comment.
//! //- /proc/meminfo
//! MemTotal:       16314552 kB
//! //- /proc/7/cmdline
//! nginx\x00-g\x00daemon off;\x00\
//! //- /proc/8/smaps_rollup denied
//! //- /proc/9/ vanished
//! //- /proc/self -> 7
//! //- /sys/fs/cgroup/empty.slice/
//! ```
//!
//! A heading names a file, and the lines below it are its contents.  A path that ends in `/` is a
//! folder, which is needed only where nothing of it stands in the capture.  A word behind the path
//! says why there are no contents: `denied`, `vanished`, `broken`, or `unread` where it was only
//! listed; the word of a folder holds for all below it.
//!
//! Bytes that are no printable text stand as `\xNN`, a backslash as `\\`, and in a path a space as
//! `\x20`.  A backslash at the end of a line says that the file has no line feed there.  A backslash
//! before anything else is itself.

use std::{borrow::Cow, collections::HashMap, error::Error, fmt, ops::Range, path::Path};

use memchr::{memchr, memchr_iter};
use oomkit_core::{ident::visible, reading::Reading};

use super::{Kind, Tree};

const HEADING: &[u8] = b"//- ";
const FORM: &[u8] = b"//! oomkit-capture ";
/// Links that are followed on the way to a file.
const LINKS: usize = 40;

/// A captured host.
pub struct Capture {
    source: Vec<u8>,
    entries: HashMap<Vec<u8>, Entry>,
    folders: HashMap<Vec<u8>, Vec<(Vec<u8>, Kind)>>,
    links: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// Contents, escaped, by their place in the source.
    File(Range<usize>),
    /// A file that was listed and never read.
    Unread,
    Link(Vec<u8>),
    Denied,
    Vanished,
    Broken,
}

/// Why a capture cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureError {
    line: usize,
    what: String,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl Error for CaptureError {}

impl Capture {
    /// Reads a capture.
    ///
    /// # Errors
    ///
    /// When a heading makes no sense, or the capture is of a newer form.
    pub fn new(source: Vec<u8>) -> Result<Self, CaptureError> {
        let mut capture =
            Self { source: Vec::new(), entries: HashMap::new(), folders: HashMap::new(), links: false };
        let mut open: Option<(Vec<u8>, usize)> = None;
        let mut start = 0;
        for (index, end) in memchr_iter(b'\n', &source).chain([source.len()]).enumerate() {
            let line = source.get(start..end).unwrap_or_default();
            let fail = |what: &str| CaptureError { line: index + 1, what: what.to_owned() };
            if let Some(heading) = line.strip_prefix(HEADING) {
                capture.close(open.take(), start);
                open = capture.heading(heading).map_err(|what| fail(&what))?.map(|path| (path, end + 1));
            } else if let Some(form) = line.strip_prefix(FORM)
                && open.is_none()
                && form.trim_ascii() != b"1"
            {
                return Err(fail("the capture is of a newer form; use a newer oomkit"));
            }
            start = end + 1;
        }
        capture.close(open, source.len());
        if capture.entries.is_empty() && capture.folders.len() < 2 {
            return Err(CaptureError { line: 1, what: "there is no heading; this is no capture".into() });
        }
        capture.source = source;
        Ok(capture)
    }

    /// Ends the contents of the file that is open.
    fn close(&mut self, open: Option<(Vec<u8>, usize)>, end: usize) {
        if let Some((path, start)) = open {
            self.add(path, Entry::File(start.min(end)..end));
        }
    }

    /// Reads a heading; returns the path whose contents follow.
    fn heading(&mut self, heading: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let (name, rest) = match memchr(b' ', heading) {
            Some(at) => heading.split_at(at),
            None => (heading, &b""[..]),
        };
        let path = unescaped(name);
        if !path.starts_with(b"/") || path.windows(2).any(|pair| pair == b"//") {
            return Err(format!("the path {} has to be absolute and plain", visible(&path)));
        }
        let folder = path.strip_suffix(b"/").map(<[u8]>::to_owned);
        let rest = rest.trim_ascii();
        let entry = match rest {
            b"" => {
                if let Some(folder) = folder {
                    self.add_folder(&folder);
                    return Ok(None);
                }
                return Ok(Some(path));
            }
            b"denied" => Entry::Denied,
            b"vanished" => Entry::Vanished,
            b"broken" => Entry::Broken,
            b"unread" => Entry::Unread,
            target => match target.strip_prefix(b"-> ") {
                Some(target) => Entry::Link(unescaped(target.trim_ascii())),
                None => return Err(format!("`{}` is no word for a file", visible(target))),
            },
        };
        match folder {
            Some(folder) => {
                self.add_folder(&folder);
                self.entries.insert(folder, entry);
            }
            None => self.add(path, entry),
        }
        Ok(None)
    }

    fn add(&mut self, path: Vec<u8>, entry: Entry) {
        let kind = if matches!(entry, Entry::Link(_)) { Kind::Link } else { Kind::File };
        self.links |= kind == Kind::Link;
        // What stands twice counts as it stands last.
        if self.entries.insert(path.clone(), entry).is_none() {
            self.list_in_parent(&path, kind);
        }
    }

    fn add_folder(&mut self, path: &[u8]) {
        if !self.folders.contains_key(path) {
            self.folders.insert(path.to_owned(), Vec::new());
            self.list_in_parent(path, Kind::Folder);
        }
    }

    fn list_in_parent(&mut self, path: &[u8], kind: Kind) {
        let Some((parent, name)) = split(path) else { return };
        self.add_folder(parent);
        // What was read below a link stands below its name, which stays a link.
        if kind == Kind::Folder && self.is_link(path) {
            return;
        }
        if let Some(names) = self.folders.get_mut(parent) {
            names.push((name.to_owned(), kind));
        }
    }

    /// Returns a path without the links in it, as its bytes.
    fn resolved<'a>(&self, path: &'a Path) -> Cow<'a, [u8]> {
        let bytes = path.as_os_str().as_encoded_bytes();
        let bytes = bytes.strip_suffix(b"/").unwrap_or(bytes);
        if !self.links || self.entries.contains_key(bytes) && !self.is_link(bytes) {
            return Cow::Borrowed(bytes);
        }
        let mut rest: Vec<Vec<u8>> = bytes.rsplit(|b| *b == b'/').map(<[u8]>::to_owned).collect();
        let mut at = Vec::new();
        let mut links = 0;
        while let Some(name) = rest.pop() {
            match name.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    at.truncate(split(&at).map_or(0, |(parent, _)| parent.len()));
                    continue;
                }
                _ => {}
            }
            let before = at.len();
            at.push(b'/');
            at.extend_from_slice(&name);
            if let Some(Entry::Link(target)) = self.entries.get(&at)
                && links < LINKS
            {
                links += 1;
                at.truncate(if target.starts_with(b"/") { 0 } else { before });
                rest.extend(target.rsplit(|b| *b == b'/').map(<[u8]>::to_owned));
            }
        }
        Cow::Owned(at)
    }

    fn is_link(&self, path: &[u8]) -> bool {
        matches!(self.entries.get(path), Some(Entry::Link(_)))
    }

    /// Says why there is nothing at a path, by the folders above it.
    fn missing(&self, path: &[u8]) -> Reading<()> {
        let mut above = path;
        while let Some((parent, _)) = split(above) {
            match self.entries.get(parent) {
                Some(Entry::Denied) => return Reading::Denied,
                Some(Entry::Vanished) => return Reading::Vanished,
                _ => above = parent,
            }
        }
        Reading::Absent
    }
}

impl Tree for Capture {
    fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()> {
        out.clear();
        let path = self.resolved(path);
        match self.entries.get(&*path) {
            Some(Entry::File(range)) => {
                unescape_lines(self.source.get(range.clone()).unwrap_or_default(), out);
                Reading::Known(())
            }
            Some(Entry::Denied) => Reading::Denied,
            Some(Entry::Vanished) => Reading::Vanished,
            Some(Entry::Broken) => Reading::malformed(b"it could not be read when it was captured"),
            Some(Entry::Unread) => Reading::malformed(b"it was not read when the host was captured"),
            Some(Entry::Link(_)) | None => self.missing(&path),
        }
    }

    fn list(&self, path: &Path, each: &mut dyn FnMut(&[u8], Kind)) -> Reading<()> {
        let path = self.resolved(path);
        match self.entries.get(&*path) {
            Some(Entry::Denied) => return Reading::Denied,
            Some(Entry::Vanished) => return Reading::Vanished,
            Some(Entry::Broken) => return Reading::malformed(b"it could not be listed when it was captured"),
            _ => {}
        }
        let Some(names) = self.folders.get(&*path) else { return self.missing(&path) };
        for (name, kind) in names {
            each(name, *kind);
        }
        Reading::Known(())
    }

    fn link(&self, path: &Path) -> Reading<Vec<u8>> {
        match self.entries.get(path.as_os_str().as_encoded_bytes()) {
            Some(Entry::Link(target)) => Reading::Known(target.clone()),
            Some(Entry::Denied) => Reading::Denied,
            _ => Reading::Absent,
        }
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

/// Splits a path into its folder and its name; the root's own path is empty here.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let slash = memchr::memrchr(b'/', path)?;
    let (parent, name) = path.split_at_checked(slash)?;
    Some((parent, name.get(1..)?))
}

/// Undoes the escapes of a file's contents.
fn unescape_lines(contents: &[u8], out: &mut Vec<u8>) {
    let mut rest = contents;
    while let Some(at) = memchr(b'\\', rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = match from {
            // The end of the file without a line feed.
            [b'\\', b'\n', after @ ..] => after,
            [b'\\'] => &[],
            _ => unescape_one(from, out),
        };
    }
    out.extend_from_slice(rest);
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = unescape_one(from, &mut out);
    }
    out.extend_from_slice(rest);
    out
}

/// Undoes the escape that `text` starts with; returns what follows it.
fn unescape_one<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    match text {
        [b'\\', b'\\', after @ ..] => {
            out.push(b'\\');
            after
        }
        [b'\\', b'x', high, low, after @ ..] => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                after
            }
            _ => {
                out.push(b'\\');
                text.get(1..).unwrap_or_default()
            }
        },
        _ => {
            out.push(b'\\');
            text.get(1..).unwrap_or_default()
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Escapes a file's contents, so that [`Capture`] reads the same bytes again.
pub(super) fn escape_lines(contents: &[u8], out: &mut Vec<u8>) {
    for line in contents.split_inclusive(|b| *b == b'\n') {
        // Nothing but a heading may look like one.
        let line = match line.strip_prefix(b"/") {
            Some(rest) if rest.starts_with(b"/") => {
                escape_byte(b'/', out);
                rest
            }
            _ => line,
        };
        for chunk in line.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c == '\n' { out.push(b'\n') } else { escape(c, out) }
            }
            for byte in chunk.invalid() {
                escape_byte(*byte, out);
            }
        }
    }
    if contents.last().is_some_and(|last| *last != b'\n') {
        out.extend_from_slice(b"\\\n");
    }
}

/// Escapes a path for a heading.
pub(super) fn escape_path(path: &[u8], out: &mut Vec<u8>) {
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == ' ' { escape_byte(b' ', out) } else { escape(c, out) }
        }
        for byte in chunk.invalid() {
            escape_byte(*byte, out);
        }
    }
}

fn escape(c: char, out: &mut Vec<u8>) {
    let mut room = [0; 4];
    let bytes = c.encode_utf8(&mut room).as_bytes();
    if c == '\\' {
        out.extend_from_slice(b"\\\\");
    } else if c == '\t' || !matches!(visible(bytes), Cow::Owned(_)) {
        out.extend_from_slice(bytes);
    } else {
        bytes.iter().for_each(|byte| escape_byte(*byte, out));
    }
}

fn escape_byte(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::{
        super::{names, path_of, read},
        *,
    };

    const HOST: &[u8] = b"//! oomkit-capture 1\n\
        Invented.\n\
        //- /proc/meminfo\n\
        MemTotal:       16314552 kB\n\
        //- /proc/7/cmdline\n\
        nginx\\x00-g\\x00\\\n\
        //- /proc/7/mountinfo\n\
        30 23 0:26 / /mnt/a\\040b rw - tmpfs tmpfs rw\n\
        \n\
        //- /proc/8/smaps_rollup denied\n\
        //- /proc/9/ vanished\n\
        //- /proc/empty\n\
        //- /proc/self -> 7\n\
        //- /sys/fs/cgroup/a\\x20b/\n\
        //- /sys/secret/ denied\n\
        //- /var/log/x.log unread";

    #[test]
    fn a_capture_reads_like_a_host() {
        let host = Capture::new(HOST.to_vec()).unwrap();
        for (path, expected) in [
            ("/proc/meminfo", Reading::Known(&b"MemTotal:       16314552 kB\n"[..])),
            ("/proc/7/cmdline", Reading::Known(b"nginx\0-g\0")),
            ("/proc/self/cmdline", Reading::Known(b"nginx\0-g\0")),
            ("/proc/self/../7/./cmdline", Reading::Known(b"nginx\0-g\0")),
            ("/proc/7/mountinfo", Reading::Known(b"30 23 0:26 / /mnt/a\\040b rw - tmpfs tmpfs rw\n\n")),
            ("/proc/empty", Reading::Known(b"")),
            ("/proc/8/smaps_rollup", Reading::Denied),
            ("/proc/9/status", Reading::Vanished),
            ("/proc/10/status", Reading::Absent),
            ("/sys/secret/deep/file", Reading::Denied),
            ("/proc/7", Reading::Absent),
        ] {
            assert_eq!(read(&host, path), expected.map(<[u8]>::to_vec), "{path}");
        }
        assert!(matches!(read(&host, "/var/log/x.log"), Reading::Malformed(_)));
        let listed = |path| {
            names(&host, path).map(|names| {
                let shown = names.iter().map(|(name, kind)| format!("{} {kind:?}", visible(name)));
                shown.collect::<Vec<_>>().join(", ")
            })
        };
        for (path, expected) in [
            ("/", Reading::Known("proc Folder, sys Folder, var Folder")),
            ("/proc", Reading::Known("7 Folder, 8 Folder, 9 Folder, empty File, meminfo File, self Link")),
            ("/proc/self", Reading::Known("cmdline File, mountinfo File")),
            ("/proc/9", Reading::Vanished),
            ("/sys/fs/cgroup", Reading::Known("a b Folder")),
            ("/sys/fs/cgroup/a b", Reading::Known("")),
            ("/sys/secret", Reading::Denied),
            ("/nowhere", Reading::Absent),
        ] {
            assert_eq!(listed(path), expected.map(str::to_owned), "{path}");
        }
        assert_eq!(host.link(Path::new("/proc/self")), Reading::Known(b"7".to_vec()));
    }

    #[test]
    fn every_byte_survives() {
        let all: Vec<u8> = (0..=255).cycle().take(700).collect();
        let contents = [
            &b""[..],
            b"\n",
            b"x",
            b"//- /etc/passwd\n//! x\n",
            b"a\\",
            b"a\\\n",
            b"\\x41\\\\\n\\",
            "\u{202e}\u{e9}\n".as_bytes(),
            &all,
        ];
        for contents in contents {
            let mut text = b"//- ".to_vec();
            escape_path(b"/a b\\\n\xff/\xc3\xa9", &mut text);
            text.push(b'\n');
            escape_lines(contents, &mut text);
            text.extend_from_slice(b"//- /after\n");
            let host = Capture::new(text.clone()).unwrap();
            let path: &[u8] = b"/a b\\\n\xff/\xc3\xa9";
            let mut out = Vec::new();
            assert_eq!(host.read(path_of(path), &mut out), Reading::Known(()), "{}", visible(&text));
            assert_eq!(out, contents, "{}", visible(&text));
            assert_eq!(read(&host, "/after"), Reading::Known(Vec::new()));
        }
    }

    #[test]
    fn what_is_no_capture_is_refused_by_line() {
        for (text, said) in [
            ("", "line 1: there is no heading; this is no capture"),
            ("hello\nworld\n", "line 1: there is no heading; this is no capture"),
            ("//! oomkit-capture 2\n", "line 1: the capture is of a newer form; use a newer oomkit"),
            ("//- /a\nx\n//- b\n", "line 3: the path b has to be absolute and plain"),
            ("//- /a forbidden\n", "line 1: `forbidden` is no word for a file"),
        ] {
            assert_eq!(Capture::new(text.into()).unwrap_err().to_string(), said);
        }
        let looping = Capture::new(b"//- /a -> b\n//- /b -> a\n//- /c -> /c/d\n".to_vec()).unwrap();
        for path in ["/a", "/b/x", "/c"] {
            assert_eq!(read(&looping, path), Reading::Absent, "{path}");
        }
    }
}
