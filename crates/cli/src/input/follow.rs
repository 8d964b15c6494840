//! Following: a file across rotation and truncation, or a pipe, for as long as it lasts.

use std::{
    fs::{self, File},
    io::{self, Read, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use super::{
    BLOCK, Reader,
    magic::{self, Content},
    plan::shown,
    reader::written,
};
use crate::failure::Failure;

/// How often a file is looked at.
pub(super) const PACE: Duration = Duration::from_millis(250);
/// After how long without a word the open event is taken for complete.
const SILENCE: Duration = Duration::from_secs(1);

/// Notices when nothing has come for a while, once for each time that something came.
#[derive(Debug, Default)]
pub(super) struct Silence {
    since: Option<Instant>,
}

impl Silence {
    /// Something came.
    pub(super) const fn broken(&mut self, now: Instant) {
        self.since = Some(now);
    }

    /// Tells, once, that the silence has lasted long enough.
    pub(super) fn lasts(&mut self, now: Instant) -> bool {
        let lasts = self.since.is_some_and(|since| SILENCE <= now.duration_since(since));
        if lasts {
            self.since = None;
        }
        lasts
    }
}

/// Follows standard input until it ends.
pub(crate) fn standard(reader: &mut Reader<'_>) -> Result<(), Failure> {
    reader.sink.begin("-", None)?;
    let trouble = stream(reader, "-", io::stdin())?;
    reader.sink.end(trouble)
}

/// Feeds a pipe until it ends, and notices its silences.
pub(super) fn stream(
    reader: &mut Reader<'_>,
    name: &str,
    mut source: impl Read + Send + 'static,
) -> Result<Option<Failure>, Failure> {
    let (sender, receiver) = mpsc::sync_channel::<io::Result<Vec<u8>>>(4);
    // A read from a pipe cannot be given a deadline, so another thread waits in it. It ends with
    // its pipe, or with the program.
    thread::spawn(move || {
        loop {
            let mut block = vec![0; BLOCK / 2];
            let message = match source.read(&mut block) {
                Ok(0) => break,
                Ok(count) => {
                    block.truncate(count);
                    Ok(block)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let last = message.is_err();
            if sender.send(message).is_err() || last {
                break;
            }
        }
    });
    let mut silence = Silence::default();
    loop {
        match receiver.recv_timeout(PACE) {
            Ok(Ok(block)) => {
                reader.sink.feed(&block)?;
                silence.broken(Instant::now());
            }
            Ok(Err(error)) => return Ok(Some(Failure::input(format!("cannot read {name}")).because(&error))),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                if silence.lasts(Instant::now()) {
                    reader.sink.flush()?;
                }
            }
        }
    }
}

/// Follows a file by its name, as `tail -F` does, for as long as `patient` says so.
pub(crate) fn file(
    reader: &mut Reader<'_>,
    path: &Path,
    patient: &mut dyn FnMut() -> bool,
) -> Result<(), Failure> {
    let name = shown(path);
    let cannot = |error: &io::Error| Failure::input(format!("cannot follow {name}")).because(error);
    let mut followed = match Followed::open(path) {
        Ok(followed) => followed,
        Err(error) => return reader.broken(&name, cannot(&error)),
    };
    reader.sink.begin(&name, followed.file.metadata().ok().as_ref().and_then(written))?;
    let mut block = vec![0; BLOCK];
    let mut silence = Silence::default();
    loop {
        match followed.read(&mut block) {
            Ok(0) => {}
            Ok(count) => {
                reader.sink.feed(block.get(..count).unwrap_or_default())?;
                silence.broken(Instant::now());
                continue;
            }
            Err(error) => return reader.sink.end(Some(cannot(&error))),
        }
        if silence.lasts(Instant::now()) {
            reader.sink.flush()?;
        }
        if !patient() {
            return reader.sink.end(None);
        }
        thread::sleep(PACE);
        if let Some(successor) = followed.successor(path, &mut block, reader)? {
            reader.sink.end(None)?;
            reader.sink.begin(&name, None)?;
            followed = successor;
        }
    }
}

/// A file that is being followed.
struct Followed {
    file: File,
    position: u64,
}

impl Followed {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::other("it is a folder, and one file at a time can be followed"));
        }
        let mut head = vec![0; magic::HEAD];
        let count = file.read(&mut head)?;
        if let Content::Text | Content::Binary = magic::sniff(head.get(..count).unwrap_or_default()) {
            file.seek(SeekFrom::Start(0))?;
            return Ok(Self { file, position: 0 });
        }
        Err(io::Error::other("only text can be followed, which this is not"))
    }

    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(block)?;
        self.position += count as u64;
        Ok(count)
    }

    /// Returns the file that has taken the place of this one, with the rest of this one fed.
    fn successor(
        &mut self,
        path: &Path,
        block: &mut [u8],
        reader: &mut Reader<'_>,
    ) -> Result<Option<Self>, Failure> {
        // Between the renaming and the creation of the next file, the name stands for nothing.
        let (Ok(named), Ok(open)) = (fs::metadata(path), self.file.metadata()) else { return Ok(None) };
        if (named.dev(), named.ino()) == (open.dev(), open.ino()) {
            if self.position <= open.len() {
                return Ok(None);
            }
            reader.terminal.note(&format!("{} was truncated; reading it from its beginning", shown(path)));
        } else {
            reader.terminal.note(&format!("{} was rotated; reading the new file", shown(path)));
            // The writer may have written to the old file until it heard of the new one.
            while let Ok(count @ 1..) = self.read(block) {
                reader.sink.feed(block.get(..count).unwrap_or_default())?;
            }
        }
        Ok(Self::open(path).ok())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write as _};

    use super::*;
    use crate::input::testing::{Memory, quiet};

    #[test]
    fn a_file_is_followed_across_truncation_and_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kern.log");
        fs::write(&path, "first\n").unwrap();
        let mut memory = Memory::default();
        let terminal = quiet();
        let mut step = 0;
        file(&mut Reader::new(&mut memory, &terminal), &path, &mut || {
            step += 1;
            match step {
                1 => OpenOptions::new().append(true).open(&path).unwrap().write_all(b"more\n").unwrap(),
                2 => fs::write(&path, "cut\n").unwrap(),
                3 => {
                    fs::rename(&path, folder.path().join("kern.log.1")).unwrap();
                    fs::write(&path, "new\n").unwrap();
                }
                _ => return false,
            }
            true
        })
        .unwrap();
        let seen: Vec<&[u8]> = memory.seen.iter().map(|seen| seen.bytes.as_slice()).collect();
        assert_eq!(seen, [&b"first\nmore\n"[..], b"cut\n", b"new\n"]);
    }

    #[test]
    fn a_silence_is_noticed_once() {
        let start = Instant::now();
        let mut silence = Silence::default();
        assert!(!silence.lasts(start + Duration::from_secs(9)));
        silence.broken(start);
        assert!(!silence.lasts(start + Duration::from_millis(900)));
        assert!(silence.lasts(start + Duration::from_millis(1000)));
        assert!(!silence.lasts(start + Duration::from_secs(5)));
    }

    #[test]
    fn a_pipe_is_fed_to_its_end() {
        let mut memory = Memory::default();
        let terminal = quiet();
        let mut reader = Reader::new(&mut memory, &terminal);
        reader.sink.begin("-", None).unwrap();
        let trouble = stream(&mut reader, "-", io::Cursor::new(vec![b'x'; 300_000])).unwrap();
        assert_eq!((trouble, memory.seen[0].bytes.len()), (None, 300_000));
    }
}
