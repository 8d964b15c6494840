//! The memory limit auditor: files in, a limit model and findings out.
//!
//! ```text
//! bytes ─► LimitModel ─► Finding ─► Finding
//!     sources       rules     suppress
//! ```
//!
//! [`Auditor`] takes files one by one and judges them together, because what one of them leaves open
//! another may settle.  It reads no files itself: what lies around a file comes in as [`Surroundings`].

pub mod dialect;
pub mod fix;
pub mod model;
pub mod policy;
pub mod quantity;
pub mod rules;
mod runtimes;
pub mod simulate;
pub mod sources;
pub mod summary;
mod suppress;
pub mod view;
pub mod yaml;

use std::{cell::OnceCell, sync::Arc};

use oomkit_core::finding::Finding;
use oomkit_host::{Host, tree::Tree};

use dialect::Dialect;
use model::{LimitModel, Place, ProblemKind};
use policy::Policy;
use sources::{Input, Surroundings};
use suppress::Remark;
use yaml::{Mark, Stream};

/// Takes files, and judges them together.
#[derive(Debug, Default)]
pub struct Auditor {
    model: LimitModel,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was read as this.
    Read(Dialect),
    /// It looks like one of the formats, and could not be read.
    Broken,
    /// It is none of the formats.
    PassedOver,
}

/// What the audit came to.
#[derive(Debug)]
pub struct Report {
    /// Everything that was read.
    pub model: LimitModel,
    /// Everything that the rules say, in the order of files and lines.
    pub findings: Vec<Finding<Place>>,
    /// What the rules would say if nobody had asked for silence about it.
    pub suppressed: Vec<Finding<Place>>,
    /// What was there before and is no worse, where somebody compared.
    pub known: Vec<Finding<Place>>,
}

impl Report {
    /// Returns why somebody asked for silence about a finding, where that was said.
    #[must_use]
    pub fn reason(&self, finding: &Finding<Place>) -> Option<&str> {
        suppress::reason(&self.model, finding)
    }
}

impl Auditor {
    /// Starts with what the project sets.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        let mut model = LimitModel::default();
        model.policy = policy;
        Self { model }
    }

    /// Takes a file.
    pub fn add(&mut self, name: &str, bytes: &[u8], around: &dyn Surroundings) -> Seen {
        let text: Arc<str> = match text(bytes) {
            Some(text) => text.into(),
            None => return self.not_text(name, bytes),
        };
        let stream = if sources::may_be_yaml(&text) { yaml::read(&text) } else { Stream::default() };
        let file = self.model.add_file(name, text.clone());
        let input = Input { file, name, text: &text, yaml: &stream, around, placeholders: OnceCell::new() };
        let dialect = sources::dialect_of(&input);
        let is_broken = stream.documents.iter().any(|document| document.trouble.is_some());
        if dialect.is_some() || is_broken {
            sources::note_troubles(&input, &mut self.model);
        }
        if let Some(known) = self.model.file_mut(file) {
            known.dialect = dialect.or(known.dialect);
            if dialect.is_none() && !is_broken && known.dialect.is_none() {
                // Nobody will quote it.
                known.text = "".into();
            }
        }
        match dialect {
            Some(dialect) => {
                (dialect.source().read)(&input, &mut self.model);
                self.note_requests(&input, dialect);
                Seen::Read(dialect)
            }
            None if is_broken => Seen::Broken,
            None => Seen::PassedOver,
        }
    }

    /// Notes the comments that ask a rule to be silent.
    fn note_requests(&mut self, input: &Input<'_>, dialect: Dialect) {
        let yaml = input.yaml.comments.iter().map(|comment| Remark {
            place: input.place(comment.at),
            text: &comment.text,
            beside: comment.beside,
        });
        let remarks: Vec<Remark<'_>> = if dialect.source().yaml && !input.yaml.documents.is_empty() {
            yaml.collect()
        } else {
            suppress::remarks(input.text, input.file)
        };
        if remarks.is_empty() {
            return;
        }
        let next = next_lines(input.text);
        for remark in remarks {
            let line = remark.place.mark.line;
            let next = next.get(line as usize).copied().unwrap_or(line);
            self.model.suppressions.extend(suppress::of_comment(remark, next));
        }
    }

    /// Notes a file that is no text, if it looks like one of the formats all the same.
    fn not_text(&mut self, name: &str, bytes: &[u8]) -> Seen {
        let lossy = String::from_utf8_lossy(bytes);
        if bytes.contains(&0) || !sources::may_be_yaml(&lossy) {
            return Seen::PassedOver;
        }
        let valid = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
        let before = lossy.get(..valid).unwrap_or_default();
        let line = u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX).saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1);
        let file = self.model.add_file(name, lossy.as_ref().into());
        let place = Place { file, mark: Mark { line, column, width: 1 }, scope: None };
        self.model.complain(place, ProblemKind::Broken, "the file is no UTF-8 and was not read");
        Seen::Broken
    }

    /// Takes a host, live or captured: its cgroups, its processes and its settings.
    ///
    /// One host is judged at a time; of several the last one's processes and settings count.
    pub fn add_host<T: Tree>(&mut self, name: &str, host: &Host<T>) {
        sources::read_host(host, name, &mut self.model);
    }

    /// Notes that a file could not be opened or read.
    pub fn unreadable(&mut self, name: &str, why: &str) {
        let file = self.model.add_file(name, "".into());
        if let Some(known) = self.model.file_mut(file) {
            known.error = Some(why.into());
        }
        let place = Place { file, mark: Mark { line: 1, column: 1, width: 1 }, scope: None };
        self.model.complain(place, ProblemKind::Broken, format!("the file cannot be read: {why}"));
    }

    /// Judges all that was taken.
    #[must_use]
    pub fn finish(mut self) -> Report {
        for dialect in Dialect::ALL {
            (dialect.source().settle)(&mut self.model);
        }
        let (findings, suppressed) = rules::judge(&mut self.model);
        Report { model: self.model, findings, suppressed, known: Vec::new() }
    }
}

/// Returns for each line the number of the next one that holds something besides a comment.
fn next_lines(text: &str) -> Vec<u32> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut next = vec![u32::MAX; lines.len() + 1];
    let mut found = u32::MAX;
    for (at, line) in lines.iter().enumerate().rev() {
        if let Some(slot) = next.get_mut(at + 1) {
            *slot = found;
        }
        if !line.is_empty() && !line.starts_with(['#', ';']) && *line != "---" {
            found = u32::try_from(at + 1).unwrap_or(u32::MAX);
        }
    }
    next
}

/// Returns the text of a file; `None` where it is none.
fn text(bytes: &[u8]) -> Option<String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit);
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        // No text has a zero in it, whatever UTF-8 says of that.
        bytes if bytes.contains(&0) => None,
        bytes => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}
