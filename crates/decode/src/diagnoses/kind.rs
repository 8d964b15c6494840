//! What kind of event it is, and what must not be concluded from it.

use oomkit_core::rule::Rule;

use crate::case::Case;

/// The diagnoses of this family, by code.
pub(crate) static KIND: &[&Rule<Case>] = &[];
