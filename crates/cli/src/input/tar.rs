//! The regular files of a tar archive: ustar, GNU long names and pax headers, read as a stream.

use std::io::{self, Read};

use jiff::Timestamp;

/// The size in which an archive counts.
const RECORD: usize = 512;
/// The longest name or pax header that is believed.
const LONGEST: u64 = 64 * 1024;

/// A header, a record of which fields are read by their places.
struct Header([u8; RECORD]);

/// What is known of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// The name in the archive.
    pub(super) name: Vec<u8>,
    /// When it was last written.
    pub(super) modified: Option<Timestamp>,
    /// The size of its content.
    pub(super) size: u64,
    /// Whether it is a regular file, stored in one piece.
    pub(super) regular: bool,
}

/// Reads an archive member by member.
pub(super) struct Archive<R> {
    stream: R,
    /// What is left of the current member, and the padding after it.
    left: u64,
    padding: u64,
}

/// Tells whether `head` begins with a header: the magic at 257, or a valid checksum for archives
/// from before POSIX.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(record) = head.first_chunk::<RECORD>() else { return false };
    let header = Header(*record);
    header.field(257, 5) == b"ustar" && header.is_sound()
}

impl<R: Read> Archive<R> {
    /// Starts at the first header.
    pub(super) const fn new(stream: R) -> Self {
        Self { stream, left: 0, padding: 0 }
    }

    /// Goes to the next member; `None` at the end of the archive.
    pub(super) fn next(&mut self) -> io::Result<Option<Member>> {
        let mut long_name = None;
        let mut pax = Pax::default();
        loop {
            self.skip()?;
            let Some(header) = self.header()? else { return Ok(None) };
            let kind = header.field(156, 1).first().copied().unwrap_or(0);
            let size = header.number(124, 12);
            match kind {
                b'L' => long_name = Some(self.text(size)?),
                b'x' => pax = Pax::read(&self.text(size)?),
                b'K' | b'g' => self.open(size),
                _ => {
                    let size = pax.size.unwrap_or(size);
                    self.open(size);
                    let name = pax.path.or(long_name).unwrap_or_else(|| header.name());
                    // Before POSIX, a folder was a file whose name ends in a slash.
                    let regular = matches!(kind, 0 | b'0' | b'7') && !name.ends_with(b"/") && !pax.sparse;
                    let seconds = i64::try_from(header.number(136, 12)).unwrap_or(0);
                    let modified = pax.mtime.or_else(|| Timestamp::from_second(seconds).ok());
                    return Ok(Some(Member { name, modified, size, regular }));
                }
            }
        }
    }

    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut record = [0; RECORD];
        // An archive that simply stops at a border lacks only its trailer, which says nothing.
        if fill(&mut self.stream, &mut record)? == 0 || record.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = Header(record);
        if header.is_sound() {
            Ok(Some(header))
        } else {
            Err(io::Error::other("a header of the archive is damaged"))
        }
    }

    fn open(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % RECORD as u64;
    }

    fn text(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if LONGEST < size {
            return Err(io::Error::other("a name in the archive is too long to be true"));
        }
        self.open(size);
        let mut text = Vec::new();
        self.read_to_end(&mut text)?;
        if text.last() == Some(&0) {
            text.pop();
        }
        Ok(text)
    }

    /// Skips what is left of the member.
    fn skip(&mut self) -> io::Result<()> {
        let rest = self.left.saturating_add(self.padding);
        let skipped = io::copy(&mut (&mut self.stream).take(rest), &mut io::sink())?;
        (self.left, self.padding) = (0, 0);
        if skipped < rest { Err(cut()) } else { Ok(()) }
    }
}

/// Reads the content of the current member.
impl<R: Read> Read for Archive<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(out.len(), |left| left.min(out.len()));
        let Some(out) = out.get_mut(..most).filter(|out| !out.is_empty()) else { return Ok(0) };
        match self.stream.read(out)? {
            0 => {
                (self.left, self.padding) = (0, 0);
                Err(cut())
            }
            count => {
                self.left -= count as u64;
                Ok(count)
            }
        }
    }
}

impl Header {
    fn field(&self, at: usize, length: usize) -> &[u8] {
        self.0.get(at..at + length).unwrap_or_default()
    }

    fn text(&self, at: usize, length: usize) -> &[u8] {
        let field = self.field(at, length);
        field.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    fn number(&self, at: usize, length: usize) -> u64 {
        let field = self.field(at, length);
        match field.split_first() {
            // GNU's way for what eleven octal digits cannot hold.
            Some((first, rest)) if first & 0x80 != 0 => {
                rest.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            _ => field
                .iter()
                .skip_while(|byte| **byte == b' ')
                .take_while(|byte| (b'0'..=b'7').contains(*byte))
                .fold(0, |number, digit| number << 3 | u64::from(digit - b'0')),
        }
    }

    fn name(&self) -> Vec<u8> {
        let (prefix, name) = (self.text(345, 155), self.text(0, 100));
        // GNU keeps other things where POSIX keeps the prefix, and marks itself by a blank.
        if prefix.is_empty() || self.field(257, 6) != b"ustar\0" {
            name.to_vec()
        } else {
            [prefix, name].join(&b'/')
        }
    }

    fn is_sound(&self) -> bool {
        let sum = |range: &[u8]| range.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        let around = sum(self.field(0, 148)) + sum(self.field(156, RECORD - 156));
        around + 8 * u64::from(b' ') == self.number(148, 8)
    }
}

/// What a pax header overrides.
#[derive(Default)]
struct Pax {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    mtime: Option<Timestamp>,
    sparse: bool,
}

impl Pax {
    /// Reads `LENGTH KEY=VALUE\n` after `LENGTH KEY=VALUE\n`; a length that lies ends the reading.
    fn read(mut text: &[u8]) -> Self {
        let mut pax = Self::default();
        while let Some((entry, rest)) = split_entry(text) {
            text = rest;
            let Some(equals) = entry.iter().position(|byte| *byte == b'=') else { continue };
            let (key, value) = (entry.get(..equals), entry.get(equals + 1..).unwrap_or_default());
            let word = std::str::from_utf8(value).unwrap_or_default();
            match key {
                Some(b"path") => pax.path = Some(value.to_vec()),
                Some(b"size") => pax.size = word.parse().ok(),
                Some(b"mtime") => {
                    let seconds = word.split('.').next().and_then(|seconds| seconds.parse().ok());
                    pax.mtime = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
                }
                Some(key) if key.starts_with(b"GNU.sparse.") => pax.sparse = true,
                _ => {}
            }
        }
        pax
    }
}

fn split_entry(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = text.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(text.get(..blank)?).ok()?.parse().ok()?;
    let entry = text.get(blank + 1..length.checked_sub(1)?)?;
    Some((entry, text.get(length..)?))
}

fn fill(stream: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match stream.read(rest) {
            Ok(0) if filled == 0 => break,
            Ok(0) => return Err(cut()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive is cut off")
}

#[cfg(test)]
#[path = "tar/tests.rs"]
pub(super) mod tests;
