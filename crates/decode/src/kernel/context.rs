//! Other trouble in the same log: lines that are no part of a report and help to read one.
//!
//! A line is known by how it begins and by the words that must follow, so that a program which
//! merely quotes one does not count.

use oomkit_core::ident::text as lossless;

use super::fields::split_once;
use crate::record::WallStamp;
use crate::report::ContextKind;

pub mod boot;

mod bmc;
mod crash;
mod disk;
mod fault;
mod filesystem;
mod hardware;
mod locks;
mod memory;
mod service;

pub use service::read_program;

/// The longest subject or detail that is kept.
const LONGEST: usize = 160;

/// What a line of trouble tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// What kind of trouble it is.
    pub kind: ContextKind,
    /// Whom it befell.
    pub subject: Option<String>,
    /// What the line tells beyond that.
    pub detail: Option<String>,
    /// The line's own stamp, where it has one that no wrapping knows.
    pub wall: Option<WallStamp<'static>>,
    /// Whether the line goes on with what another one has told, as the last line of a panic does.
    pub goes_on: bool,
    /// Whether people write so as well; such a line counts only with a stamp before it.
    pub plain_words: bool,
}

impl Trouble {
    fn of(kind: ContextKind) -> Self {
        Self { kind, subject: None, detail: None, wall: None, goes_on: false, plain_words: false }
    }

    fn about(mut self, subject: &[u8]) -> Self {
        self.subject = words(subject);
        self
    }

    fn with(mut self, detail: &[u8]) -> Self {
        self.detail = words(detail);
        self
    }

    const fn going_on(mut self) -> Self {
        self.goes_on = true;
        self
    }

    const fn in_plain_words(mut self) -> Self {
        self.plain_words = true;
        self
    }
}

/// Returns a text worth keeping, cut where it is endless.
fn words(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    let text = text.get(..LONGEST).unwrap_or(text);
    (!text.is_empty()).then(|| lossless(text).into_owned())
}

/// Returns a text up to the first of some marks.
fn until<'a>(text: &'a [u8], marks: &[&str]) -> &'a [u8] {
    let ends = marks.iter().filter_map(|mark| memchr::memmem::find(text, mark.as_bytes()));
    ends.min().and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Returns what stands in the first brackets of this kind.
fn between<'a>(text: &'a [u8], open: &str, close: &str) -> Option<&'a [u8]> {
    let (_, rest) = split_once(text, open.as_bytes())?;
    split_once(rest, close.as_bytes()).map(|(inside, _)| inside)
}

/// Tells whether a text has a part.
fn has(text: &[u8], part: &str) -> bool {
    memchr::memmem::find(text, part.as_bytes()).is_some()
}

/// Returns a text without a word that some kernels put before it.
fn after_any<'a>(text: &'a [u8], starts: &[&str]) -> &'a [u8] {
    starts.iter().find_map(|start| text.strip_prefix(start.as_bytes())).unwrap_or(text)
}

/// Reads a line of the kernel; `None` where it tells of no trouble.
#[must_use]
pub fn read(text: &[u8]) -> Option<Trouble> {
    let text = text.trim_ascii();
    // The shortest line that any of these readers knows is longer.
    if text.len() < 12 {
        return None;
    }
    locks::read(text)
        .or_else(|| memory::read(text))
        .or_else(|| crash::read(text))
        .or_else(|| disk::read(text))
        .or_else(|| filesystem::read(text))
        .or_else(|| hardware::read(text))
        .or_else(|| boot::read_trouble(text))
        .or_else(|| bmc::read(text))
        .or_else(|| fault::read(text))
        .or_else(|| read_tagged(text))
}

/// Reads a line that a program wrote into the kernel's log, with its own name before it.
#[must_use]
pub fn read_tagged(text: &[u8]) -> Option<Trouble> {
    let (tag, rest) = split_once(text, b": ")?;
    let (_, pid) = split_once(tag, b"[")?;
    let pid = pid.strip_suffix(b"]")?;
    let is_pid = !pid.is_empty() && pid.iter().all(u8::is_ascii_digit);
    if is_pid { read_program(tag, rest) } else { None }
}

/// Returns a program's name without its folder and process id.
pub(super) fn program_name(program: &[u8]) -> &[u8] {
    let name = program.rsplit(|b| *b == b'/').next().unwrap_or(program);
    name.split(|b| *b == b'[').next().unwrap_or(name).trim_ascii()
}

#[cfg(test)]
pub(crate) mod specimens;

#[cfg(test)]
mod tests;
