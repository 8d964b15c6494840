//! DocKind: the document that the lines stand in, as far as it changes them.

use std::borrow::Cow;

use super::{html, mail, quoting};

/// What kind of document the lines stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocKind {
    /// Markdown: backslashes before marks are not text.
    pub markdown: bool,
    /// HTML: tags and entities are not text.
    pub html: bool,
    /// A mail in quoted-printable.
    pub quoted_printable: bool,
    /// The host that `journalctl -o short-monotonic` names.
    pub(super) host: Option<Vec<u8>>,
}

impl DocKind {
    /// Looks at the beginning of a document.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        Self {
            markdown: quoting::looks_like_markdown(head),
            html: html::looks_like_html(head),
            quoted_printable: mail::looks_quoted_printable(head),
            host: None,
        }
    }

    /// Returns the host whose programs are believed after a stamp of the kernel.
    pub(crate) fn monotonic_host(&self) -> Option<&[u8]> {
        self.host.as_deref()
    }

    /// Removes what the document put into a line; within a fence Markdown puts in nothing.
    pub(super) fn plain<'a>(&self, line: &'a [u8], in_fence: bool) -> Cow<'a, [u8]> {
        let line = if self.html { html::without_html(line) } else { Cow::Borrowed(line) };
        if !self.markdown || in_fence {
            return line;
        }
        match line {
            Cow::Borrowed(line) => quoting::without_markdown(line),
            Cow::Owned(line) => Cow::Owned(quoting::without_markdown(&line).into_owned()),
        }
    }
}
