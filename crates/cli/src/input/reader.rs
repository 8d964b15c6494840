//! The reader: takes the sources one after the other and hands their bytes on, block by block.

use std::{
    cell::Cell,
    fs::{self, File},
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
    rc::Rc,
};

use jiff::Timestamp;
use oomkit_core::ident::visible;

use super::{
    BLOCK, Sink,
    journal::{self, Span},
    kmsg,
    magic::{self, Content},
    plan::{Plan, Source, shown},
    tar::Archive,
    unpack,
    wide::Narrowing,
};
use crate::{failure::Failure, terminal::Terminal};

/// Reads sources into a sink, with memory that does not depend on their size.
pub(crate) struct Reader<'a> {
    /// Where the bytes go.
    pub(super) sink: Narrowing<'a>,
    /// Where remarks go.
    pub(super) terminal: &'a Terminal,
    /// The one block that all sources share.
    block: Vec<u8>,
    /// Bytes read so far, before decompression.
    read: Rc<Cell<u64>>,
    /// The logs found in each folder of the plan.
    logs: Vec<u64>,
}

/// What to do with content that is no log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// It was asked for by name: feed it, or say why not.
    Named,
    /// It was found on the way: skip it.
    Found,
}

impl<'a> Reader<'a> {
    /// Starts a reader.
    pub(crate) fn new(sink: &'a mut dyn Sink, terminal: &'a Terminal) -> Self {
        Self {
            sink: Narrowing::new(sink),
            terminal,
            block: vec![0; BLOCK],
            read: Rc::default(),
            logs: Vec::new(),
        }
    }

    /// Reads all sources of a plan; what fails is told to the sink, and the others go on.
    pub(crate) fn run(&mut self, plan: Plan, span: Span) -> Result<(), Failure> {
        self.terminal.expect(plan.bytes);
        self.logs = vec![0; plan.folders.len()];
        for source in plan.sources {
            match source {
                Source::Standard => self.standard()?,
                Source::File { path, folder } => {
                    let is_log = self.file(&path, folder.map_or(Demand::Named, |_| Demand::Found), span)?;
                    self.count(folder, is_log);
                }
                Source::Journals { path, folder } => {
                    journal::folder(self, &path, span)?;
                    self.count(folder, true);
                }
                Source::Broken { name, failure } => self.broken(&name, failure)?,
            }
        }
        for (name, logs) in plan.folders.iter().zip(std::mem::take(&mut self.logs)) {
            if logs == 0 {
                let failure = Failure::input(format!("cannot read {name}")).cause("the folder holds no logs");
                self.broken(name, failure.hint("run again with -v to see what was skipped"))?;
            }
        }
        Ok(())
    }

    /// Tells the sink of an input of which nothing could be read.
    pub(super) fn broken(&mut self, name: &str, failure: Failure) -> Result<(), Failure> {
        self.sink.begin(name, None)?;
        self.sink.end(Some(failure))
    }

    fn count(&mut self, folder: Option<usize>, is_log: bool) {
        if let Some(logs) = folder.and_then(|folder| self.logs.get_mut(folder)) {
            *logs += u64::from(is_log);
        }
    }

    fn standard(&mut self) -> Result<(), Failure> {
        let modified =
            fs::metadata("/dev/stdin").ok().filter(fs::Metadata::is_file).and_then(|found| written(&found));
        let stream = Counted { inner: io::stdin().lock(), read: Rc::clone(&self.read) };
        self.stream("-", modified, BufReader::with_capacity(BLOCK, stream), Demand::Named).map(drop)
    }

