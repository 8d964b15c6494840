//! The candidates: shields, worker pools, crash loops, cascades.

use oomkit_core::rule::Rule;

use crate::case::Case;

/// The diagnoses of this family, by code.
pub(crate) static TASKS: &[&Rule<Case>] = &[];
