//! Whether the dump itself can be believed; spoken before any verdict.

use oomkit_core::rule::Rule;

use crate::case::Case;

/// The diagnoses of this family, by code.
pub(crate) static SOUNDNESS: &[&Rule<Case>] = &[];
