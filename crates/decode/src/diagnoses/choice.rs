//! The kernel's choice among the candidates, checked.

use oomkit_core::rule::Rule;

use crate::case::Case;

/// The diagnoses of this family, by code.
pub(crate) static CHOICE: &[&Rule<Case>] = &[];
