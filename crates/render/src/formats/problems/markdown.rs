//! Markdown: the problems as a table, for `$GITHUB_STEP_SUMMARY` and for comments on a change.

use std::fmt;

use oomkit_core::problem::Problems;

use super::document::document;
use crate::{Format, style::Style};

/// Writes problems as Markdown.
pub(crate) fn write(problems: &Problems, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    Format::Markdown.writer()(&document(problems), style, out)
}
