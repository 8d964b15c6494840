//! Journals of systemd: the running host's, and binary journal files of any host.
//!
//! Whatever the way of reading, the bytes that go on are those of `journalctl -o export`.

#[cfg(feature = "journal-file")]
mod file;
mod program;

use std::{ffi::OsString, path::Path};

use jiff::{SignedDuration, Timestamp};

use super::{Reader, plan::shown};
use crate::failure::Failure;

/// The fields and values of which one must be in an entry: the kernel's words, and those of the
/// killers in user space.
const WANTED: [(&str, &str); 6] = [
    ("_TRANSPORT", "kernel"),
    ("SYSLOG_IDENTIFIER", "systemd-oomd"),
    ("SYSLOG_IDENTIFIER", "earlyoom"),
    ("SYSLOG_IDENTIFIER", "nohang"),
    ("SYSLOG_IDENTIFIER", "kubelet"),
    ("SYSLOG_IDENTIFIER", "systemd"),
];

/// A report takes a moment to be printed; one that begins inside the span must be whole.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// The span of time that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first moment.
    pub(crate) since: Option<Timestamp>,
    /// The last moment.
    pub(crate) until: Option<Timestamp>,
}

impl Span {
    /// Returns the span in which entries may belong to a report of this span.
    fn widened(self) -> Self {
        Self {
            since: self.since.map(|since| since.checked_sub(MARGIN).unwrap_or(since)),
            until: self.until.map(|until| until.checked_add(MARGIN).unwrap_or(until)),
        }
    }
}

/// Reads the journal of the running host; with `follow`, waits for more.
pub(crate) fn live(reader: &mut Reader<'_>, span: Span, follow: bool) -> Result<(), Failure> {
    program::read(reader, "journal", &[], span.widened(), follow)
}

/// Reads the journals in one folder, merged by time.
pub(super) fn folder(reader: &mut Reader<'_>, path: &Path, span: Span) -> Result<(), Failure> {
    let name = shown(path);
    let span = span.widened();
    reader.terminal.detail(&format!("reading the journals in {name}"));
    #[cfg(feature = "journal-file")]
    match file::read(reader, &name, path, span)? {
        None => return Ok(()),
        Some(failure) => fall_back(reader, &failure),
    }
    program::read(reader, &name, &["--directory".into(), path.into()], span, false)
}

/// Reads one journal file.
pub(super) fn file(reader: &mut Reader<'_>, path: &Path, span: Span) -> Result<(), Failure> {
    let name = shown(path);
    let span = span.widened();
    reader.terminal.detail(&format!("reading the journal {name}"));
    #[cfg(feature = "journal-file")]
    match file::read_one(reader, &name, path, span)? {
        None => return Ok(()),
        Some(failure) => fall_back(reader, &failure),
    }
    let mut option = OsString::from("--file=");
    option.push(path);
    program::read(reader, &name, &[option], span, false)
}

#[cfg(feature = "journal-file")]
fn fall_back(reader: &Reader<'_>, failure: &Failure) {
    reader.terminal.detail(&format!("{}; trying journalctl", failure.line()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_leaves_room_for_whole_reports() {
        let noon: Timestamp = "2022-05-10T12:00:00Z".parse().unwrap();
        let widened = Span { since: Some(noon), until: None }.widened();
        assert_eq!(widened, Span { since: "2022-05-10T11:58:00Z".parse().ok(), until: None });
    }
}
