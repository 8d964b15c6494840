//! Runtimes: what commands and environments say about heaps and caches.
//!
//! A runtime is a file here; it knows a program's words and nothing of formats or rules.

pub(crate) mod caches;
pub(crate) mod dotnet;
pub(crate) mod go;
pub(crate) mod jvm;
pub(crate) mod node;

use crate::model::{Place, Program};

/// Something that a program is told, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found<T> {
    /// What it is told.
    pub(crate) value: T,
    /// How that is spelled, with its option.
    pub(crate) spelled: String,
    /// Where.
    pub(crate) place: Place,
}

impl Program {
    /// Tells whether a command line starts one of these programs, by itself or through a shell.
    pub(crate) fn starts(&self, names: &[&str]) -> bool {
        self.tokens().any(|(word, _)| {
            let name = word.rsplit('/').next().unwrap_or(word);
            names.contains(&name)
        })
    }

    /// Returns the words of the command line; what a shell is told as one text is split at spaces.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = (&str, Place)> {
        self.words.iter().flat_map(|word| word.value.split_whitespace().map(|part| (part, word.place)))
    }

    /// Returns the value of an option given as `--name=value`, as `--name value` or as `-n value`; of
    /// several the last counts.
    pub(crate) fn option(&self, names: &[&str]) -> Option<Found<String>> {
        let tokens: Vec<(&str, Place)> = self.tokens().collect();
        let mut found = None;
        for (at, (token, place)) in tokens.iter().enumerate() {
            for name in names {
                let Some(rest) = token.strip_prefix(name) else { continue };
                let value = match rest.strip_prefix('=') {
                    Some(value) => Some((value, *place)),
                    None if rest.is_empty() => tokens.get(at + 1).copied(),
                    None => None,
                };
                if let Some((value, place)) = value {
                    let value = unquoted(value);
                    let spelled = format!("{name} {value}");
                    found = Some(Found { value: value.to_owned(), spelled, place });
                }
            }
        }
        found
    }

    /// Tells whether the image is one of these, by the parts of its name.
    pub(crate) fn is_image(&self, names: &[&str]) -> bool {
        self.image_name().is_some_and(|image| {
            let mut parts = image.split(['-', '_', '.']);
            parts.any(|part| names.contains(&part))
        })
    }
}

/// Takes off the quotes that a shell would take off.
pub(crate) fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\'', ';'])
}
