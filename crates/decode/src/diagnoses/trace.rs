//! The call trace: what the asking task was doing, which is never a cause by itself.

use oomkit_core::rule::Rule;

use crate::case::Case;

/// The diagnoses of this family, by code.
pub(crate) static TRACE: &[&Rule<Case>] = &[];
