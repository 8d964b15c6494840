//! Figures and names in words: what is not known is said so.

use std::{borrow::Cow, fmt::Display};

use oomkit_core::{document::Block, ident::visible, units::Bytes};

/// What stands for a value that the log does not give.
pub(super) const NOT_IN_LOG: &str = "not in the log";

/// What stands for it in the cell of a table.
pub(super) const DASH: &str = "-";

/// Returns a name that the log or the user chose, safe to show.
pub(super) fn name(name: &str) -> Cow<'_, str> {
    visible(name.as_bytes())
}

/// Returns a heading of what a reader in a hurry skips.
pub(super) fn detail(heading: &str) -> Block {
    Block::Detail(heading.to_owned())
}

/// Returns the name of an input for a sentence.
pub(super) fn input(own: &str) -> Cow<'_, str> {
    if own == "-" { Cow::Borrowed("standard input") } else { name(own) }
}

/// Returns a count with its word.
pub(super) fn count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Returns a value, or that the log does not give it.
pub(super) fn or_unknown(value: Option<impl Display>) -> String {
    value.map_or_else(|| NOT_IN_LOG.to_owned(), |value| value.to_string())
}

/// Returns a value for the cell of a table, or a dash.
pub(super) fn cell(value: Option<impl Display>) -> String {
    value.map_or_else(|| DASH.to_owned(), |value| value.to_string())
}

/// Returns the sum of sizes, `None` where none of them is known.
pub(super) fn sum(sizes: &[Option<Bytes>]) -> Option<Bytes> {
    sizes.iter().flatten().copied().reduce(Bytes::saturating_add)
}

/// Returns a cgroup's path short enough for a sentence: its first and last step.
pub(super) fn short_path(path: &str) -> String {
    const LONG: usize = 48;
    let path = name(path);
    if path.chars().count() <= LONG {
        return path.into_owned();
    }
    let mut steps = path.split('/').filter(|step| !step.is_empty());
    let first = short_word(steps.next().unwrap_or_default());
    steps
        .next_back()
        .map_or_else(|| format!("/{first}"), |last| format!("/{first}/\u{2026}/{}", short_word(last)))
}

/// Returns the start of a long word.
fn short_word(word: &str) -> String {
    const LONG: usize = 32;
    if word.chars().count() <= LONG {
        return word.to_owned();
    }
    word.chars().take(LONG - 1).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_not_zero() {
        assert_eq!(or_unknown(None::<Bytes>), "not in the log");
        assert_eq!(or_unknown(Some(Bytes::ZERO)), "0 B");
        assert_eq!(sum(&[None, Some(Bytes::new(4)), Some(Bytes::new(5))]), Some(Bytes::new(9)));
        assert_eq!(sum(&[None]), None);
    }

    #[test]
    fn long_paths_keep_their_ends() {
        assert_eq!(short_path("/system.slice/ssh.service"), "/system.slice/ssh.service");
        let id = "0123456789abcdef".repeat(4);
        assert_eq!(
            short_path(&format!("/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope")),
            "/kubepods.slice/\u{2026}/cri-containerd-0123456789abcdef\u{2026}"
        );
    }
}