    /// Reads one file; tells whether it was a log.
    fn file(&mut self, path: &Path, demand: Demand, span: Span) -> Result<bool, Failure> {
        // Read like any file, it would never end.
        if path == Path::new(kmsg::PATH) {
            return kmsg::read(self, false).map(|()| true);
        }
        let name = shown(path);
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let failure = Failure::input(format!("cannot read {name}")).because(&error);
                let denied = error.kind() == io::ErrorKind::PermissionDenied;
                self.broken(&name, if denied { failure.hint("run as root") } else { failure })?;
                return Ok(true);
            }
        };
        let counted = Counted { inner: file, read: Rc::clone(&self.read) };
        let mut stream = BufReader::with_capacity(BLOCK, counted);
        if stream.fill_buf().is_ok_and(|head| magic::sniff(head) == Content::Journal) {
            journal::file(self, path, span)?;
            return Ok(true);
        }
        self.stream(&name, written(&metadata), stream, demand)
    }

    /// Reads a stream of whatever content; tells whether it was a log.
    fn stream(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
        mut stream: impl BufRead,
        demand: Demand,
    ) -> Result<bool, Failure> {
        let (head, error) = take_head(&mut stream);
        match magic::sniff(&head) {
            Content::Packed(packing) => match unpack::unpack(packing, Cursor::new(head).chain(stream)) {
                Ok(mut unpacked) => self.unpacked(name, modified, &mut unpacked, demand),
                Err(error) => {
                    self.broken(name, Failure::input(format!("cannot read {name}")).because(&error))?;
                    Ok(true)
                }
            },
            Content::Tar => self.archive(name, &mut Cursor::new(head).chain(stream)),
            content => self.plain(name, modified, &head, content, error, &mut stream, demand),
        }
    }

    /// Reads what came out of a decoder: an archive or a log, but nothing compressed again.
    fn unpacked(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
        stream: &mut dyn Read,
        demand: Demand,
    ) -> Result<bool, Failure> {
        let (head, error) = take_head(stream);
        match magic::sniff(&head) {
            Content::Tar => self.archive(name, &mut Cursor::new(head).chain(stream)),
            content => self.plain(name, modified, &head, content, error, stream, demand),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a stream, its name, and what its first bytes told")]
    fn plain(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
        head: &[u8],
        content: Content,
        error: Option<io::Error>,
        stream: &mut dyn Read,
        demand: Demand,
    ) -> Result<bool, Failure> {
        let refused = match content {
            Content::Text => None,
            Content::Binary if demand == Demand::Named => {
                self.terminal.note(&format!("{name} looks like binary data"));
                None
            }
            Content::Binary => Some("binary data"),
            Content::Journal => Some("a binary journal inside other data"),
            Content::Packed(_) => Some("compressed more than once"),
            Content::Tar => Some("an archive inside an archive"),
            Content::Foreign(what) => Some(what),
        };
        match refused {
            Some(what) if demand == Demand::Found => {
                self.terminal.detail(&format!("skipped {name}: {what}"));
                return Ok(false);
            }
            Some(what) => {
                let failure = Failure::input(format!("cannot read {name}")).cause(format!("it is {what}"));
                self.broken(name, failure.hint("unpack it first"))?;
                return Ok(true);
            }
            None => self.terminal.detail(&format!("reading {name}")),
        }
        self.sink.begin(name, modified)?;
        self.sink.feed(head)?;
        let past = head.len() as u64;
        let trouble = match error {
            Some(error) => Some(trouble(name, past, &error)),
            None => self.pump(name, past, stream)?,
        };
        self.sink.end(trouble)?;
        Ok(true)
    }

    /// Reads the regular files of an archive, each as an input of its own.
    fn archive(&mut self, name: &str, stream: &mut dyn Read) -> Result<bool, Failure> {
        let mut archive = Archive::new(stream);
        let mut logs = false;
        loop {
            let member = match archive.next() {
                Ok(Some(member)) if member.regular => member,
                Ok(Some(_)) => continue,
                Ok(None) => break,
                Err(error) => {
                    self.broken(
                        name,
                        Failure::input(format!("cannot read {name} to its end")).because(&error),
                    )?;
                    return Ok(true);
                }
            };
            let inner = format!("{name}!{}", visible(&member.name));
            if member.size == 0 {
                continue;
            }
            let (head, error) = take_head(&mut archive);
            logs |= match magic::sniff(&head) {
                Content::Packed(packing) => {
                    let packed =
                        BufReader::with_capacity(unpack::STEP, Cursor::new(head).chain(&mut archive));
                    match unpack::unpack(packing, packed) {
                        Ok(mut unpacked) => self.member(&inner, member.modified, &mut unpacked)?,
                        Err(_) => false,
                    }
                }
                content => {
                    self.plain(&inner, member.modified, &head, content, error, &mut archive, Demand::Found)?
                }
            };
        }
        if !logs {
            let failure = Failure::input(format!("cannot read {name}")).cause("the archive holds no logs");
            self.broken(name, failure.hint("run again with -v to see what was skipped"))?;
        }
        Ok(true)
    }

    fn member(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
        stream: &mut dyn Read,
    ) -> Result<bool, Failure> {
        let (head, error) = take_head(stream);
        let content = magic::sniff(&head);
        self.plain(name, modified, &head, content, error, stream, Demand::Found)
    }

    /// Feeds a stream to its end; returns what went wrong with it.
    pub(super) fn pump(
        &mut self,
        name: &str,
        mut past: u64,
        stream: &mut dyn Read,
    ) -> Result<Option<Failure>, Failure> {
        loop {
            let (filled, error) = fill(stream, &mut self.block);
            past += filled as u64;
            if let Some(block) = self.block.get(..filled).filter(|block| !block.is_empty()) {
                self.sink.feed(block)?;
            }
            self.terminal.advance(self.read.get(), Some(self.sink.events()));
            if let Some(error) = error {
                return Ok(Some(trouble(name, past, &error)));
            }
            if filled < self.block.len() {
                return Ok(None);
            }
        }
    }
}

/// Counts what is read, for the progress line.
struct Counted<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

/// Returns when a file was last written.
pub(super) fn written(metadata: &fs::Metadata) -> Option<Timestamp> {
    Timestamp::try_from(metadata.modified().ok()?).ok()
}

fn trouble(name: &str, past: u64, error: &io::Error) -> Failure {
    let failure = Failure::input(format!("cannot read {name} past byte {past}"));
    match error.kind() {
        io::ErrorKind::UnexpectedEof => failure.cause("the data is cut off"),
        _ => failure.because(error),
    }
}

/// Takes the first bytes, enough to tell what they begin.
fn take_head(stream: &mut (impl Read + ?Sized)) -> (Vec<u8>, Option<io::Error>) {
    let mut head = vec![0; magic::HEAD];
    let (filled, error) = fill(stream, &mut head);
    head.truncate(filled);
    (head, error)
}

/// Fills `out` as far as the stream goes, in steps that lose little where the data is damaged.
fn fill(stream: &mut (impl Read + ?Sized), out: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let step = rest.len().min(unpack::STEP);
        let Some(rest) = rest.get_mut(..step) else { break };
        match stream.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

#[cfg(test)]
#[path = "reader/tests.rs"]
mod tests;
