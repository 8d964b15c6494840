//! Output formats: a document or a list of problems in, text out.
//!
//! No format knows which verb it serves, and none of them prints: they write into what they are given.

use std::fmt;

use oomkit_core::{document::Document, problem::Problems};

mod figures;
pub mod formats;
mod letters;
mod safe;
mod style;
mod table;
mod words;

pub use formats::{Format, problems::ProblemFormat};
pub use style::{Characters, Colors, Style};

/// Writes a document in a format.
///
/// Width, colors and character set come from `style`; only [`Format::Text`] heeds them.
///
/// # Errors
///
/// Only those of `out`.
pub fn render(document: &Document, format: Format, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    format.writer()(document, style, out)
}

/// Writes several documents as one HTML page, with a list of them where there are many.
///
/// # Errors
///
/// Only those of `out`.
pub fn render_page(documents: &[Document], out: &mut dyn fmt::Write) -> fmt::Result {
    formats::page(documents, out)
}

/// Writes problems in a format.
///
/// Width, colors and character set come from `style`; no format of today heeds them.
///
/// # Errors
///
/// Only those of `out`.
pub fn render_problems(
    problems: &Problems,
    format: ProblemFormat,
    style: &Style,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    format.writer()(problems, style, out)
}
