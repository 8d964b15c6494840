//! HTML: the problems as a page.

use std::fmt;

use oomkit_core::problem::Problems;

use super::document::document;
use crate::{Format, style::Style};

/// Writes problems as a page.
pub(crate) fn write(problems: &Problems, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    Format::Html.writer()(&document(problems), style, out)
}
