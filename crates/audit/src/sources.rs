//! Sources: which formats can be read, and which of them a file is written in.
//!
//! A source is a file here and a line in the table below.  It fills the model and never judges.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashSet},
};

use crate::{
    dialect::Dialect,
    model::{FileId, LimitModel, Place, ProblemKind},
    yaml::{Document, Mark, Stream},
};

/// Declares the module of every source, and the dialect that it reads.
macro_rules! sources {
    ($($variant:ident = $module:ident;)+) => {
        $(mod $module;)+

        impl Dialect {
            pub(crate) const fn source(self) -> &'static Source {
                match self {
                    $(Self::$variant => &$module::SOURCE,)+
                }
            }
        }
    };
}

mod command_line;

sources! {
    Kubernetes = kubernetes;
    Compose = compose;
    Systemd = systemd;
    Quadlet = quadlet;
    Nomad = nomad;
    Ecs = ecs;
    Live = live;
    History = history;
}

pub(crate) use live::read as read_host;

/// How a format is recognized and read.
pub(crate) struct Source {
    /// Words one of which each file of this format has; others are not even parsed.
    pub(crate) words: &'static [&'static str],
    /// The ends of the names of its files; in a folder others are not even opened.
    pub(crate) extensions: &'static [&'static str],
    /// Whether the format is YAML or JSON.
    pub(crate) yaml: bool,
    /// Tells whether a file is of this format.
    pub(crate) claims: fn(&Input<'_>) -> bool,
    /// Reads a file into the model.
    pub(crate) read: fn(&Input<'_>, &mut LimitModel),
    /// Completes the model when all files are read.
    pub(crate) settle: fn(&mut LimitModel),
}

/// A file as a source sees it.
pub(crate) struct Input<'a> {
    /// The file.
    pub(crate) file: FileId,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its text.
    pub(crate) text: &'a str,
    /// Its documents, if it is YAML.
    pub(crate) yaml: &'a Stream<'a>,
    /// The files around it.
    pub(crate) around: &'a dyn Surroundings,
    /// Where its placeholders stand, once somebody asked.
    pub(crate) placeholders: OnceCell<HashSet<(u32, u32)>>,
}

/// The files around the one that is read, such as those that it includes.
pub trait Surroundings {
    /// Returns the bytes of a file; `None` where it cannot be read.
    fn read(&self, name: &str) -> Option<Vec<u8>>;
    /// Returns the names of the files of a folder, in order; none where it cannot be read.
    fn list(&self, folder: &str) -> Vec<String>;
    /// Tells whether a file is going to be read for its own sake, or was.
    fn is_input(&self, name: &str) -> bool;
}

/// No files around: what is read stands alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Surroundings for Alone {
    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn list(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn is_input(&self, _: &str) -> bool {
        false
    }
}

impl Input<'_> {
    /// Returns a place in the file.
    pub(crate) const fn place(&self, mark: Mark) -> Place {
        Place { file: self.file, mark, scope: None }
    }

    /// Returns the last part of the file's name.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }

    /// Returns the documents that could be read.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document<'_>> {
        self.yaml.documents.iter().filter(|document| document.trouble.is_none())
    }

    /// Tells whether what stands here is a placeholder of a template, as in `{{ .Values.memory }}`.
    pub(crate) fn is_placeholder(&self, mark: Mark) -> bool {
        self.placeholders.get_or_init(|| placeholders(self.text)).contains(&(mark.line, mark.column))
    }
}

/// Returns the lines and columns of all placeholders.
///
/// Looked for once: a large file has too many values to look for each of them.
fn placeholders(text: &str) -> HashSet<(u32, u32)> {
    let mut found = HashSet::new();
    if memchr::memmem::find(text.as_bytes(), b"{{").is_none() {
        return found;
    }
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| text.contains("{{")) {
        let letters = text.chars().zip(text.chars().skip(1));
        found.extend(
            (1..).zip(letters).filter(|(_, pair)| *pair == ('{', '{')).map(|(column, _)| (line, column)),
        );
    }
    found
}

/// Returns which format a file is written in, if any.
pub(crate) fn dialect_of(input: &Input<'_>) -> Option<Dialect> {
    Dialect::ALL.iter().copied().find(|dialect| {
        let source = dialect.source();
        has_word(source, input.text) && (source.claims)(input)
    })
}

/// Tells whether a text may be of a format, by its words.
fn has_word(source: &Source, text: &str) -> bool {
    source.words.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
}

/// Tells whether a file may be of one of the formats, by its name.
#[must_use]
pub fn is_candidate(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut extensions = Dialect::ALL.iter().flat_map(|dialect| dialect.source().extensions);
    extensions.any(|extension| name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.')))
}

/// Tells whether a text is worth being parsed as YAML.
pub(crate) fn may_be_yaml(text: &str) -> bool {
    !nomad::is_hcl(text)
        && Dialect::ALL
            .iter()
            .map(|dialect| dialect.source())
            .any(|source| source.yaml && has_word(source, text))
}

/// Notes what is wrong with the documents of a file, whatever its format.
pub(crate) fn note_troubles(input: &Input<'_>, model: &mut LimitModel) {
    let lines: Vec<&str> = input.text.lines().collect();
    let starts: BTreeSet<u32> = input.yaml.documents.iter().map(|document| document.start.line).collect();
    for document in &input.yaml.documents {
        if let Some(trouble) = &document.trouble {
            let place = input.place(trouble.at);
            let next = starts.range(document.start.line + 1..).next().copied();
            if is_template(&lines, document.start.line, next) {
                let what = "this is a template, which is no YAML before it is rendered; it was not read";
                model.complain(place, ProblemKind::Template, what);
            } else {
                let what = format!("the document cannot be read: {}", trouble.what);
                model.complain(place, ProblemKind::Broken, what);
            }
        }
        for duplicate in &document.duplicates {
            let what = format!(
                "the key {:?} stands twice; the last one counts, or all of it is refused",
                duplicate.key
            );
            let first = input.place(duplicate.first);
            model.complain(input.place(duplicate.again), ProblemKind::Duplicate(first), what);
        }
        if document.is_exhausted() && document.trouble.is_none() {
            let what = "aliases lead to more than can be followed; a part was not read";
            model.complain(input.place(document.start), ProblemKind::Exhausted, what);
        }
    }
}

/// Tells whether a document has a placeholder.
fn is_template(lines: &[&str], from: u32, to: Option<u32>) -> bool {
    let from = usize::try_from(from).unwrap_or(0).saturating_sub(1);
    let to =
        to.and_then(|line| usize::try_from(line).ok()).map_or(lines.len(), |line| line.saturating_sub(1));
    lines.get(from..to.min(lines.len())).unwrap_or(lines).iter().any(|line| line.contains("{{"))
}
