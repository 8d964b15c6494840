//! Binary journals read in-process, and written out again in the export format.

use std::{
    env,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use jiff::Timestamp;
use sdjournal::{EntryRef, Journal, JournalConfig, SdJournalError};

use super::{Span, WANTED};
use crate::{
    failure::Failure,
    input::{BLOCK, Reader},
};

/// After so many damaged entries, a journal is given up.
const PATIENCE: u32 = 1000;

/// Reads the journals in `folder`; returns why not, where nothing was read.
pub(super) fn read(
    reader: &mut Reader<'_>,
    name: &str,
    folder: &Path,
    span: Span,
) -> Result<Option<Failure>, Failure> {
    // A journal that was not closed, as after a crash, is the one with the last words in it.
    let config = JournalConfig { include_journal_tilde: true, ..JournalConfig::default() };
    let unread = |error: &SdJournalError| Some(Failure::input(format!("cannot read {name}")).because(error));
    let journal = match Journal::open_dir_with_config(folder, config) {
        Ok(journal) => journal,
        Err(error) => return Ok(unread(&error)),
    };
    let mut query = journal.query();
    for (field, value) in WANTED {
        // The library's docs have it the other way round: terms of one group must all match, and
        // one of the groups must.
        query.or_group(|all| {
            all.match_exact(field, value.as_bytes());
        });
    }
    if let Some(since) = span.since.and_then(micros) {
        query.since_realtime(since);
    }
    if let Some(until) = span.until.and_then(micros) {
        query.until_realtime(until);
    }
    match query.iter() {
        Ok(entries) => emit(reader, name, entries),
        Err(error) => Ok(unread(&error)),
    }
}

/// Reads one journal file; returns why not, where nothing was read.
pub(super) fn read_one(
    reader: &mut Reader<'_>,
    name: &str,
    file: &Path,
    span: Span,
) -> Result<Option<Failure>, Failure> {
    // The library opens folders only, and skips links in them.
    match Lodging::with(file) {
        Ok(lodging) => read(reader, name, &lodging.0, span),
        Err(error) => Ok(Some(Failure::input(format!("cannot read {name}")).because(&error))),
    }
}

fn micros(moment: Timestamp) -> Option<u64> {
    u64::try_from(moment.as_microsecond()).ok()
}

fn emit(
    reader: &mut Reader<'_>,
    name: &str,
    entries: impl Iterator<Item = sdjournal::Result<EntryRef>>,
) -> Result<Option<Failure>, Failure> {
    let mut block = Vec::with_capacity(BLOCK);
    let mut damage: Option<(u64, SdJournalError)> = None;
    let (mut count, mut damaged) = (0_u64, 0_u32);
    for entry in entries {
        match entry {
            Ok(entry) => {
                if count == 0 {
                    reader.sink.begin(name, None)?;
                }
                count += 1;
                export(&entry, &mut block);
                if BLOCK / 2 <= block.len() {
                    hand_on(reader, &mut block)?;
                }
            }
            Err(error) => {
                damage.get_or_insert((count, error));
                damaged += 1;
                if PATIENCE <= damaged {
                    break;
                }
            }
        }
    }
    let trouble = damage.map(|(after, error)| {
        Failure::input(format!("cannot read {name} whole: damage after {after} entries")).because(&error)
    });
    if count == 0 {
        // Another reader may know what this one does not.
        if trouble.is_some() {
            return Ok(trouble);
        }
        reader.sink.begin(name, None)?;
    }
    hand_on(reader, &mut block)?;
    reader.sink.end(trouble)?;
    Ok(None)
}

fn hand_on(reader: &mut Reader<'_>, block: &mut Vec<u8>) -> Result<(), Failure> {
    for part in block.chunks(BLOCK) {
        reader.sink.feed(part)?;
    }
    block.clear();
    Ok(())
}

/// Writes one entry in the export format of systemd.
fn export(entry: &EntryRef, out: &mut Vec<u8>) {
    let boot: String = entry.boot_id().iter().map(|byte| format!("{byte:02x}")).collect();
    field("__REALTIME_TIMESTAMP", entry.realtime_usec().to_string().as_bytes(), out);
    field("__MONOTONIC_TIMESTAMP", entry.monotonic_usec().to_string().as_bytes(), out);
    if entry.get("_BOOT_ID").is_none() {
        field("_BOOT_ID", boot.as_bytes(), out);
    }
    for (name, value) in entry.iter_fields() {
        field(name, value, out);
    }
    out.push(b'\n');
}

fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    // As in systemd: whatever is no printable UTF-8 text of one line goes with its length.
    let plain =
        std::str::from_utf8(value).is_ok_and(|text| !text.chars().any(|c| c != '\t' && c.is_control()));
    if plain {
        out.push(b'=');
    } else {
        out.push(b'\n');
        out.extend_from_slice(&(value.len() as u64).to_le_bytes());
    }
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// A folder that holds a single journal, for as long as it is read.
struct Lodging(PathBuf);

impl Lodging {
    fn with(file: &Path) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let lodging = loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let place = env::temp_dir().join(format!("oomkit-{}-{number}", process::id()));
            // A journal is often for root's eyes only, and so is its copy. A folder that exists
            // already is not ours and is not touched.
            match DirBuilder::new().mode(0o700).create(&place) {
                Ok(()) => break Self(place),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {}
                Err(error) => return Err(error),
            }
        };
        let inside = lodging.0.join("system.journal");
        let file = fs::canonicalize(file)?;
        // Another file system, or a kernel that protects links, leaves only the copy.
        fs::hard_link(&file, &inside).or_else(|_| fs::copy(&file, &inside).map(drop))?;
        Ok(lodging)
    }
}

