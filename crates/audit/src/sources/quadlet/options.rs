//! Options of `podman run` as they stand in `PodmanArgs=`, each with its place.

use crate::{model::Assignment, sources::command_line, yaml::Mark};

/// An option with its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// Its long name without dashes.
    pub(super) name: &'static str,
    /// Its value; empty for one that takes none.
    pub(super) value: String,
    /// Where the value stands.
    pub(super) at: Mark,
}

/// Options about memory; of these only the first letters stand for names.
const OPTIONS: &[&str] = &[
    "memory",
    "memory-swap",
    "memory-reservation",
    "memory-swappiness",
    "oom-score-adj",
    "oom-kill-disable",
    "shm-size",
    "tmpfs",
    "cgroups",
    "env",
];

/// Finds the options about memory in a line of options.
pub(super) fn find(line: &Assignment) -> Vec<Given> {
    let mut found = Vec::new();
    let mut words = command_line::split(&line.value).into_iter().peekable();
    // How far the line was looked at, so that of two like words each has its own place.
    let mut from = 0;
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word.clone(), None),
        };
        // A letter takes its value with or without a gap.
        let (name, value) = match name.strip_prefix("-m").filter(|_| !name.starts_with("--")) {
            Some("") => ("--memory".to_owned(), value),
            Some(rest) => ("--memory".to_owned(), Some(rest.to_owned())),
            None if name == "-e" => ("--env".to_owned(), value),
            None => (name, value),
        };
        let Some(name) = OPTIONS.iter().copied().find(|known| name.strip_prefix("--") == Some(known)) else {
            continue;
        };
        let takes_none = name == "oom-kill-disable";
        let value = match value {
            Some(value) => value,
            None if takes_none => String::new(),
            None => words.next().unwrap_or_default(),
        };
        let at = place(line, &word, &value, &mut from);
        found.push(Given { name, value, at });
    }
    found
}

/// Returns where a value stands behind its option; the whole line where that is not certain.
fn place(line: &Assignment, word: &str, value: &str, from: &mut usize) -> Mark {
    let found = || {
        let option = *from + line.value.get(*from..)?.find(word)?;
        // The value is part of the word or follows it.
        let inside = word.ends_with(value).then(|| word.len() - value.len());
        let start = match inside {
            Some(offset) => option + offset,
            None => option + word.len() + line.value.get(option + word.len()..)?.find(value)?,
        };
        Some((start, start + value.len()))
    };
    let Some((start, end)) = found().filter(|_| !value.is_empty()) else { return line.at };
    *from = end;
    let count =
        |text: Option<&str>| u32::try_from(text.unwrap_or_default().chars().count()).unwrap_or(u32::MAX);
    // A value that goes on in the next line has no single place.
    if line.at.width <= count(line.value.get(..start)) {
        return line.at;
    }
    Mark {
        line: line.at.line,
        column: line.at.column + count(line.value.get(..start)),
        width: count(Some(value)).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_with_their_places() {
        let value =
            "--memory-swap=1g -v /a:/b --memory 512m -m64m --oom-kill-disable --shm-size=\"1 g\" -m=1k";
        let width = u32::try_from(value.len()).expect("short");
        let at = Mark { line: 3, column: 12, width };
        let line =
            Assignment { section: "Container".into(), key: "PodmanArgs".into(), value: value.into(), at };
        let found: Vec<String> =
            find(&line).iter().map(|one| format!("{}={} {}", one.name, one.value, one.at.column)).collect();
        assert_eq!(
            found,
            [
                "memory-swap=1g 26",
                "memory=512m 47",
                "memory=64m 54",
                "oom-kill-disable= 12",
                "shm-size=1 g 12",
                "memory=1k 97",
            ]
        );
    }
}