impl Drop for Lodging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::testing::{Memory, quiet};

    #[test]
    fn values_of_several_lines_go_with_their_length() {
        let mut out = Vec::new();
        field("MESSAGE", b"one line\tof text", &mut out);
        field("MESSAGE", b"two\nlines", &mut out);
        field("MESSAGE", b"\xff", &mut out);
        assert_eq!(
            out,
            b"MESSAGE=one line\tof text\nMESSAGE\n\x09\0\0\0\0\0\0\0two\nlines\nMESSAGE\n\x01\0\0\0\0\0\0\0\xff\n"
        );
    }

    /// Reads the sample, cut to so many bytes; returns the messages and the trouble.
    fn messages(length: usize) -> (Vec<String>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any name");
        // Made by systemd-journal-remote 252 from five entries, one of them by cron.
        let mut journal = zstd::decode_all(&include_bytes!("sample.journal.zst")[..]).unwrap();
        journal.truncate(length);
        fs::write(&path, journal).unwrap();
        let mut memory = Memory::default();
        let terminal = quiet();
        let unread = read_one(&mut Reader::new(&mut memory, &terminal), "j", &path, Span::default()).unwrap();
        let text: Vec<u8> = memory.seen.iter().flat_map(|seen| seen.bytes.clone()).collect();
        let text = String::from_utf8_lossy(&text).into_owned();
        let after = text.split("\nMESSAGE").skip(1).map(|rest| rest.chars().skip(1).take(16).collect());
        (after.collect(), unread.map(|failure| failure.line()))
    }

    #[test]
    fn the_kernel_and_the_killers_are_read_from_a_file_and_nobody_else() {
        let expected =
            ["java invoked oom", ",\0\0\0\0\0\0\0active_a", "Killed /foo.slic", "Memory cgroup ou"]
                .map(str::to_owned);
        assert_eq!(messages(usize::MAX), (expected.to_vec(), None));
    }

    #[test]
    fn a_journal_that_cannot_be_read_is_left_to_others() {
        let (messages, unread) = messages(100_000);
        assert!(messages.is_empty() && unread.is_some_and(|unread| unread.starts_with("cannot read j: ")));
    }

    #[test]
    fn a_lodging_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        fs::write(&file, "journal").unwrap();
        let lodging = Lodging::with(&file).unwrap();
        let place = lodging.0.clone();
        assert_eq!(fs::read(place.join("system.journal")).unwrap(), b"journal");
        drop(lodging);
        assert!(!place.exists() && file.exists());
    }
}
